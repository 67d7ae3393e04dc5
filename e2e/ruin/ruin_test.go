// Package ruin ends oscar in the middle of each phase and looks at what it leaves.
package ruin

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/compare"
	"oscar/e2e/load"
	"oscar/e2e/server"
	"oscar/e2e/tool"
)

func TestMain(m *testing.M) {
	server.Main(m, tool.Remove)
}

// scene is one table with writers on a real server.
type scene struct {
	t       *testing.T
	server  *server.Server
	schema  string
	db      *sqlx.DB
	writers *load.Writers
}

const rows = 4000

// Errors that writers may see. 1467 is how MariaDB tells a deadlock over the AUTO-INC lock, which a chunk holds under innodb_autoinc_lock_mode=1.
const (
	autoIncrement = 1467
	lost          = 2013
)

func newScene(t *testing.T, s *server.Server, tolerate ...uint16) *scene {
	t.Helper()
	sc := &scene{t: t, server: s, schema: server.Schema(t, s)}
	sc.db = server.DB(t, s, sc.schema)
	sc.exec("CREATE TABLE digits (d int)")
	sc.exec("INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)")
	sc.exec("CREATE TABLE t (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, a int, b varchar(40), c datetime(6), KEY a (a), KEY b (b))")
	sc.exec(fmt.Sprintf("INSERT INTO t (a, b, c) SELECT p.d*1000+q.d*100+r.d*10+s.d, CONCAT('name', q.d, p.d), '2026-01-01 00:00:00' FROM digits p, digits q, digits r, digits s LIMIT %d", rows))
	var err error
	if sc.writers, err = load.Start(t.Context(), s.DSN(sc.schema), load.Spec{Table: "t", Seed: 7, Rate: 50, Ledger: true, Tolerate: append(tolerate, autoIncrement)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sc.writers.Stop() })
	sc.work(30)
	return sc
}

func (sc *scene) exec(query string) {
	sc.t.Helper()
	if _, err := sc.db.ExecContext(sc.t.Context(), query); err != nil {
		sc.t.Fatalf("%s: %v", query, err)
	}
}

// work waits until the writers have done n more operations.
func (sc *scene) work(n int) {
	sc.t.Helper()
	ctx, stop := context.WithTimeout(sc.t.Context(), tool.Limit)
	defer stop()
	if err := sc.writers.WaitOps(ctx, sc.writers.Ops()+n); err != nil {
		sc.t.Fatal(err)
	}
}

func (sc *scene) args(more ...string) []string {
	return append([]string{sc.server.PT() + ",D=" + sc.schema + ",t=t", "--alter", "ADD COLUMN z int NOT NULL DEFAULT 5, DROP KEY b, MODIFY b varchar(80)", "--execute"}, more...)
}

// hold opens a transaction that has read the table, so that nobody gets an exclusive metadata lock on it. The function ends it.
func (sc *scene) hold(query string) (release func()) {
	sc.t.Helper()
	tx, err := sc.db.BeginTxx(context.Background(), nil)
	if err != nil {
		sc.t.Fatal(err)
	}
	if _, err := tx.Exec(query); err != nil {
		sc.t.Fatal(err)
	}
	released := false
	release = func() {
		if !released {
			released = true
			tx.Rollback() //nolint:errcheck // the end of the connection ends it as well
		}
	}
	sc.t.Cleanup(release)
	return release
}

// leftovers are tables and triggers beside the table itself.
func (sc *scene) leftovers() []string {
	sc.t.Helper()
	var names []string
	err := sc.db.SelectContext(sc.t.Context(), &names, `SELECT CONCAT('table ', table_name) FROM information_schema.tables WHERE table_schema = ? AND table_name NOT IN ('t', 'digits')
		UNION ALL SELECT CONCAT('trigger ', trigger_name) FROM information_schema.triggers WHERE trigger_schema = ?`, sc.schema, sc.schema)
	if err != nil {
		sc.t.Fatal(err)
	}
	return names
}

// whole checks that writers work on, that the table holds exactly what they wrote, and whether it is altered.
func (sc *scene) whole(altered bool) {
	sc.t.Helper()
	sc.work(30)
	stats := sc.writers.Stop()
	if len(stats.Unexpected) > 0 {
		sc.t.Errorf("the application saw errors: %v", stats.Unexpected)
	}
	diff, err := sc.writers.Ledger().Check(sc.t.Context(), sc.db, "t", nil)
	if err != nil {
		sc.t.Fatal(err)
	}
	if !diff.Equal() {
		sc.t.Errorf("the table is not what the writers made it: %s", diff)
	}
	var n int
	if err := sc.db.GetContext(sc.t.Context(), &n, "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = ? AND table_name = 't' AND column_name = 'z'", sc.schema); err != nil {
		sc.t.Fatal(err)
	}
	if (n == 1) != altered {
		sc.t.Errorf("altered: got %v, want %v", n == 1, altered)
	}
}

