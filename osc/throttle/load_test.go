package throttle

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"oscar/e2e/server"
)

func TestMain(m *testing.M) { server.Main(m) }

var loadSpecs = map[string]struct {
	spec []string
	want []Limit
	err  string
}{
	"name and number":            {[]string{"Threads_running=25"}, []Limit{{"Threads_running", 25}}, ""},
	"colon and fraction":         {[]string{"a:1.5", "b=.5"}, []Limit{{"a", 1.5}, {"b", .5}}, ""},
	"no number is automatic":     {[]string{"Threads_running"}, []Limit{{"Threads_running", 0}}, ""},
	"zero is automatic":          {[]string{"Threads_running=0"}, []Limit{{"Threads_running", 0}}, ""},
	"spaces around go":           {[]string{" a=1 "}, []Limit{{"a", 1}}, ""},
	"empty is no limit":          {[]string{""}, nil, ""},
	"nothing after the sign":     {[]string{"a="}, nil, "Invalid --max-load: a= (write Variable=number or Variable)"},
	"a number that is none":      {[]string{"a=1", "b=x"}, nil, "Invalid --max-load: b=x (write Variable=number or Variable)"},
	"negative":                   {[]string{"a=-1"}, nil, "Invalid --max-load: a=-1 (write Variable=number or Variable)"},
	"nothing that could end SQL": {[]string{"a'=1"}, nil, "Invalid --max-load: a'=1 (write Variable=number or Variable)"},
	"a number without end":       {[]string{"a=" + strings.Repeat("9", 400)}, nil, "Invalid --max-load: a=" + strings.Repeat("9", 400) + " (the number is too great)"},
}

func TestParseLoad(t *testing.T) {
	for name, test := range loadSpecs {
		t.Run(name, func(t *testing.T) {
			got, err := ParseLoad(test.spec, "--max-load")
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("limits (-want +got):\n%s", diff)
			}
			if text(err) != test.err {
				t.Errorf("error\n got %q\nwant %q", text(err), test.err)
			}
		})
	}
}

func FuzzParseLoad(f *testing.F) {
	for _, test := range loadSpecs {
		f.Add(strings.Join(test.spec, ","))
	}
	f.Fuzz(func(t *testing.T, spec string) {
		limits, err := ParseLoad([]string{spec}, "--max-load")
		if err != nil {
			return
		}
		for _, l := range limits {
			if l.Value < 0 || l.Name == "" || strings.ContainsAny(l.Name, "'\\ ") {
				t.Errorf("%q gave %#v", spec, l)
			}
			again, err := ParseLoad([]string{l.String()}, "--max-load")
			if err != nil || !reflect.DeepEqual(again, []Limit{l}) {
				t.Errorf("%q: %q came back as %v, error %v", spec, l, again, err)
			}
		}
	})
}

// board is a server that knows some variables. It remembers what it was asked.
type board struct {
	values  map[string]string
	queries []string
	err     error
}

func (b *board) SelectContext(_ context.Context, dest any, query string, _ ...any) error {
	b.queries = append(b.queries, query)
	if b.err != nil {
		return b.err
	}
	rows := reflect.ValueOf(dest).Elem()
	for name, value := range b.values {
		if !strings.Contains(strings.ToLower(query), "'"+strings.ToLower(name)+"'") {
			continue
		}
		row := reflect.New(rows.Type().Elem()).Elem()
		row.FieldByName("Name").SetString(name)
		row.FieldByName("Value").SetString(value)
		rows.Set(reflect.Append(rows, row))
	}
	return nil
}

