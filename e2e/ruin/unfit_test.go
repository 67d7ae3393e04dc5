package ruin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/server"
	"oscar/e2e/tool"
)

// small is a table whose rows all fit what the ALTERs of these tests make of it, until the application writes others.
type small struct {
	t      *testing.T
	schema string
	db     *sqlx.DB
	app    *sqlx.Conn
	args   []string
}

func newSmall(t *testing.T, s *server.Server, alter string, more ...string) *small {
	t.Helper()
	m := &small{t: t, schema: server.Schema(t, s)}
	m.db = server.DB(t, s, m.schema)
	var err error
	if m.app, err = m.db.Connx(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.app.Close() })
	m.must("CREATE TABLE t (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, a varchar(20), b int, c datetime(6), u int NOT NULL)")
	var values []string
	for i := 1; i <= 2000; i++ {
		values = append(values, fmt.Sprintf("(%d, 'abc', %d, '2026-01-01 00:00:00', %d)", i, i%50, i))
	}
	m.must("INSERT INTO t VALUES " + strings.Join(values, ","))
	m.args = append([]string{s.PT() + ",D=" + m.schema + ",t=t", "--alter", alter, "--execute", "--chunk-size", "40", "--chunk-size-limit", "1", "--sleep", "0.05"}, more...)
	return m
}

// must runs a statement as the application does; it must not fail because of the migration.
func (m *small) must(query string) {
	m.t.Helper()
	if _, err := m.app.ExecContext(m.t.Context(), query); err != nil {
		m.t.Fatalf("the application's %.200s: %v", query, err)
	}
}

// rows are all rows of a table as text, in key order.
func (m *small) rows(table string) []string {
	m.t.Helper()
	var rows []string
	query := "SELECT CONCAT_WS('|', id, IFNULL(a, 'NULL'), IFNULL(b, 'NULL'), IFNULL(c, 'NULL'), u) FROM " + table + " ORDER BY id"
	if err := m.db.SelectContext(m.t.Context(), &rows, query); err != nil {
		m.t.Fatal(err)
	}
	return rows
}

func (m *small) await(query string) {
	m.t.Helper()
	ctx, stop := context.WithTimeout(m.t.Context(), tool.Limit)
	defer stop()
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		var n int
		if err := m.db.GetContext(ctx, &n, query); err == nil && n > 0 {
			return
		} else if ctx.Err() != nil {
			m.t.Fatalf("never true: %s (%v)", query, err)
		}
	}
}

func (m *small) leftovers() []string {
	m.t.Helper()
	var names []string
	err := m.db.SelectContext(m.t.Context(), &names, `SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_name NOT IN ('t', 'twin')
		UNION ALL SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = ?`, m.schema, m.schema)
	if err != nil {
		m.t.Fatal(err)
	}
	return names
}

// What the application writes goes through as if there were no migration, whatever the new definition says of it, and the run ends before the swap.
var unfit = map[string]struct {
	alter  string
	writes []string
	code   int
	says   []string
}{
	"text that is too long": {
		"MODIFY a varchar(5)", []string{"INSERT INTO t VALUES (5001, 'longer than five', 1, NULL, 5001)"}, 29, []string{"('5001') INSERT", "'a'", "--allow-lossy"},
	},
	"NULL into NOT NULL": {
		"MODIFY a varchar(20) NOT NULL", []string{"UPDATE t SET a = NULL WHERE id = 7"}, 29, []string{"('7') UPDATE", "'a' cannot be null"},
	},
	"a number out of range":     {"MODIFY b tinyint", []string{"UPDATE t SET b = 1000 WHERE id = 7"}, 29, []string{"('7') UPDATE", "'b'"}},
	"a value that a CHECK bars": {"ADD CONSTRAINT few CHECK (b < 100)", []string{"UPDATE t SET b = 1000 WHERE id = 7"}, 29, []string{"('7') UPDATE", "few"}},
	"a row without a partition": {
		"PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (5000))", []string{"INSERT INTO t VALUES (7000, 'x', 1, NULL, 7000)"}, 29, []string{"('7000') INSERT", "7000"},
	},
	"a fraction of a second, which is rounded without an error": {
		"MODIFY c datetime", []string{"UPDATE t SET c = '2026-01-01 00:00:00.6' WHERE id = 7"}, 29, []string{"('7') UPDATE"},
	},
	"spaces at the end, which are cut without an error": {"MODIFY a char(20)", []string{"UPDATE t SET a = 'abc  ' WHERE id = 7"}, 29, []string{"('7') UPDATE: a value would change"}},
	"letters that the character set lacks": {
		"MODIFY a varchar(20) CHARACTER SET latin1", []string{"UPDATE t SET a = '漢' WHERE id = 7"}, 29, []string{"('7') UPDATE", "(1366)"},
	},
	"statements that ignore errors": {
		"MODIFY a varchar(5)", []string{
			"INSERT IGNORE INTO t VALUES (5001, 'longer than five', 1, NULL, 5001), (7, 'is there', 1, NULL, 7)", "UPDATE IGNORE t SET a = 'longer than five' WHERE id IN (8, 9)",
			"REPLACE INTO t VALUES (10, 'longer than five', 1, NULL, 10)",
			"INSERT INTO t VALUES (11, 'longer than five', 1, NULL, 11) ON DUPLICATE KEY UPDATE a = 'also longer than 5'",
		}, 29, []string{"('5001') INSERT", "('8') UPDATE", "('11') UPDATE"},
	},
	"a duplicate while rows are copied": {"ADD UNIQUE KEY once (u)", []string{"INSERT INTO t VALUES (5001, 'x', 1, NULL, 3)"}, 27, []string{"once", `("3") 2 times`}},
}

