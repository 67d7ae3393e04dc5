package ruin

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"oscar/e2e/server"
	"oscar/e2e/tool"
)

// awaitCopied waits until the new table has rows enough.
func (sc *scene) awaitCopied(n int) {
	sc.t.Helper()
	ctx, stop := context.WithTimeout(sc.t.Context(), tool.Limit)
	defer stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		var have int
		if err := sc.db.GetContext(ctx, &have, "SELECT COUNT(*) FROM _t_new"); err != nil && ctx.Err() != nil {
			sc.t.Fatalf("the new table never had %d rows: %v", n, err)
		}
		if have >= n {
			return
		}
		<-tick.C
	}
}

// Each act changes one of the tables behind the triggers' back. Oscar must put the new table right, or not swap.
var sabotage = map[string]struct {
	acts    []string // while half of the rows are copied; with code 26 before the run
	code    int
	says    string // on stderr
	stopped bool   // the writers are stopped first: the act changes rows that the ledger does not know of
	gone    string // rows that the act takes away from the original
	mend    string // makes the pair equal, by a write of the application
}{
	"rows deleted from the new table":  {acts: []string{"DELETE FROM _t_new WHERE id BETWEEN 10 AND 30"}},
	"a row put into the new table":     {acts: []string{"INSERT INTO _t_new (id, a) VALUES (-77, 1)"}},
	"a value changed in the new table": {acts: []string{"UPDATE _t_new SET b = CONCAT(b, 'x') WHERE id BETWEEN 40 AND 42"}},
	"the original truncated":           {acts: []string{"TRUNCATE TABLE t"}, stopped: true, gone: "1 = 1"},
	"a value that the new type rounds": {acts: []string{"INSERT INTO t (id, c) VALUES (50, '2026-01-01 00:00:00.25') ON DUPLICATE KEY UPDATE c = VALUES(c)"}, stopped: true, code: 26, says: "(50) has another value", mend: "UPDATE t SET c = '2026-01-01' WHERE id = 50"},
}

var mended = regexp.MustCompile(`(?m)Verified \d+ rows OK in \d+ ranges and [0-9.]+ seconds; ([1-9]\d*) ranges differed, ([1-9]\d*) were repaired\.$`)

// lookedAt is what a person does about a pair that was kept because rows differ: sees that all of it is there and what removes it was printed, compares again,
// mends the row through the triggers, compares once more, and removes everything with the statements that were printed.
func (sc *scene) lookedAt(r tool.Result, change, mend string) {
	t := sc.t
	t.Helper()
	want := []string{"table _t_new", "table _t_unfit", "trigger pt_osc_" + sc.schema + "_t_del", "trigger pt_osc_" + sc.schema + "_t_ins", "trigger pt_osc_" + sc.schema + "_t_upd"}
	left := sc.leftovers()
	slices.Sort(left)
	if !slices.Equal(left, want) {
		t.Errorf("left: %q, want %q", left, want)
	}
	for _, text := range []string{
		"Not dropping triggers because rows differ, and the pair of tables is kept to be looked at.  To drop the triggers, execute:\n",
		"Not dropping the new table `" + sc.schema + "`.`_t_new` because rows differ, and the pair of tables is kept to be looked at.  To drop the new table, execute:\n",
	} {
		if !strings.Contains(r.Out, text) {
			t.Errorf("stdout does not say %q", text)
		}
	}
	if !strings.Contains(r.Err, "oscar --verify-only --alter '"+change+"'") || strings.Contains(r.Err, "p=osc") {
		t.Errorf("it does not say how to look again, or gives the password away")
	}
	again := func(code int, says string) {
		t.Helper()
		second := tool.Run(t, "--verify-only", "--alter", change, sc.server.PT()+",D="+sc.schema+",t=t")
		if second.Code != code || !strings.Contains(second.Out+second.Err, says) || strings.Contains(second.Err, "triggers are seen") {
			t.Errorf("comparing again: got %s\nwant exit code %d and %q", second, code, says)
		}
	}
	again(26, "(50) has another value")
	sc.exec(mend)
	again(0, "rows OK in")
	before := sc.rows("t")
	var ran []string
	for line := range strings.Lines(r.Out) {
		if line = strings.TrimSuffix(strings.TrimSpace(line), ";"); strings.HasPrefix(line, "DROP ") {
			sc.exec(line)
			ran = append(ran, line)
		}
	}
	if len(ran) != 5 || !strings.HasPrefix(ran[3], "DROP TABLE") || !strings.HasPrefix(ran[4], "DROP TABLE") {
		t.Errorf("printed to remove what is kept: %q, want three triggers, then their notes and the table", ran)
	}
	sc.exec("INSERT INTO t (a) VALUES (1)") // the application goes on
	if n := sc.rows("t"); n != before+1 {
		t.Errorf("%d rows became %d", before, n)
	}
}

func TestSabotageIsFoundBeforeTheSwap(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, act := range sabotage {
			t.Run(name, func(t *testing.T) {
				sc := newScene(t, s)
				args := []string{
					sc.server.PT() + ",D=" + sc.schema + ",t=t", "--alter", "ADD COLUMN z int NOT NULL DEFAULT 5", "--execute", "--chunk-size", "200",
					"--chunk-size-limit", "1", "--sleep", "0.05",
				}
				if act.stopped {
					sc.writers.Stop()
				}
				if act.code == 26 {
					sc.exec("UPDATE t SET c = '2026-01-01'") // no row but the one below has a fraction
					args[2] = "MODIFY c datetime, ADD COLUMN z int NOT NULL DEFAULT 5"
					for _, query := range act.acts { // a trigger would see it
						sc.exec(query)
					}
					act.acts = nil
				}
				oscar := tool.Start(t, args...)
				oscar.Await(t, "Copying approximately")
				sc.awaitCopied(400)
				conn, err := sc.db.Connx(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				for _, query := range act.acts {
					if _, err := conn.ExecContext(t.Context(), query); err != nil {
						t.Fatalf("%s: %v", query, err)
					}
				}
				r := oscar.Wait(t)
				if r.Code != act.code || !strings.Contains(r.Err, act.says) {
					t.Errorf("got %s\nwant exit code %d and %q", r, act.code, act.says)
				}
				if act.code == 0 && !mended.MatchString(r.Out) {
					t.Errorf("the comparison found nothing: %s", r)
				}
				if act.code == 26 {
					sc.lookedAt(r, args[2], act.mend)
				}
				if left := sc.leftovers(); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
				if act.gone != "" {
					var n int
					if err := sc.db.GetContext(t.Context(), &n, "SELECT COUNT(*) FROM t WHERE "+act.gone); err != nil || n != 0 {
						t.Errorf("%d rows came back (%v)", n, err)
					}
					return
				}
				if !act.stopped {
					sc.whole(act.code == 0)
				}
			})
		}
	})
}
