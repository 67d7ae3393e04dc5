package ruin

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"oscar/e2e/server"
	"oscar/e2e/tool"
)

// account makes a user with these privileges only, and gives its DSN.
func (sc *scene) account(grants ...string) string {
	sc.t.Helper()
	user := "only_" + sc.schema
	sc.exec("CREATE USER " + user + "@'%' IDENTIFIED BY 'secret'")
	sc.t.Cleanup(func() { sc.db.Exec("DROP USER " + user + "@'%'") }) //nolint:errcheck // the server goes soon
	for _, g := range grants {
		sc.exec("GRANT " + g + " TO " + user + "@'%'")
	}
	var pairs []string
	for part := range strings.SplitSeq(sc.server.PT(), ",") {
		switch {
		case strings.HasPrefix(part, "u="):
			part = "u=" + user
		case strings.HasPrefix(part, "p="):
			part = "p=secret"
		}
		pairs = append(pairs, part)
	}
	return strings.Join(pairs, ",")
}

// state is all that a comparison might have changed.
func (sc *scene) state() []string {
	sc.t.Helper()
	state := sc.leftovers()
	slices.Sort(state)
	var tables []string
	if err := sc.db.SelectContext(sc.t.Context(), &tables, "SELECT table_name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'BASE TABLE' ORDER BY 1", sc.schema); err != nil {
		sc.t.Fatal(err)
	}
	for _, name := range tables {
		var table, sum, definition string
		if err := sc.db.QueryRowxContext(sc.t.Context(), "CHECKSUM TABLE `"+name+"`").Scan(&table, &sum); err != nil {
			sc.t.Fatal(err)
		}
		if err := sc.db.QueryRowxContext(sc.t.Context(), "SHOW CREATE TABLE `"+name+"`").Scan(&table, &definition); err != nil {
			sc.t.Fatal(err)
		}
		state = append(state, name+" "+sum+" "+definition)
	}
	return state
}

// A rehearsal's pair is compared by an account that may read it and nothing else, while a transaction holds every row, and nothing is changed by it.
func TestVerifyOnlyReadsAndChangesNothing(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := newScene(t, s)
		sc.writers.Stop()
		const change = "ADD COLUMN z int NOT NULL DEFAULT 5, CHANGE b bee varchar(80)"
		target := ",D=" + sc.schema + ",t=t"
		if r := tool.Run(t, sc.server.PT()+target, "--alter", change, "--execute", "--no-swap-tables", "--no-drop-new-table"); r.Code != 0 {
			t.Fatal(r)
		}
		reader := sc.account("SELECT ON "+sc.schema+".t", "SELECT ON "+sc.schema+"._t_new") + target
		defer sc.hold("SELECT * FROM t FOR UPDATE")()
		defer sc.hold("SELECT * FROM _t_new FOR UPDATE")()
		before := sc.state()
		verify := func(code int, says []string, args ...string) {
			t.Helper()
			r := tool.Run(t, append([]string{"--verify-only", reader, "--chunk-size", "300", "--chunk-size-limit", "1"}, args...)...)
			for _, text := range says {
				if !strings.Contains(r.Out+r.Err, text) {
					t.Errorf("%q does not say %q", args, text)
				}
			}
			if r.Code != code {
				t.Errorf("%q: exit code %d, want %d", args, r.Code, code)
			}
			if t.Failed() {
				t.Log(r)
			}
		}
		rows := sc.rows("t")
		equal := fmt.Sprintf("Verified %d rows OK in ", rows)
		verify(0, []string{equal, "no triggers are seen", "Comparison complete.", "`z` of `" + sc.schema + "`.`_t_new` was not compared"}, "--alter", change)
		verify(0, []string{equal, "`b` of `" + sc.schema + "`.`t` was not compared: it has no counterpart", "`bee` of"})
		verify(0, []string{equal, "\nSET SESSION TRANSACTION READ ONLY\n", "verify_range"}, "--new-table-name", "_%T_new", "--verify-threads", "1", "--print", "--statistics")
		verify(0, []string{"Verified 5 rows OK in "}, "--where", fmt.Sprintf("id IN (SELECT id FROM (SELECT id FROM `%s`.t ORDER BY id LIMIT 5) x)", sc.schema))
		if after := sc.state(); !slices.Equal(before, after) {
			t.Errorf("the tables changed:\n%q\n%q", before, after)
		}
		verify(17, []string{"names the column `b`, which has another name"}, "--alter", change, "--where", "b = 'x'")
		verify(17, []string{"--where cannot be asked of `" + sc.schema + "`.`_t_new`"}, "--where", "b = 'x'")
		verify(17, []string{"--where cannot be asked of"}, "--where", "nothing = 1")
	})
}