func TestWritesThatTheNewTableCannotHoldGoThrough(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, test := range unfit {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // most of it is waiting
				m := newSmall(t, s, test.alter)
				m.must("CREATE TABLE twin LIKE t")
				m.must("INSERT INTO twin SELECT * FROM t")
				oscar := tool.Start(t, m.args...)
				m.await("SELECT COUNT(*) >= 200 FROM _t_new")
				for _, query := range test.writes {
					m.must(query)
					m.must(strings.Replace(query, " t ", " twin ", 1))
				}
				r := oscar.Wait(t)
				if r.Code != test.code {
					t.Errorf("got %s\nwant exit code %d", r, test.code)
				}
				for _, text := range test.says {
					if !strings.Contains(r.Err, text) {
						t.Errorf("got %s\nwant it to say %q", r, text)
					}
				}
				if left := m.leftovers(); len(left) > 0 {
					t.Errorf("left behind: %v", left)
				}
				if got, want := m.rows("t"), m.rows("twin"); !slices.Equal(got, want) {
					t.Errorf("the table is not what the application made it: %d rows, want %d", len(got), len(want))
				}
			})
		}
	})
}

// A write that is taken back was never there.
func TestWriteThatDoesNotFitAndIsRolledBack(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		m := newSmall(t, s, "MODIFY a varchar(5)")
		before := m.rows("t")
		oscar := tool.Start(t, m.args...)
		m.await("SELECT COUNT(*) >= 200 FROM _t_new")
		m.must("BEGIN")
		m.must("INSERT INTO t VALUES (5001, 'longer than five', 1, NULL, 5001)")
		m.must("UPDATE t SET a = 'longer than five' WHERE id IN (3, 1999)")
		m.must("ROLLBACK")
		if r := oscar.Wait(t); r.Code != 0 {
			t.Errorf("got %s\nwant exit code 0", r)
		}
		if got := m.rows("t"); !slices.Equal(got, before) {
			t.Errorf("the rows changed: %d, were %d", len(got), len(before))
		}
	})
}

// The key is built and only the swap is left, which waits for a reader: a duplicate that comes now is no error for the application, and no row goes
// missing for it.
func TestDuplicateWhileTheSwapWaits(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		m := newSmall(t, s, "ADD UNIQUE KEY once (u)", "--sleep", "0")
		reader, err := m.db.BeginTxx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Rollback() //nolint:errcheck // over already when all went well
		oscar := tool.Start(t, m.args...)
		m.await("SELECT COUNT(*) >= 200 FROM _t_new")
		var n int
		if err := reader.GetContext(t.Context(), &n, "SELECT COUNT(*) FROM t"); err != nil {
			t.Fatal(err)
		}
		oscar.Await(t, "Swapping tables")
		m.must("INSERT INTO t VALUES (5001, 'x', 1, NULL, 3)")
		oscar.Await(t, "Dropping triggers")
		if err := reader.Rollback(); err != nil {
			t.Error(err)
		}
		r := oscar.Wait(t)
		if r.Code != 27 || !strings.Contains(r.Err, "once") || !strings.Contains(r.Err, "('5001') INSERT") {
			t.Errorf("got %s\nwant exit code 27, the key and the row", r)
		}
		if got := len(m.rows("t")); got != 2001 {
			t.Errorf("got %d rows, want 2001", got)
		}
	})
}

