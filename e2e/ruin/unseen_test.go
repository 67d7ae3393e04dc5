package ruin

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"oscar/e2e/compare"
	"oscar/e2e/server"
	"oscar/e2e/tool"
)

// still is a scene whose writers are stopped and whose table is u. The test itself is the only one that changes rows.
func still(t *testing.T, s *server.Server, create string) *scene {
	t.Helper()
	sc := newScene(t, s)
	sc.writers.Stop()
	sc.exec(create)
	sc.exec("INSERT INTO u (id, a, b) SELECT n, n % 97, CONCAT('name', n) FROM (SELECT p.d*1000+q.d*100+r.d*10+s.d+1 AS n FROM digits p, digits q, digits r, digits s) numbers WHERE n <= 2500")
	return sc
}

const (
	plain       = "CREATE TABLE u (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, a int, b varchar(40), KEY a (a))"
	partitioned = plain + " PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (1000), PARTITION p1 VALUES LESS THAN (2000), PARTITION p2 VALUES LESS THAN MAXVALUE)"
	change      = "ADD COLUMN z int NOT NULL DEFAULT 5"
)

func (sc *scene) start(more ...string) *tool.Process {
	sc.t.Helper()
	return tool.Start(sc.t, append([]string{sc.server.PT() + ",D=" + sc.schema + ",t=u", "--alter", change, "--execute", "--chunk-size", "250", "--chunk-size-limit", "1"}, more...)...)
}

// remade drops one of oscar's triggers and makes it again, word for word.
func (sc *scene) remade(event string) (statements []string) {
	sc.t.Helper()
	var found struct{ Name, Body string }
	err := sc.db.GetContext(sc.t.Context(), &found, "SELECT trigger_name AS name, action_statement AS body FROM information_schema.triggers WHERE trigger_schema = ? AND event_manipulation = ?", sc.schema, event)
	if err != nil {
		sc.t.Fatal(err)
	}
	return []string{"DROP TRIGGER " + found.Name, "CREATE TRIGGER " + found.Name + " AFTER " + event + " ON u FOR EACH ROW " + found.Body}
}

// same compares every row of u with those of want.
func (sc *scene) same() {
	sc.t.Helper()
	diff, err := compare.Tables(sc.t.Context(), sc.db, "want", "u", compare.Options{})
	if err != nil {
		sc.t.Fatal(err)
	}
	if !diff.Equal() {
		sc.t.Errorf("u is not what it must be: %s", diff)
	}
}

// twin makes want as u is, rows included.
func (sc *scene) twin() {
	sc.t.Helper()
	sc.exec("CREATE TABLE want LIKE u")
	sc.exec("INSERT INTO want SELECT * FROM u")
}