// stops are the places to end a run in. Where a lock holds oscar in its place the signal meets it there for certain; "create", "analyze" and "drop old" are
// over too soon for that, so there the signal may also meet the next phase: what must hold is the same.
var stops = map[string]struct {
	await   string
	args    []string
	held    string // a statement of an open transaction that keeps oscar there
	holdOn  string // begin that transaction when oscar says this; empty: before oscar starts
	altered bool   // the signal comes after the swap
}{
	"create":                {await: "Creating new table..."},
	"capture, lock refused": {await: "Creating triggers...", held: "SELECT COUNT(*) FROM t"},
	"copy":                  {await: "Copying approximately", args: []string{"--chunk-size", "50", "--chunk-size-limit", "1", "--sleep", "0.2"}},
	"copy, small table":     {await: "Copying approximately", args: []string{"--chunk-size", "9000"}},
	"copy, row held":        {await: "try 2 of a chunk", args: []string{"--chunk-size", "100", "--chunk-size-limit", "1", "--sleep", "0.1"}, held: "SELECT * FROM t WHERE id > 3500 LIMIT 3 FOR UPDATE", holdOn: "Copying approximately"},
	"verify":                {await: "Verifying new table...", args: []string{"--chunk-size", "100", "--chunk-size-limit", "1", "--sleep", "0.02", "--verify-threads", "3"}},
	"analyze":               {await: "Analyzing new table...", args: []string{"--analyze-before-swap"}},
	"swap, lock refused":    {await: "Swapping tables...", args: []string{"--chunk-size", "300", "--chunk-size-limit", "1", "--sleep", "0.1"}, held: "SELECT COUNT(*) FROM t", holdOn: "Copying approximately"},
	"drop old":              {await: "Dropping old table...", altered: true},
}

func TestSignalInEachPhase(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, stop := range stops {
			for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
				t.Run(strings.ReplaceAll(name, ",", "")+" "+sig.String(), func(t *testing.T) {
					sc := newScene(t, s)
					release := func() {}
					if stop.held != "" && stop.holdOn == "" {
						release = sc.hold(stop.held)
					}
					oscar := tool.Start(t, sc.args(stop.args...)...)
					if stop.holdOn != "" {
						oscar.Await(t, stop.holdOn)
						release = sc.hold(stop.held)
					}
					oscar.Await(t, stop.await)
					oscar.Signal(t, sig)
					if stop.held != "" {
						oscar.Await(t, "undoing what was begun")
						release()
					}
					r := oscar.Wait(t)
					if drop := "DROP TABLE IF EXISTS `" + sc.schema + "`.`_t_old`"; r.Code == 16 && strings.Contains(r.Out, "To drop the old table, execute: "+drop+";") {
						sc.exec(drop) // what was printed is what is left
					}
					if left := sc.leftovers(); len(left) > 0 {
						t.Errorf("left behind: %v", left)
					}
					altered := strings.Contains(r.Out, "Swapped original and new tables OK.")
					// The lock may have been let go a moment before the statement that waited for it was killed.
					if stop.held != "" && !altered && r.Code != 24 {
						t.Errorf("exit code %d, want 24", r.Code)
					}
					if !altered && r.Code == 0 {
						t.Error("exit code 0 without the change")
					}
					sc.whole(altered)
					if t.Failed() {
						t.Log(r)
					}
				})
			}
		}
	})
}

// A second signal ends oscar at once; what it prints is exactly what is left, and running it leaves nothing.
func TestSecondSignalPrintsWhatIsLeft(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := newScene(t, s)
		oscar := tool.Start(t, sc.args("--chunk-size", "50", "--chunk-size-limit", "1", "--sleep", "0.2")...)
		oscar.Await(t, "Copying approximately")
		release := sc.hold("SELECT COUNT(*) FROM t") // now the triggers cannot be dropped
		oscar.Signal(t, syscall.SIGINT)
		oscar.Await(t, "Dropping triggers...")
		oscar.Signal(t, syscall.SIGINT)
		r := oscar.Wait(t)
		release()
		if r.Code != 22 {
			t.Errorf("exit code %d, want 22", r.Code)
		}
		if left := sc.leftovers(); len(left) != 4 {
			t.Errorf("left behind: %v, want three triggers and the new table", left)
		}
		sc.work(30) // the application writes on through the triggers
		var ran int
		for _, line := range strings.Split(r.Err, "\n") {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "DROP ") {
				sc.exec(strings.TrimSuffix(line, ";"))
				ran++
			}
		}
		if ran != 4 {
			t.Errorf("%d statements to run by hand, want 4", ran)
		}
		if left := sc.leftovers(); len(left) > 0 {
			t.Errorf("left behind after the printed statements: %v", left)
		}
		sc.whole(false)
		if t.Failed() {
			t.Log(r)
		}
	})
}