// Once the latch is closed, a write that does not fit fails as it will after the swap, also one that ignores errors, and is not in the table.
func TestClosedLatch(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		m := newSmall(t, s, "MODIFY a varchar(5)")
		before := m.rows("t")
		oscar := tool.Start(t, m.args...)
		m.await("SELECT COUNT(*) >= 200 FROM _t_new")
		m.must("DELETE FROM _t_unfit WHERE id = 0")
		for _, query := range []string{
			"INSERT INTO t VALUES (5001, 'longer than five', 1, NULL, 5001)", "UPDATE t SET a = 'longer than five' WHERE id = 7",
		} {
			if _, err := m.app.ExecContext(t.Context(), query); err == nil {
				t.Errorf("%s went through", query)
			}
		}
		for _, query := range []string{
			"INSERT IGNORE INTO t VALUES (5001, 'longer than five', 1, NULL, 5001)", "UPDATE IGNORE t SET a = 'longer than five' WHERE id = 7",
		} {
			m.app.ExecContext(t.Context(), query) //nolint:errcheck // the servers differ in whether that is an error
		}
		if r := oscar.Wait(t); r.Code != 0 {
			t.Errorf("got %s\nwant exit code 0", r)
		}
		if got := m.rows("t"); !slices.Equal(got, before) {
			t.Errorf("a write that does not fit is in the table, or a row is not: %d rows, were %d", len(got), len(before))
		}
	})
}

// What the operator gave up is counted; the writes of the application lose the same, and everything else is as it was.
func TestLossesThatTheOperatorAccepts(t *testing.T) {
	tests := map[string]struct {
		alter  string
		option []string
		before string   // of the table, before the run
		writes []string // during the copy
		code   int
		says   string
		want   func(a, b *string) // what becomes of the columns a and b
	}{
		"text is cut": {
			alter: "MODIFY a varchar(5)", option: []string{"--allow-lossy=a"}, before: "UPDATE t SET a = CONCAT('longer than ', id) WHERE id % 10 = 0",
			writes: []string{"INSERT INTO t VALUES (5001, 'longer than five', 1, NULL, 5001)", "UPDATE t SET a = 'another long one' WHERE id IN (3, 1999)"},
			says:   "values of the column `a` were changed by the copy (--allow-lossy).", want: func(a, _ *string) { *a = cut(*a, 5) },
		},
		"NULL becomes the empty string": {
			alter: "MODIFY a varchar(20) NOT NULL", option: []string{"--null-to-not-null"}, before: "UPDATE t SET a = NULL WHERE id % 10 = 0",
			writes: []string{"INSERT INTO t VALUES (5001, NULL, 1, NULL, 5001)", "UPDATE t SET a = NULL WHERE id IN (3, 1999)"},
			says:   "values of the column `a` were changed by the copy (--null-to-not-null).", want: func(a, _ *string) { *a = strings.Replace(*a, "NULL", "", 1) },
		},
		"only the column that was named": {
			alter: "MODIFY a varchar(5), MODIFY b tinyint", option: []string{"--allow-lossy", "a"}, before: "UPDATE t SET a = CONCAT('longer than ', id) WHERE id % 10 = 0",
			writes: []string{"UPDATE t SET a = 'another long one', b = 1000 WHERE id = 3"}, code: 29, says: "('3') UPDATE",
		},
		"only the column that was named, in the copy": {
			alter: "MODIFY a varchar(5), MODIFY b tinyint", option: []string{"--allow-lossy", "a"}, before: "UPDATE t SET b = 1000 WHERE id = 1500", code: 21, says: "'b'",
		},
		"NULL is not among what --allow-lossy of another column gives up": {
			alter: "MODIFY a varchar(20) NOT NULL, MODIFY b tinyint", option: []string{"--allow-lossy", "b"}, writes: []string{"UPDATE t SET a = NULL WHERE id = 3"}, code: 29, says: "('3') UPDATE",
		},
	}
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // most of it is waiting
				m := newSmall(t, s, test.alter, test.option...)
				if test.before != "" {
					m.must(test.before)
				}
				oscar := tool.Start(t, m.args...)
				m.await("SELECT COUNT(*) >= 200 FROM _t_new")
				for _, query := range test.writes {
					m.must(query)
				}
				want := m.rows("t") // before the swap: the copy takes several seconds
				r := oscar.Wait(t)
				if r.Code != test.code || !strings.Contains(r.Out+r.Err, test.says) {
					t.Fatalf("got %s\nwant exit code %d and %q", r, test.code, test.says)
				}
				for i, row := range want {
					if f := strings.Split(row, "|"); test.want != nil {
						test.want(&f[1], &f[2])
						want[i] = strings.Join(f, "|")
					}
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

func cut(s string, n int) string { return s[:min(n, len(s))] }
