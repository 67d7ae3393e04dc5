package swap

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"oscar/osc/ident"
	"oscar/osc/verify"
)

func TestJudge(t *testing.T) {
	tests := map[string]struct {
		live, shadow, old bool
		want              Outcome
	}{
		"live and new table, no old one: not swapped": {true, true, false, NotSwapped},
		"live and old table, no new one: swapped":     {true, false, true, Swapped},
		"all three: somebody else's doing":            {true, true, true, Unknown},
		"only the live table":                         {true, false, false, Unknown},
		"no live table, but both others":              {false, true, true, Unknown},
		"no live table, but a new one":                {false, true, false, Unknown},
		"no live table, but an old one":               {false, false, true, Unknown},
		"none of them":                                {false, false, false, Unknown},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := judge(test.live, test.shadow, test.old); got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

// wire is a session whose statements and reconnects end as the test says.
type wire struct {
	sent        []string
	exec        error
	reconnect   error
	reconnected int
}

func (w *wire) ExecContext(_ context.Context, query string, _ ...any) (sql.Result, error) {
	w.sent = append(w.sent, query)
	return nil, w.exec
}

func (w *wire) GetContext(context.Context, any, string, ...any) error    { return nil }
func (w *wire) SelectContext(context.Context, any, string, ...any) error { return nil }

func (w *wire) Reconnect(ctx context.Context, _ time.Duration) error {
	w.reconnected++
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return w.reconnect
}

func table(name ident.Name) ident.Table { return ident.Table{Schema: "s'x", Name: name} }

func TestSwapperDo(t *testing.T) {
	tables := Tables{Live: table("t"), Shadow: table("_t_new"), Old: table("_t_old")}
	lost, locked, missing := mysql.ErrInvalidConn, &mysql.MySQLError{Number: 1205}, &mysql.MySQLError{Number: 1146}
	cut := errors.New("no way to the server")
	cancelled := errors.New("the operator stopped it")
	tests := map[string]struct {
		wire        wire
		cancel      bool
		there       []ident.Name // nil: the look fails
		swapped     bool
		err         error // nil: no error
		unknown     bool
		reconnected int
		sent        int // 0 means once
	}{
		"the server says that it is done":           {swapped: true},
		"the server refuses":                        {wire: wire{exec: missing}, err: missing},
		"the lock was not granted":                  {wire: wire{exec: locked}, err: locked},
		"lost, and the tables are swapped":          {wire: wire{exec: lost}, there: ident.Names("t", "_t_old"), swapped: true, reconnected: 1},
		"lost, and they are not: tried again":       {wire: wire{exec: lost}, there: ident.Names("t", "_t_new"), err: lost, reconnected: 3, sent: 3},
		"lost, and someone else was at the tables":  {wire: wire{exec: lost}, there: ident.Names("t"), err: lost, unknown: true, reconnected: 1},
		"lost, and the server does not come back":   {wire: wire{exec: lost, reconnect: cut}, err: cut, unknown: true, reconnected: 1},
		"lost, and the server does not answer":      {wire: wire{exec: lost}, err: errNoAnswer, unknown: true, reconnected: 1},
		"cancelled, and the tables are swapped":     {wire: wire{exec: cancelled}, cancel: true, there: ident.Names("t", "_t_old"), swapped: true},
		"cancelled, and they are not":               {wire: wire{exec: cancelled}, cancel: true, there: ident.Names("t", "_t_new"), err: cancelled},
		"cancelled and lost, looked up all the way": {wire: wire{exec: lost}, cancel: true, there: ident.Names("t", "_t_old"), swapped: true, reconnected: 1},
		"names are found without regard to case":    {wire: wire{exec: lost}, there: ident.Names("T", "_T_OLD"), swapped: true, reconnected: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s := Swapper{
				Session: &test.wire, Tables: tables, Rename: "RENAME", Patience: time.Second,
				Ask: func(ctx context.Context, act func(context.Context) error) error {
					if test.cancel {
						cancel()
					}
					return act(ctx)
				},
				Existing: func(ctx context.Context, names []ident.Name) ([]ident.Name, error) {
					if diff := cmp.Diff(ident.Names("t", "_t_new", "_t_old"), names); diff != "" || ctx.Err() != nil {
						t.Errorf("asked for %v with %v", names, ctx.Err())
					}
					if test.there == nil {
						return nil, errNoAnswer
					}
					return test.there, nil
				},
			}
			receipt, err := s.Do(ctx, verify.Waived("a test"))
			if want := (Receipt{}); !test.swapped && receipt != want || test.swapped && receipt.Old() != tables.Old {
				t.Errorf("receipt\n got %+v, swapped is %v", receipt, test.swapped)
			}
			if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("error\n got %v\nwant %v", err, test.err)
			}
			var doubt *InDoubt
			if errors.Is(err, ErrUnknown) != test.unknown || errors.As(err, &doubt) != test.unknown {
				t.Errorf("unknown is %v, error %v", test.unknown, err)
			}
			if doubt != nil && !doubt.HandsOff() {
				t.Error("something may be undone after an unknown outcome")
			}
			if diff := cmp.Diff(slices.Repeat([]string{"RENAME"}, max(1, test.sent)), test.wire.sent); diff != "" || test.wire.reconnected != test.reconnected {
				t.Errorf("sent %q, connected again %d times, want %d", test.wire.sent, test.wire.reconnected, test.reconnected)
			}
		})
	}
}