// A killed connection in the middle of the copy costs nothing.
func TestKilledConnectionGoesOn(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		// A writer inside a trigger stands in the processlist under the name of the trigger's definer, which is oscar, and may be killed with it.
		sc := newScene(t, s, lost)
		oscar := tool.Start(t, sc.args("--chunk-size", "100", "--chunk-size-limit", "1", "--sleep", "0.05")...)
		for range 3 {
			oscar.Await(t, "Copying approximately")
			sc.killOscar()
			sc.work(20)
		}
		r := oscar.Wait(t)
		if r.Code != 0 {
			t.Errorf("exit code %d, want 0", r.Code)
		}
		if left := sc.leftovers(); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		sc.whole(true)
		if t.Failed() {
			t.Log(r)
		}
	})
}

// killOscar kills every connection of oscar's account on the schema.
func (sc *scene) killOscar() {
	sc.t.Helper()
	var ids []int64
	if err := sc.db.SelectContext(sc.t.Context(), &ids, "SELECT id FROM information_schema.processlist WHERE user = 'osc' AND db = ?", sc.schema); err != nil {
		sc.t.Fatal(err)
	}
	for _, id := range ids {
		sc.db.ExecContext(sc.t.Context(), fmt.Sprintf("KILL %d", id)) //nolint:errcheck // it may have gone by itself
	}
}

// A trigger that somebody drops during the copy stops the swap.
func TestDroppedTriggerStopsTheSwap(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := newScene(t, s)
		oscar := tool.Start(t, sc.args("--chunk-size", "200", "--chunk-size-limit", "1", "--sleep", "0.1")...)
		oscar.Await(t, "Copying approximately")
		sc.exec("DROP TRIGGER pt_osc_" + sc.schema + "_t_upd")
		r := oscar.Wait(t)
		if r.Code != 28 || !strings.Contains(r.Err, "_upd` is gone") {
			t.Errorf("got %s, want exit code 28 and the name of the trigger", r)
		}
		if left := sc.leftovers(); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		sc.whole(false)
	})
}

// The peak memory of a run stays under 60 MB.
func TestPeakMemory(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := newScene(t, s)
		r := tool.Run(t, sc.args("--chunk-size", "100", "--chunk-size-limit", "1")...)
		if r.Code != 0 {
			t.Fatal(r)
		}
		if r.MaxRSS == 0 || r.MaxRSS > 60<<20 {
			t.Errorf("peak memory %d bytes, want at most 60 MB", r.MaxRSS)
		}
		sc.whole(true)
		fmt.Fprintf(os.Stderr, "%s: peak memory %d MB, %s\n", s.Engine(), r.MaxRSS>>20, r.Took.Round(time.Millisecond))
	})
}

// A transaction that has read the table before a row was copied may still write that row. MariaDB with innodb_snapshot_isolation, the default
// since 11.6.2, refuses that with 1020 unless the triggers put it off.
func TestTransactionOlderThanTheCopyMayWrite(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := newScene(t, s)
		sc.writers.Stop()
		sc.exec("CREATE TABLE want LIKE t")
		sc.exec("INSERT INTO want SELECT * FROM t")
		oscar := tool.Start(t, sc.args("--chunk-size", "1000", "--chunk-size-limit", "1", "--sleep", "0.3")...)
		oscar.Await(t, "Created triggers OK.")
		app, err := sc.db.BeginTxx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
		if err != nil {
			t.Fatal(err)
		}
		defer app.Rollback() //nolint:errcheck // after the commit there is nothing to roll back
		var n int
		if err := app.Get(&n, "SELECT COUNT(*) FROM t"); err != nil {
			t.Fatal(err)
		}
		oscar.Await(t, "Swapping tables...") // which waits for this transaction
		var first []int64
		if err := app.Select(&first, "SELECT id FROM t ORDER BY id LIMIT 3"); err != nil {
			t.Fatal(err)
		}
		for i, query := range []string{"UPDATE t SET a = -1 WHERE id = ?", "DELETE FROM t WHERE id = ?", "UPDATE t SET id = -id WHERE id = ?"} {
			if _, err := app.Exec(query, first[i]); err != nil {
				t.Errorf("%s: %v", query, err)
			}
			sc.exec(strings.Replace(strings.Replace(query, " t ", " want ", 1), "?", fmt.Sprint(first[i]), 1))
		}
		if err := app.Commit(); err != nil {
			t.Fatal(err)
		}
		r := oscar.Wait(t)
		diff, err := compare.Tables(t.Context(), sc.db, "want", "t", compare.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Code != 0 || !diff.Equal() {
			t.Errorf("%s\n%s", r, diff)
		}
	})
}

