package stories

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/compare"
	"oscar/e2e/server"
)

// schema is the name of the one schema that stories live in: goldens hold it.
const schema = "story"

// makeNumbers makes seed.n, from which create.sql takes its rows.
func makeNumbers(t *testing.T, db *sqlx.DB) {
	t.Helper()
	mustExec(t, db, `CREATE DATABASE IF NOT EXISTS seed; CREATE TABLE IF NOT EXISTS seed.n (i INT PRIMARY KEY);
		INSERT IGNORE INTO seed.n SELECT 1000 * a.i + 100 * b.i + 10 * c.i + d.i FROM `+digits("a")+`, `+digits("b")+`, `+digits("c")+`, `+digits("d")+`;
		DELETE FROM seed.n WHERE i = 0`)
}

func digits(name string) string {
	return "(SELECT 0 i UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) " + name
}

func mustExec(t *testing.T, db sqlx.ExecerContext, text string) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%v in: %.2000s", err, text)
	}
}

// fresh makes the story's tables anew.
func fresh(t *testing.T, db *sqlx.DB, s *server.Server, st story) *sqlx.DB {
	t.Helper()
	mustExec(t, db, "DROP DATABASE IF EXISTS "+schema+"; CREATE DATABASE "+schema+" CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci")
	in := server.DB(t, s, schema)
	one := session(t, in) // what create.sql sets must not stay in the pool
	mustExec(t, one, st.create)
	return in
}

// session takes one connection out of the pool and throws it away at the test's end.
func session(t *testing.T, db *sqlx.DB) *sqlx.Conn {
	t.Helper()
	c, err := db.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { discard(c) })
	return c
}

// state is everything in the schema.
type state struct {
	tables   map[string]string // SHOW CREATE TABLE
	rows     map[string]string // hash and number
	triggers []string
}

func look(t *testing.T, db *sqlx.DB) state {
	t.Helper()
	s := state{map[string]string{}, map[string]string{}, triggers(t, db)}
	for _, name := range tables(t, db) {
		s.tables[name] = definition(t, db, name)
		hash, n, err := compare.Snapshot(t.Context(), db, name)
		if err != nil {
			t.Fatal(err)
		}
		s.rows[name] = fmt.Sprintf("%d rows %s", n, hash)
	}
	return s
}

func tables(t *testing.T, db *sqlx.DB) []string {
	t.Helper()
	var out []string
	err := db.SelectContext(t.Context(), &out, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func triggers(t *testing.T, db *sqlx.DB) []string {
	t.Helper()
	var out []string
	err := db.SelectContext(t.Context(), &out, "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = DATABASE() ORDER BY 1")
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// names are the tables and triggers of the schema.
func names(t *testing.T, db *sqlx.DB) []string {
	t.Helper()
	out := append(tables(t, db), triggers(t, db)...)
	slices.Sort(out)
	return out
}

func definition(t *testing.T, db *sqlx.DB, table string) string {
	t.Helper()
	var name, text string
	if err := db.QueryRowxContext(t.Context(), "SHOW CREATE TABLE "+compare.Quote(table)).Scan(&name, &text); err != nil {
		t.Fatal(err)
	}
	return text
}

var (
	counter    = regexp.MustCompile(` AUTO_INCREMENT=\d+`)
	constraint = regexp.MustCompile("(CONSTRAINT [`\"])_*")
	charset    = regexp.MustCompile(`CHARACTER SET \w+ COLLATE`)
)

// shape is a definition without what may differ after a change: the counter, and the underscores before names of constraints. Constraints
// are listed by name, so their order is left out too. MySQL shows a column's character set beside its collation, which implies it, or leaves it
// out, by how the column came to be.
func shape(definition string) string {
	text := charset.ReplaceAllString(definition, "COLLATE")
	text = constraint.ReplaceAllString(counter.ReplaceAllString(text, ""), "$1")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, ",")
	}
	constraints := slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return !constraint.MatchString(l) })
	others := slices.DeleteFunc(lines, constraint.MatchString)
	slices.Sort(constraints)
	return strings.Join(append(others, constraints...), "\n")
}
