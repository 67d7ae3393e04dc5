package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"oscar/e2e/orders"
	"oscar/e2e/server"
)

func TestMain(m *testing.M) { server.Main(m) }

// says is a tool that sends one statement.
func says(name, sql string) tool {
	return tool{name, nil, func(ctx context.Context, t target, a alteration) (cost, error) {
		_, err := t.db.ExecContext(ctx, strings.ReplaceAll(sql, "ALTERATION", a.alter))
		return cost{took: time.Second}, err
	}}
}

func TestBenchCounts(t *testing.T) {
	for name, c := range map[string]struct {
		tool tool
		want string // in the error; "" when the run is good
	}{
		"a tool that does the change":              {says("good", "ALTER TABLE orders ALTERATION"), ""},
		"not a tool that does nothing":             {says("idle", "DO 0"), "the change is there: false"},
		"not a tool that loses a row":              {says("loses", "ALTER TABLE orders ALTERATION; DELETE FROM orders LIMIT 1"), "499 rows of 500"},
		"not a tool that fails":                    {says("fails", "ALTER TABLE no_such_table ALTERATION"), "no_such_table"},
		"a tool over what it left the time before": {says("leaves", "CREATE TABLE _orders_new LIKE orders; ALTER TABLE orders ALTERATION"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			var told bytes.Buffer
			b := bench{engine: server.Engines(t)[0], rows: 500, rounds: 2, change: changes[0], tools: []tool{c.tool}, out: &told}
			err := b.run(t.Context())
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got  %v\nwant %q\n%s", err, c.want, told.String())
			}
		})
	}
}

func TestEveryChangeCanBeMadeAndSeen(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		db := server.DB(t, s, server.Schema(t, s))
		if err := orders.Make(t.Context(), db, 10); err != nil {
			t.Fatal(err)
		}
		for _, c := range changes {
			for want, act := range []string{"DO 0", "ALTER TABLE orders " + c.alter} {
				if _, err := db.Exec(act); err != nil {
					t.Fatalf("%s: %v", c.name, err)
				}
				var got int
				if err := db.Get(&got, c.done); err != nil || got != want {
					t.Errorf("%s after %q\ngot  %d, %v\nwant %d", c.name, act, got, err, want)
				}
			}
		}
	})
}

func TestTableTellsEveryRunAndTheRatioOfMedians(t *testing.T) {
	var out bytes.Buffer
	secs := func(peak int64, all ...float64) (list []cost) {
		for _, s := range all {
			list = append(list, cost{time.Duration(s * float64(time.Second)), peak})
		}
		return list
	}
	tell(&out, []tool{{name: "oscar"}, {name: "pt-osc"}, {name: "native-copy"}, {name: "broken"}}, map[string][]cost{
		"oscar": secs(20480, 12, 10, 11), "pt-osc": secs(30720, 30, 33), "native-copy": secs(0, 5, 5.5, 9),
	})
	want := `
         tool  run 1 s  run 2 s  run 3 s  median s  oscar / tool  peak MB
        oscar    12.00    10.00    11.00     11.00          1.00     20.0
       pt-osc    30.00    33.00        -     31.50          0.35     30.0
  native-copy     5.00     5.50     9.00      5.50          2.00        -
       broken        -        -        -         -             -        -

The ratio is oscar's median time over the tool's: below 1.00, oscar is the faster.
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("want -, got +\n%s", diff)
	}
}

func TestPickTakesKnownNamesOnly(t *testing.T) {
	for list, want := range map[string]string{"native-copy,oscar": "native-copy,oscar", " oscar": "oscar", "oskar": "", "": ""} {
		got, err := pick(tools("", ""), list)
		if (err != nil) != (want == "") || names(got) != want {
			t.Errorf("%q\ngot  %q, %v\nwant %q", list, names(got), err, want)
		}
	}
}