var errNoAnswer = errors.New("no answer")

func TestInDoubtTellsHowToFindOut(t *testing.T) {
	d := &InDoubt{Tables: Tables{Live: table("t"), Shadow: table(`_t\new`), Old: table("_t_old")}, Err: errNoAnswer}
	want := `run: SELECT table_name FROM information_schema.tables WHERE table_schema = 's''x' AND table_name IN ('t', '_t\\new', '_t_old'); ` +
		"if `s'x`.`_t_old` is there and `s'x`.`_t\\new` is not, the swap took place"
	if got := d.Try(); got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if !strings.Contains(d.Error(), ErrUnknown.Error()) || !strings.Contains(d.Error(), errNoAnswer.Error()) || !errors.Is(d, errNoAnswer) {
		t.Errorf("error %v", d)
	}
}

func TestOutcomeString(t *testing.T) {
	want := []string{"not swapped", "swapped", "unknown"}
	if diff := cmp.Diff(want, []string{NotSwapped.String(), Swapped.String(), Unknown.String()}); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoSwapWithoutAProof(t *testing.T) {
	w := &wire{}
	s := Swapper{Session: w, Rename: "RENAME", Ask: func(ctx context.Context, act func(context.Context) error) error { return act(ctx) }}
	if receipt, err := s.Do(t.Context(), verify.Clean{}); err == nil || receipt != (Receipt{}) || len(w.sent) > 0 {
		t.Errorf("got %v, %v, sent %q", receipt, err, w.sent)
	}
}

// Where the server can rename locked tables, nobody comes between the last look and the RENAME; and the tables are let go whatever happens.
func TestSwapLooksLast(t *testing.T) {
	refused, locked := errors.New("somebody else was here"), &mysql.MySQLError{Number: 1205}
	for name, test := range map[string]struct {
		hold string
		look error
		exec error
		want []string
		err  error
	}{
		"held":                            {hold: "LOCK", want: []string{"LOCK", "look", "RENAME", "UNLOCK"}},
		"not held":                        {want: []string{"look", "RENAME"}},
		"held, and the look finds more":   {hold: "LOCK", look: refused, want: []string{"LOCK", "look", "UNLOCK"}, err: refused},
		"not held, and it finds more":     {look: refused, want: []string{"look"}, err: refused},
		"the lock is not granted":         {hold: "LOCK", exec: locked, want: []string{"LOCK"}, err: locked},
		"the rename is not granted a try": {exec: locked, want: []string{"look", "RENAME"}, err: locked},
	} {
		t.Run(name, func(t *testing.T) {
			w := &wire{exec: test.exec}
			s := Swapper{
				Session: w, Rename: "RENAME", Hold: test.hold, Release: "UNLOCK",
				Ask:  func(ctx context.Context, act func(context.Context) error) error { return act(ctx) },
				Look: func(context.Context) error { w.sent = append(w.sent, "look"); return test.look },
			}
			_, err := s.Do(t.Context(), verify.Waived("a test"))
			if diff := cmp.Diff(test.want, w.sent); diff != "" || !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
				t.Errorf("error %v, sent (-want +got):\n%s", err, diff)
			}
		})
	}
}