// What somebody else does to the tables during the run ends it before the swap, and is kept.
func TestForeignChangesEndTheRun(t *testing.T) {
	acts := map[string]struct{ query, says string }{
		"a column is added":      {"ALTER TABLE t ADD COLUMN theirs varchar(9) DEFAULT 'precious'", "the definition of"},
		"the new table changes":  {"ALTER TABLE _t_new ADD COLUMN theirs int", "_t_new` was changed"},
		"a trigger is added":     {"CREATE TRIGGER theirs BEFORE INSERT ON t FOR EACH ROW SET NEW.a = NEW.a", "`theirs` was put on"},
		"the table is exchanged": {"RENAME TABLE t TO away, _t_new TO spare", "is gone"},
	}
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, act := range acts {
			t.Run(name, func(t *testing.T) {
				sc := newScene(t, s)
				sc.writers.Stop()
				before := sc.rows("t")
				oscar := tool.Start(t, sc.args("--chunk-size", "400", "--chunk-size-limit", "1", "--sleep", "0.1")...)
				oscar.Await(t, "Copying approximately")
				sc.exec(act.query)
				r := oscar.Wait(t)
				if r.Code != 28 || !strings.Contains(r.Err, act.says) {
					t.Errorf("got %s, want %q", r, act.says)
				}
				if strings.Contains(act.query, "RENAME") {
					sc.exec("DROP TABLE IF EXISTS t")
					sc.exec("RENAME TABLE away TO t")
				}
				if after := sc.rows("t"); after != before {
					t.Errorf("%d rows became %d", before, after)
				}
			})
		}
	})
}

func (sc *scene) rows(table string) (n int) {
	sc.t.Helper()
	if err := sc.db.GetContext(sc.t.Context(), &n, "SELECT COUNT(*) FROM "+table); err != nil {
		sc.t.Fatal(err)
	}
	return n
}

// A connection that goes between two steps is had anew; nothing is thrown away for it.
func TestConnectionLostBetweenSteps(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := newScene(t, s, lost)
		oscar := tool.Start(t, sc.args("--chunk-size", "9000", "--chunk-size-limit", "1", "--sleep", "1")...)
		oscar.Await(t, "Copying approximately")
		sc.awaitCopied(rows) // the only chunk is done; oscar sleeps
		sc.killOscar()
		r := oscar.Wait(t)
		if r.Code != 0 {
			t.Error(r)
		}
		sc.whole(true)
	})
}

// The name for the old table is looked for again before the swap.
func TestOldNameTakenMeanwhile(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := newScene(t, s)
		oscar := tool.Start(t, sc.args("--chunk-size", "400", "--chunk-size-limit", "1", "--sleep", "0.1", "--no-drop-old-table")...)
		oscar.Await(t, "Copying approximately")
		sc.exec("CREATE TABLE _t_old (theirs int)")
		r := oscar.Wait(t)
		if r.Code != 0 {
			t.Error(r)
		}
		if n := sc.rows("__t_old"); n < rows {
			t.Errorf("the old table has %d rows", n)
		}
		sc.exec("SELECT theirs FROM _t_old")
		sc.whole(true)
	})
}