// What differs is named and stays as it is; no range is copied.
func TestVerifyOnlyNamesWhatDiffers(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := newScene(t, s)
		sc.writers.Stop()
		sc.exec("DELETE FROM t WHERE id > 3000")
		sc.exec("INSERT IGNORE INTO t (id) VALUES (1),(2),(100),(2999)")
		sc.exec("CREATE TABLE _t_new LIKE t")
		sc.exec("INSERT INTO _t_new SELECT * FROM t")
		sc.exec("UPDATE _t_new SET a = IFNULL(a, 0) + 1 WHERE id = 2")
		sc.exec("DELETE FROM _t_new WHERE id = 100")
		sc.exec("INSERT INTO _t_new (id) VALUES (3001)")
		before := sc.state()
		for _, threads := range []string{"1", "3"} {
			r := tool.Run(t, "--verify-only", sc.server.PT()+",D="+sc.schema+",t=t", "--chunk-size", "200", "--chunk-size-limit", "1", "--verify-threads", threads)
			if says := "(2) has another value; (100) is missing from the new table; (3001) is in the new table only\n"; r.Code != 26 || !strings.Contains(r.Err, says) ||
				strings.Contains(r.Out, "Verified") || strings.Contains(r.Out, "execute:") {
				t.Errorf("got %s\nwant exit code 26 and %q", r, says)
			}
		}
		if after := sc.state(); !slices.Equal(before, after) {
			t.Errorf("the tables changed:\n%q\n%q", before, after)
		}
	})
}

// The old table that a change left is compared with the one that took its place.
func TestVerifyOnlyAfterASwap(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := newScene(t, s)
		sc.writers.Stop()
		if r := tool.Run(t, append(sc.args(), "--no-drop-old-table")...); r.Code != 0 {
			t.Fatal(r)
		}
		r := tool.Run(t, "--verify-only", sc.server.PT()+",D="+sc.schema+",t=_t_old", "--new-table-name", "t", "--alter", "ADD COLUMN z int NOT NULL DEFAULT 5, DROP KEY b, MODIFY b varchar(80)")
		if want := fmt.Sprintf("Verified %d rows OK in ", sc.rows("t")); r.Code != 0 || !strings.Contains(r.Out, want) {
			t.Errorf("got %s\nwant exit code 0 and %q", r, want)
		}
	})
}

// Every pair that cannot be compared is refused in a line that says why.
func TestVerifyOnlyRefuses(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		sc := newScene(t, s)
		sc.writers.Stop()
		for _, query := range []string{
			"CREATE TABLE other (x int PRIMARY KEY)", "CREATE VIEW seen AS SELECT * FROM t", "CREATE TABLE memory LIKE t", "ALTER TABLE memory ENGINE=MyISAM",
			"CREATE TABLE keyless (id bigint, a int)", "INSERT INTO keyless SELECT id, a FROM t",
			"CREATE TABLE few (id bigint, a int)", "CREATE TABLE _few_new (id bigint, a int)", "INSERT INTO few VALUES (1, 2), (1, 2)", "INSERT INTO _few_new VALUES (1, 2), (1, 2)",
			"CREATE TABLE uneven (id bigint, a int)", "CREATE TABLE _uneven_new (id bigint, a int)", "INSERT INTO uneven VALUES (1, 2), (1, 3)",
		} {
			sc.exec(query)
		}
		cases := map[string]struct {
			table, other string
			code         int
			says         string
		}{
			"no such table":       {"gone", "t", 1, "the original table `" + sc.schema + "`.`gone` does not exist"},
			"no other table":      {"t", "", 17, "there is no table `" + sc.schema + "`.`_t_new` to compare"},
			"twice the same":      {"t", "%T", 17, "both names are"},
			"a view":              {"t", "seen", 1, "is no base table but a VIEW"},
			"no column in common": {"t", "other", 17, "share no column"},
			"another engine":      {"t", "memory", 17, "is a table of MyISAM"},
			"big and no key":      {"t", "keyless", 17, "have no key in common that both can be walked by, and more than 400 rows"},
			"small and no key":    {"few", "", 0, "Verified 2 rows OK in 1 ranges"},
			"small and unequal":   {"uneven", "", 26, "differ from those of the new table"},
		}
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				args := []string{"--verify-only", "--chunk-size", "100", sc.server.PT() + ",D=" + sc.schema + ",t=" + c.table}
				if c.other != "" {
					args = append(args, "--new-table-name", c.other)
				}
				if r := tool.Run(t, args...); r.Code != c.code || !strings.Contains(r.Out+r.Err, c.says) {
					t.Errorf("got %s\nwant exit code %d and %q", r, c.code, c.says)
				}
			})
		}
	})
}
