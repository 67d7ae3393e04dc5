package ruin

import (
	"context"
	"slices"
	"strings"
	"testing"

	"oscar/e2e/server"
	"oscar/e2e/tool"
)

// The privileges that the README names are enough, also where a table of notes is made, written by the application's triggers and closed.
func TestThePrivilegesOfTheReadmeAreEnough(t *testing.T) {
	tests := map[string]struct {
		write string
		code  int
	}{
		"a write that fits":         {"UPDATE t SET b = 100 WHERE id = 3", 0},
		"a write that does not fit": {"UPDATE t SET b = 1000 WHERE id = 3", 29},
	}
	server.Each(t, func(t *testing.T, s *server.Server) {
		server.DB(t, s, "").MustExec("SET GLOBAL log_bin_trust_function_creators = 1") // no other test of this package asks for it
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // most of it is waiting
				m := newSmall(t, s, "MODIFY b tinyint, ADD UNIQUE KEY once (u)")
				user := m.schema
				m.must("CREATE USER '" + user + "'@'%' IDENTIFIED BY 'few'")
				t.Cleanup(func() { m.db.ExecContext(context.WithoutCancel(t.Context()), "DROP USER '"+user+"'@'%'") })
				m.must("GRANT SELECT, INSERT, DELETE, CREATE, DROP, ALTER, TRIGGER, LOCK TABLES ON `" + m.schema + "`.* TO '" + user + "'@'%'")
				m.args[0] = strings.Replace(m.args[0], "u=osc,p=osc", "u="+user+",p=few", 1)
				if !strings.Contains(m.args[0], user+",p=few") {
					t.Fatalf("the DSN %s has another account than this test expects", m.args[0])
				}
				oscar := tool.Start(t, m.args...)
				m.await("SELECT COUNT(*) >= 200 FROM _t_new")
				m.must(test.write)
				want := m.rows("t")
				if r := oscar.Wait(t); r.Code != test.code {
					t.Errorf("got %s\nwant exit code %d", r, test.code)
				}
				if got := m.rows("t"); !slices.Equal(got, want) {
					t.Errorf("the rows are not what they should be: %d, want %d", len(got), len(want))
				}
				if left := m.leftovers(); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
			})
		}
	})
}