// Each act comes after the comparison and before the swap, which an open transaction on the new table, or on the original, holds up.
var afterCompared = map[string]struct {
	create string
	hold   string // what the transaction reads; empty: nothing holds the swap up
	acts   []string
	remake string // the trigger that is made again
	twin   string // what makes the twin equal to u after the act
	code   int
	says   string
}{
	"truncate":              {create: plain, hold: "_u_new", acts: []string{"TRUNCATE TABLE u"}, twin: "DELETE FROM want", code: 28, says: "`u` was truncated or rebuilt during the run"},
	"truncate and new rows": {create: plain, hold: "_u_new", acts: []string{"TRUNCATE TABLE u", "INSERT INTO u (id, a, b) VALUES (1, 1, 'first'), (2500, 1, 'last')"}, twin: "REPLACE INTO want (id, a, b) VALUES (1, 1, 'first'), (2500, 1, 'last'); DELETE FROM want WHERE id > 1 AND id < 2500", code: 28, says: "truncated or rebuilt"},
	"truncate partition":    {create: partitioned, hold: "_u_new", acts: []string{"ALTER TABLE u TRUNCATE PARTITION p1"}, twin: "DELETE FROM want WHERE id BETWEEN 1000 AND 1999", code: 28, says: "truncated or rebuilt"},
	"exchange partition": {create: partitioned, hold: "_u_new", acts: []string{"CREATE TABLE other LIKE u", "ALTER TABLE other REMOVE PARTITIONING", "INSERT INTO other VALUES (1500, 1, 'new')", "ALTER TABLE u EXCHANGE PARTITION p1 WITH TABLE other", "DROP TABLE other"},
		twin: "DELETE FROM want WHERE id BETWEEN 1000 AND 1999; INSERT INTO want VALUES (1500, 1, 'new')", code: 28, says: "truncated or rebuilt"},
	"drop and add partition": {create: strings.Replace(partitioned, "MAXVALUE", "(3000)", 1), hold: "_u_new", acts: []string{"ALTER TABLE u DROP PARTITION p2", "ALTER TABLE u ADD PARTITION (PARTITION p2 VALUES LESS THAN (3000))"},
		twin: "DELETE FROM want WHERE id >= 2000", code: 28, says: "truncated or rebuilt"},
	"optimize, which loses nothing but looks the same": {create: plain, hold: "_u_new", acts: []string{"OPTIMIZE TABLE u"}, code: 28, says: "OPTIMIZE"},
	"trigger made again":       {create: plain, hold: "_u_new", remake: "UPDATE", code: 28, says: "_u_upd` was dropped and made again"},
	"trigger dropped":          {create: plain, hold: "_u_new", acts: []string{"DROP TRIGGER pt_osc_SCHEMA_u_ins"}, code: 28, says: "_u_ins` is gone"},
	"index on the new table":   {create: plain, hold: "u", acts: []string{"ALTER TABLE _u_new ADD KEY theirs (b)"}, code: 28, says: "the definition of"},
	"new table truncated":      {create: plain, hold: "u", acts: []string{"TRUNCATE TABLE _u_new"}, code: 28, says: "_u_new` was truncated or rebuilt"},
	"column on the original":   {create: plain, hold: "_u_new", acts: []string{"ALTER TABLE u ADD COLUMN theirs int"}, twin: "ALTER TABLE want ADD COLUMN theirs int", code: 28, says: "the definition of"},
	"renamed away and back":    {create: plain, hold: "_u_new", acts: []string{"RENAME TABLE u TO away", "RENAME TABLE away TO u"}, twin: "ALTER TABLE want " + change},
	"analyze":                  {create: plain, hold: "_u_new", acts: []string{"ANALYZE TABLE u"}, twin: "ALTER TABLE want " + change},
	"writes that triggers see": {create: plain, acts: []string{"DELETE FROM u WHERE id < 50", "UPDATE u SET b = 'new' WHERE id BETWEEN 2000 AND 2010"}, twin: "DELETE FROM want WHERE id < 50; UPDATE want SET b = 'new' WHERE id BETWEEN 2000 AND 2010; ALTER TABLE want " + change},
}

func TestUnseenChangeAfterTheComparison(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, act := range afterCompared {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // most of it is waiting
				sc := still(t, s, act.create)
				sc.twin()
				oscar := sc.start("--sleep", "0.05")
				oscar.Await(t, "Copying approximately")
				if act.hold == "" { // the act meets the copy
					sc.act(act.acts)
				} else {
					release := sc.hold("SELECT COUNT(*) FROM " + act.hold)
					oscar.Await(t, "another session holds the table")
					if act.remake != "" {
						sc.act(sc.remade(act.remake))
					}
					sc.act(act.acts)
					release()
				}
				r := oscar.Wait(t)
				if r.Code != act.code || !strings.Contains(r.Err, act.says) {
					t.Errorf("got %s\nwant exit code %d and %q", r, act.code, act.says)
				}
				if act.twin != "" {
					sc.exec(act.twin)
				}
				sc.same()
				sc.exec("DROP TABLE u, want")
				if left := sc.leftovers(); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
			})
		}
	})
}

func (sc *scene) act(statements []string) {
	sc.t.Helper()
	for _, query := range statements {
		sc.exec(strings.ReplaceAll(query, "SCHEMA", sc.schema))
	}
}

// During the copy the same acts do not end the run: the comparison that is still to come puts the new table right. Without one they do.
func TestUnseenChangeDuringTheCopy(t *testing.T) {
	acts := map[string]struct {
		create, act, twin string
		waived            bool
	}{
		"truncate":                      {plain, "TRUNCATE TABLE u", "DELETE FROM want", false},
		"optimize":                      {plain, "OPTIMIZE TABLE u", "", false},
		"truncate partition":            {partitioned, "ALTER TABLE u TRUNCATE PARTITION p0", "DELETE FROM want WHERE id < 1000", false},
		"truncate, and no verification": {plain, "TRUNCATE TABLE u", "DELETE FROM want", true},
	}
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, act := range acts {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // most of it is waiting
				sc := still(t, s, act.create)
				sc.twin()
				more, code, says := []string{"--sleep", "0.1"}, 0, "the comparison will put the new table right"
				if act.waived {
					more, code, says = append(more, "--no-verify"), 28, "was truncated or rebuilt during the run"
				}
				oscar := sc.start(more...)
				oscar.Await(t, "Copying approximately")
				sc.exec(act.act)
				r := oscar.Wait(t)
				if r.Code != code || !strings.Contains(r.Err, says) {
					t.Errorf("got %s\nwant exit code %d and %q", r, code, says)
				}
				if act.twin != "" {
					sc.exec(act.twin)
				}
				if code == 0 {
					sc.exec("ALTER TABLE want " + change)
				}
				sc.same()
			})
		}
	})
}