func TestLoad(t *testing.T) {
	tests := map[string]struct {
		max, critical []string
		start, later  map[string]string
		want          Verdict
	}{
		"below both limits":                         {[]string{"T=25"}, []string{"T=50"}, v("T", "1"), v("T", "24"), Verdict{}},
		"a value equal to max holds":                {[]string{"T=25"}, []string{"T=50"}, v("T", "1"), v("T", "25"), Verdict{Hold, "T=25 >= 25"}},
		"a value equal to critical stops":           {[]string{"T=25"}, []string{"T=50"}, v("T", "1"), v("T", "50"), Verdict{Stop, "T=50 exceeds its critical threshold 50"}},
		"critical counts without being in max":      {[]string{"A=9"}, []string{"B=5"}, v("A", "1", "B", "1"), v("A", "1", "B", "6"), Verdict{Stop, "B=6 exceeds its critical threshold 5"}},
		"all reasons to hold are told":              {[]string{"A=9", "B=5"}, nil, v("A", "1", "B", "1"), v("A", "10", "B", "6"), Verdict{Hold, "A=10 >= 9; B=6 >= 5"}},
		"automatic max is 1.2 times, rounded up":    {[]string{"T"}, nil, v("T", "8"), v("T", "10"), Verdict{Hold, "T=10 >= 10"}},
		"below automatic max":                       {[]string{"T"}, nil, v("T", "8"), v("T", "9"), Verdict{}},
		"automatic critical is twice":               {nil, []string{"T=0"}, v("T", "8"), v("T", "16"), Verdict{Stop, "T=16 exceeds its critical threshold 16"}},
		"below automatic critical":                  {nil, []string{"T=0"}, v("T", "8"), v("T", "15"), Verdict{}},
		"automatic from nothing does not hold":      {[]string{"T"}, []string{"T"}, v("T", "0"), v("T", "0"), Verdict{}},
		"names are the same in any case":            {[]string{"threads_RUNNING=2"}, nil, v("Threads_running", "1"), v("Threads_running", "3"), Verdict{Hold, "threads_RUNNING=3 >= 2"}},
		"fractions compare as numbers, not as text": {[]string{"T=9.5"}, nil, v("T", "1"), v("T", "10.25"), Verdict{Hold, "T=10.25 >= 9.5"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := &board{values: test.start}
			g, err := Load(t.Context(), b, limits(t, test.max), limits(t, test.critical))
			if err != nil {
				t.Fatal(err)
			}
			b.values = test.later
			got, err := g.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
			if len(b.queries) != 2 {
				t.Errorf("asked %d times, want once at the start and once for the check:\n%s", len(b.queries), strings.Join(b.queries, "\n"))
			}
		})
	}
}

func v(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

func limits(t *testing.T, spec []string) []Limit {
	t.Helper()
	l, err := ParseLoad(spec, "--max-load")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLoadRefusesWhatItCannotMeasure(t *testing.T) {
	const prefix = "Error checking --max-load or --critical-load: "
	tests := map[string]struct {
		spec []string
		b    *board
		want string
	}{
		"unknown variable":         {[]string{"Nope=1"}, &board{}, prefix + "Variable Nope does not exist or its value is undefined."},
		"two of them, both named":  {[]string{"No", "T", "Nein"}, &board{values: v("T", "1")}, prefix + "Variable No does not exist or its value is undefined.\nVariable Nein does not exist or its value is undefined."},
		"a value without a number": {[]string{"Ssl=1"}, &board{values: v("Ssl", "ON")}, prefix + `Variable Ssl has the value "ON", which is no number`},
		"a server that is gone":    {[]string{"T=1"}, &board{err: errors.New("bad connection")}, prefix + "read the server's load: bad connection"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Load(t.Context(), test.b, nil, limits(t, test.spec))
			if text(err) != test.want {
				t.Errorf("error\n got %q\nwant %q", text(err), test.want)
			}
		})
	}
}

func TestLoadOfNothingAsksNothing(t *testing.T) {
	b := &board{err: errors.New("asked")}
	g, err := Load(t.Context(), b, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := g.Check(t.Context()); got != (Verdict{}) || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestLoadOnAServer(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		q, db := server.DB(t, s, ""), server.DB(t, s, "")
		db.SetMaxIdleConns(0)
		if _, err := Load(t.Context(), q, limits(t, []string{"Threads_connected=5", "Nope=1"}), nil); text(err) != "Error checking --max-load or --critical-load: Variable Nope does not exist or its value is undefined." {
			t.Errorf("an unknown variable\n got %v", err)
		}
		base := settled(t, q)
		g, err := Load(t.Context(), q, []Limit{{"Threads_connected", base + 2}}, []Limit{{"threads_connected", base + 4}})
		if err != nil {
			t.Fatal(err)
		}
		await(t, g, Go)
		var conns []*sqlx.Conn
		for range 4 {
			c, err := db.Connx(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Close() })
			conns = append(conns, c)
			if len(conns) == 2 {
				await(t, g, Hold)
			}
		}
		await(t, g, Stop)
	})
}

// settled is the number of connections once those of before are gone: the same twice in a row.
func settled(t *testing.T, q *sqlx.DB) float64 {
	t.Helper()
	last := connected(t, q)
	for range 50 {
		time.Sleep(200 * time.Millisecond)
		now := connected(t, q)
		if now == last {
			return now
		}
		last = now
	}
	t.Fatal("the number of connections does not settle")
	return 0
}

func connected(t *testing.T, q *sqlx.DB) float64 {
	t.Helper()
	var row struct {
		Name  string  `db:"Variable_name"`
		Value float64 `db:"Value"`
	}
	if err := q.GetContext(t.Context(), &row, "SHOW GLOBAL STATUS LIKE 'Threads_connected'"); err != nil {
		t.Fatal(err)
	}
	return row.Value
}

// await asks until the gate is in the state: connections of the pools around come and go a little late.
func await(t *testing.T, g Gate, want State) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		got, err := g.Check(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got.State == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("state\n got %s (%s)\nwant %s", got.State, got.Why, want)
		}
	}
}
