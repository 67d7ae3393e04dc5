package ruin

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"oscar/e2e/server"
	"oscar/e2e/tool"
)

// An idle transaction on the table is named while oscar waits for it, and the run goes on when it is over.
func TestAnIdleTransactionIsNamed(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		m := newSmall(t, s, "ADD COLUMN z int", "--sleep", "0")
		idle := m.db.MustBegin()
		defer idle.Rollback()
		var id int64
		if err := idle.Get(&id, "SELECT CONNECTION_ID() FROM t LIMIT 1"); err != nil {
			t.Fatal(err)
		}
		oscar := tool.Start(t, m.args...)
		const asks = "(SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'LOCK TABLES%')"
		for range 2 { // the second ask comes after the first refusal was told
			m.await("SELECT " + asks + " = 1")
			m.await("SELECT " + asks + " = 0")
		}
		if err := idle.Rollback(); err != nil {
			t.Fatal(err)
		}
		want := m.rows("t")
		r := oscar.Wait(t)
		if name := fmt.Sprintf("connection %d of root@", id); r.Code != 0 || !strings.Contains(r.Err, name) || !strings.Contains(r.Err, "idle for") {
			t.Errorf("got %s\nwant exit code 0 and %q", r, name)
		}
		if got := m.rows("t"); !slices.Equal(got, want) {
			t.Errorf("the rows are not what they should be: %d, want %d", len(got), len(want))
		}
	})
}

// With --kill-blockers=idle an idle transaction is ended after some asks, and one that is running a statement is waited for.
func TestKillBlockers(t *testing.T) {
	tests := map[string]struct {
		statement string // what the other session holds the table by
		option    string
		killed    bool
	}{
		"an idle one":                   {"SELECT CONNECTION_ID() FROM t LIMIT 1", "idle", true},
		"one that works, with idle":     {"SELECT SLEEP(12) FROM t LIMIT 1", "idle", false},
		"one that works, with all":      {"SELECT SLEEP(600) FROM t LIMIT 1", "all", true},
		"an idle one, without a choice": {"SELECT CONNECTION_ID() FROM t LIMIT 1", "off", false},
	}
	for _, e := range server.Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			// MySQL tells by itself who holds what.
			s := server.New(t, e, server.WithArgs("performance_schema=ON", "performance_schema_instrument=wait/lock/metadata/sql/mdl=ON"))
			for name, test := range tests {
				t.Run(name, func(t *testing.T) {
					t.Parallel() // most of it is waiting
					m := newSmall(t, s, "ADD COLUMN z int", "--sleep", "0", "--kill-blockers", test.option, "--kill-blockers-after", "2")
					other, err := m.db.Connx(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					defer other.Close()
					var id int64
					if err := other.GetContext(t.Context(), &id, "SELECT CONNECTION_ID()"); err != nil {
						t.Fatal(err)
					}
					ended := make(chan error, 1)
					if _, err := other.ExecContext(t.Context(), "BEGIN"); err != nil {
						t.Fatal(err)
					}
					run := func() { var n int64; ended <- other.GetContext(t.Context(), &n, test.statement) }
					working := strings.Contains(test.statement, "SLEEP")
					if working {
						go run()
						m.await(fmt.Sprintf("SELECT COUNT(*) = 1 FROM information_schema.processlist WHERE id = %d AND info LIKE '%%SLEEP%%'", id))
					} else if run(); <-ended != nil {
						t.Fatal("the other session could not read")
					}
					oscar := tool.Start(t, m.args...)
					alive := fmt.Sprintf("SELECT COUNT(*) FROM information_schema.processlist WHERE id = %d", id)
					const asks = "(SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'LOCK TABLES%')"
					switch {
					case test.killed:
						m.await("SELECT (" + alive + ") = 0")
					case working:
						if err := <-ended; err != nil {
							t.Errorf("the other session's statement: %v", err)
						}
						other.ExecContext(t.Context(), "ROLLBACK")
					default:
						for range 3 { // one more than --kill-blockers-after
							m.await("SELECT " + asks + " = 1")
							m.await("SELECT " + asks + " = 0")
						}
						if _, err := other.ExecContext(t.Context(), "ROLLBACK"); err != nil {
							t.Errorf("the other session: %v", err)
						}
					}
					want := m.rows("t")
					r := oscar.Wait(t)
					says := fmt.Sprintf("killed connection %d of root@", id)
					if r.Code != 0 || strings.Contains(r.Err, says) != test.killed {
						t.Errorf("got %s\nwant exit code 0, and %q: %t", r, says, test.killed)
					}
					if got := m.rows("t"); !slices.Equal(got, want) {
						t.Errorf("the rows are not what they should be: %d, want %d", len(got), len(want))
					}
				})
			}
		})
	}
}