// On a server that cannot rename locked tables somebody may come between the last look and the RENAME. Then the old table stays, and all is said.
// MySQL locks both tables before its last look, so there it is never too late.
func TestTruncateBetweenTheLastLookAndTheSwap(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		const attempts = 6
		behind := false
		for range attempts {
			sc := still(t, s, plain)
			oscar := sc.start("--sleep", "0.05")
			oscar.Await(t, "Created triggers OK.")
			release := sc.hold("SELECT COUNT(*) FROM _u_new")
			sc.awaitWaiting()
			sc.exec("TRUNCATE TABLE u")
			release()
			r := oscar.Wait(t)
			switch {
			case r.Code == 28 && strings.Contains(r.Err, "truncated or rebuilt during the run"):
				if n := sc.rows("u"); n != 0 {
					t.Errorf("%d rows came back", n)
				}
			case r.Code == 16 && !s.Engine().MySQL() && strings.Contains(r.Err, "the change is live, and the old table is kept") && strings.Contains(r.Err, "_u_old"):
				behind = true
				if old, now := sc.rows("_u_old"), sc.rows("u"); old != 0 || now != 2500 {
					t.Errorf("%d rows in the old table, %d in the new one", old, now)
				}
			default:
				t.Fatal(r)
			}
			if behind {
				break
			}
		}
		if !behind && !s.Engine().MySQL() {
			t.Errorf("%d attempts never came between the last look and the RENAME", attempts)
		}
	})
}

// awaitWaiting waits until oscar's swap waits for its lock.
func (sc *scene) awaitWaiting() {
	sc.t.Helper()
	ctx, stop := context.WithTimeout(sc.t.Context(), tool.Limit)
	defer stop()
	for tick := time.NewTicker(time.Millisecond); ; <-tick.C {
		var n int
		err := sc.db.GetContext(ctx, &n, `SELECT COUNT(*) FROM information_schema.processlist WHERE db = ? AND state = 'Waiting for table metadata lock'
			AND (info LIKE 'RENAME TABLE%' OR info LIKE 'LOCK TABLES%\_u\_new%')`, sc.schema)
		if ctx.Err() != nil {
			sc.t.Fatalf("oscar never waited: %v", err)
		}
		if n > 0 {
			return
		}
	}
}

// An account without PROCESS does not see InnoDB's ids. It is told so, and a TRUNCATE of a numbered table is seen by its counter.
func TestAccountWithoutProcess(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := still(t, s, plain)
		low := fmt.Sprintf("low%s", sc.schema)
		sc.exec("CREATE USER " + low + "@'%' IDENTIFIED BY 'low'")
		t.Cleanup(func() { sc.db.MustExec("DROP USER " + low + "@'%'") })
		sc.exec("GRANT ALL ON " + sc.schema + ".* TO " + low + "@'%'")
		if s.Engine().MySQL() {
			sc.exec("GRANT SUPER ON *.* TO " + low + "@'%'")
		} else {
			sc.exec("GRANT BINLOG ADMIN, SUPER ON *.* TO " + low + "@'%'")
		}
		sc.twin()
		run := func(act string) tool.Result {
			oscar := tool.Start(t, strings.Replace(sc.server.PT(), "u=osc,p=osc", "u="+low+",p=low", 1)+",D="+sc.schema+",t=u", "--alter", change, "--execute", "--chunk-size", "250", "--chunk-size-limit", "1", "--sleep", "0.05")
			if act != "" {
				oscar.Await(t, "Created triggers OK.")
				release := sc.hold("SELECT COUNT(*) FROM _u_new")
				oscar.Await(t, "another session holds the table")
				sc.exec(act)
				release()
			}
			return oscar.Wait(t)
		}
		if r := run("TRUNCATE TABLE u"); r.Code != 28 || !strings.Contains(r.Err, "lacks PROCESS") || !strings.Contains(r.Err, "went back from 2501 to 1") {
			t.Error(r)
		}
		sc.exec("INSERT INTO u SELECT * FROM want")
		if r := run(""); r.Code != 0 {
			t.Error(r)
		}
		sc.exec("ALTER TABLE want " + change)
		sc.same()
	})
}

// A foreign key of another table that comes to point at the original during the run would point at the old table after the swap.
func TestChildMadeDuringTheRun(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := still(t, s, plain)
		oscar := sc.start("--sleep", "0.1")
		oscar.Await(t, "Copying approximately")
		sc.exec("CREATE TABLE child (id bigint, FOREIGN KEY theirs (id) REFERENCES u (id))")
		if r := oscar.Wait(t); r.Code != 28 || !strings.Contains(r.Err, "`child` was made during the run and points at") {
			t.Error(r)
		}
	})
}
