package ruin

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"oscar/e2e/server"
	"oscar/e2e/tool"
)

// counter is the table's AUTO_INCREMENT as SHOW CREATE TABLE tells it.
func (sc *scene) counter(table string) uint64 {
	sc.t.Helper()
	var name, text string
	if err := sc.db.QueryRowContext(sc.t.Context(), "SHOW CREATE TABLE "+table).Scan(&name, &text); err != nil {
		sc.t.Fatal(err)
	}
	m := regexp.MustCompile(`\n\) .*AUTO_INCREMENT=(\d+)`).FindStringSubmatch(text)
	if m == nil {
		return 1
	}
	n, err := strconv.ParseUint(m[1], 10, 64)
	if err != nil {
		sc.t.Fatal(err)
	}
	return n
}

// The table's next number is not one that it has given before, whoever has it no more.
func TestNumbersGoOn(t *testing.T) {
	const create = "CREATE TABLE u (id TYPE NOT NULL AUTO_INCREMENT PRIMARY KEY, a int, UNIQUE KEY a (a)); INSERT INTO u (a) VALUES (1), (2), (3), (4), (5)"
	const burn = "INSERT IGNORE INTO u (a) SELECT 1 + d % 5 FROM digits"
	cases := map[string]struct {
		kind, before, during, alter string
		want                        uint64 // 0: what the original has when nothing more happens to it
	}{
		"highest rows deleted before":      {before: "INSERT INTO u (id, a) VALUES (900, 900); DELETE FROM u WHERE id = 900", want: 901},
		"failed inserts during the run":    {during: burn + "; " + burn},
		"rolled back inserts":              {during: "START TRANSACTION; INSERT INTO u (a) VALUES (50), (51), (52); ROLLBACK"},
		"failed inserts before and during": {before: burn, during: burn},
		"rows inserted and deleted":        {during: "INSERT INTO u (id, a) VALUES (5000, 60); DELETE FROM u WHERE id = 5000", want: 5001},
		"negative numbers":                 {before: "INSERT INTO u (id, a) VALUES (-7, 7), (-1, 8)", want: 6},
		"number 0":                         {before: "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'; INSERT INTO u (id, a) VALUES (0, 70); SET SESSION sql_mode = DEFAULT", want: 6},
		"unsigned, nearly at its end":      {kind: "bigint unsigned", before: "INSERT INTO u (id, a) VALUES (18446744073709551600, 70); DELETE FROM u WHERE a = 70", during: burn},
		"a wider type":                     {kind: "int", before: burn, alter: "MODIFY id bigint unsigned NOT NULL AUTO_INCREMENT", during: burn},
		"a narrower type":                  {kind: "bigint", before: "INSERT INTO u (id, a) VALUES (3000000000, 70); DELETE FROM u WHERE a = 70", alter: "MODIFY id int NOT NULL AUTO_INCREMENT", want: 2147483647},
		"another name":                     {alter: "CHANGE id num int NOT NULL AUTO_INCREMENT", before: burn, during: burn},
		"a larger number in the ALTER":     {alter: "AUTO_INCREMENT=100000", during: burn, want: 100000},
		"a smaller number in the ALTER":    {before: "INSERT INTO u (id, a) VALUES (900, 900); DELETE FROM u WHERE id = 900", alter: "AUTO_INCREMENT=100", want: 901},
		"another numbered column":          {before: "INSERT INTO u (id, a) VALUES (900, 900); DELETE FROM u WHERE id = 900", alter: "MODIFY id int NOT NULL, ADD COLUMN n int NOT NULL AUTO_INCREMENT, ADD KEY n (n)", want: 6},
	}
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				t.Parallel() // most of it is waiting
				sc := &scene{t: t, server: s, schema: server.Schema(t, s)}
				sc.db = server.DB(t, s, sc.schema)
				sc.db.SetMaxOpenConns(4)
				kind, alter := c.kind, c.alter
				if kind == "" {
					kind = "int"
				}
				if alter == "" {
					alter = "ADD COLUMN z int"
				}
				sc.exec("CREATE TABLE digits (d int); INSERT INTO digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)")
				sc.exec(strings.Replace(create, "TYPE", kind, 1))
				if c.before != "" {
					sc.exec(c.before)
				}
				args := []string{sc.server.PT() + ",D=" + sc.schema + ",t=u", "--alter", alter, "--execute", "--no-drop-old-table",
					"--chunk-size", "1", "--chunk-size-limit", "1", "--chunk-time", "0", "--sleep", "0.1"}
				oscar := tool.Start(t, args...)
				want := c.want
				if c.during != "" {
					oscar.Await(t, "Created triggers OK.")
					release := sc.hold("SELECT COUNT(*) FROM _u_new")
					oscar.Await(t, "another session holds the table")
					sc.exec(c.during)
					release()
				}
				r := oscar.Wait(t)
				if r.Code != 0 {
					t.Fatal(r)
				}
				if want == 0 {
					want = sc.counter("_u_old")
				}
				if got := sc.counter("u"); got < want {
					t.Errorf("AUTO_INCREMENT is %d, want %d: %s", got, want, r)
				}
			})
		}
	})
}