// A TIMESTAMP that becomes a DATETIME, and the reverse, is converted in one time zone, whatever the zones of the applications are. The server's
// own ALTER on a copy tells what is right.
func TestTimestampsOfWritersInOtherZones(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := newScene(t, s)
		sc.writers.Stop()
		sc.exec("CREATE TABLE m (id int PRIMARY KEY, ts timestamp(3) NULL, dt datetime(3), n int)")
		sc.exec("INSERT INTO m SELECT id, '2026-06-01 12:00:00.5', '2026-06-01 12:00:00.25', 0 FROM t WHERE id <= 1000")
		const change = "MODIFY ts datetime(3) NULL, MODIFY dt timestamp(3) NULL"
		oscar := tool.Start(t, sc.server.PT()+",D="+sc.schema+",t=m", "--alter", change, "--execute", "--chunk-size", "100", "--chunk-size-limit", "1", "--sleep", "0.05")
		oscar.Await(t, "Copying approximately")
		release := sc.hold("SELECT COUNT(*) FROM m") // the swap waits
		oscar.Await(t, "Swapping tables...")
		app, err := sc.db.Connx(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer app.Close()
		for _, query := range []string{
			"SET time_zone = '+05:00'", "UPDATE m SET n = 1 WHERE id < 10", "UPDATE m SET ts = '2026-07-01 12:00:00', dt = '2026-07-01 12:00:00' WHERE id BETWEEN 10 AND 20",
			"SET time_zone = '-09:30'", "INSERT INTO m VALUES (5000, '2026-08-01 00:00:00.125', '2026-08-01 00:00:00.125', 2), (5001, NULL, NULL, 3)",
		} {
			if _, err := app.ExecContext(t.Context(), query); err != nil {
				t.Fatalf("%s: %v", query, err)
			}
		}
		sc.exec("CREATE TABLE want LIKE m")
		sc.exec("INSERT INTO want SELECT * FROM m")
		sc.exec("ALTER TABLE want " + change)
		release()
		r := oscar.Wait(t)
		diff, err := compare.Tables(t.Context(), sc.db, "want", "m", compare.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if r.Code != 0 || !diff.Equal() {
			t.Errorf("%s\n%s", r, diff)
		}
	})
}

// On a server without strictness a write that only the new type cannot hold fails; it does not become another value.
func TestLenientServerLosesNothing(t *testing.T) {
	for _, e := range server.Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			sc := newScene(t, server.New(t, e, server.WithArgs("sql_mode=")))
			sc.writers.Stop()
			sc.exec("UPDATE t SET b = 'x'")
			oscar := tool.Start(t, sc.server.PT()+",D="+sc.schema+",t=t", "--alter", "MODIFY b varchar(5)", "--execute", "--chunk-size", "400", "--chunk-size-limit", "1", "--sleep", "0.05")
			oscar.Await(t, "Copying approximately")
			release := sc.hold("SELECT COUNT(*) FROM t")
			oscar.Await(t, "Swapping tables...")
			if _, err := sc.db.ExecContext(t.Context(), "UPDATE t SET b = 'abcdefghij' WHERE id = 1"); err != nil {
				t.Errorf("the application met: %v", err)
			}
			release()
			if r := oscar.Wait(t); r.Code != 29 {
				t.Error(r)
			}
			var kept string
			if err := sc.db.GetContext(t.Context(), &kept, "SELECT b FROM t WHERE id = 1"); err != nil || kept != "abcdefghij" {
				t.Errorf("a value was cut in silence: %q (%v)", kept, err)
			}
		})
	}
}

// When the old table cannot be dropped the change is live all the same, and what is left is printed, also after a signal.
func TestOldTableThatCannotBeDropped(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, sig := range map[string]syscall.Signal{"gives up": 0, "signal": syscall.SIGINT} {
			t.Run(name, func(t *testing.T) {
				sc := newScene(t, s)
				sc.writers.Stop()
				args := sc.args("--set-vars", "lock_wait_timeout=1", "--tries", "swap_tables:1:0.1,drop_triggers:1:0.1")
				ctx, stop := context.WithTimeout(t.Context(), tool.Limit)
				defer stop()
				held := make(chan *sqlx.Tx, 1)
				go func() { // a reader who gets at the old table as soon as it has its name
					for ctx.Err() == nil {
						tx, err := sc.db.BeginTxx(context.Background(), nil)
						if err != nil {
							continue
						}
						if _, err := tx.Exec("SELECT COUNT(*) FROM _t_old"); err == nil {
							held <- tx
							return
						}
						tx.Rollback() //nolint:errcheck // it has read nothing
					}
					held <- nil
				}()
				oscar := tool.Start(t, args...)
				oscar.Await(t, "Dropping old table...")
				if sig != 0 {
					oscar.Signal(t, sig)
				}
				r := oscar.Wait(t)
				stop()
				if tx := <-held; tx != nil {
					tx.Rollback() //nolint:errcheck // the end of the connection ends it as well
				}
				if strings.Contains(r.Out, "Dropped old table") {
					return // oscar was faster than the reader
				}
				// The triggers hang on the old table, so they stay as well.
				if r.Code != 22 || !strings.Contains(r.Err, "DROP TABLE IF EXISTS `"+sc.schema+"`.`_t_old`;") {
					t.Errorf("got %s, want exit code 22 and the statement", r)
				}
			})
		}
	})
}
