package preflight_test

import (
	"strings"
	"testing"

	"oscar/e2e/server"
	"oscar/osc/alter"
	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/preflight"
	"oscar/osc/schema"
	"oscar/triggers"
)

// What servers themselves say of a table before and after an ALTER.
func TestAfterOnRealTables(t *testing.T) {
	const rich = "id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY, a INT, s VARCHAR(20) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci NOT NULL, " +
		"d DECIMAL(10,2), e ENUM('x','y''z'), b VARBINARY(16), ts TIMESTAMP(3) NULL, j TEXT, g INT AS (a + 1) STORED, v INT AS (a * 2) VIRTUAL, " +
		"UNIQUE us (s), UNIQUE ua (a), UNIQUE ud (d, e), UNIQUE ug (g), UNIQUE uj (j(10)), KEY (ts)"
	cases := map[string]struct {
		create, alter, checks string
	}{
		"a rebuild changes nothing":                  {rich, "ENGINE=InnoDB", ""},
		"columns come and go":                        {rich, "ADD COLUMN n INT, DROP COLUMN ts, RENAME COLUMN s TO s2, ADD INDEX (a, d)", ""},
		"columns get wider":                          {rich, "MODIFY id BIGINT UNSIGNED AUTO_INCREMENT, MODIFY s VARCHAR(50) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci NOT NULL, MODIFY d DECIMAL(12,2), MODIFY e ENUM('w','x','y''z')", ""},
		"utf8 turns into utf8mb4":                    {rich, "MODIFY s VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL", ""},
		"a unique column becomes case-insensitive":   {"id INT PRIMARY KEY, s VARCHAR(20) COLLATE utf8mb4_bin, UNIQUE (s)", "MODIFY s VARCHAR(20) COLLATE utf8mb4_general_ci", "new unique key"},
		"a unique column becomes shorter":            {rich, "MODIFY s VARCHAR(10) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci NOT NULL", "new unique key"},
		"a unique decimal loses a place":             {rich, "MODIFY d DECIMAL(10,1)", "new unique key"},
		"a unique column turns NOT NULL":             {rich, "MODIFY a INT NOT NULL", "new unique key, new unique key"}, // ua, and ug whose expression has it
		"a unique prefix gets shorter":               {rich, "DROP INDEX uj, ADD INDEX uj (j(5)), ADD UNIQUE uk (j(5))", "new unique key"},
		"a column of a unique key is dropped":        {"id INT PRIMARY KEY, a INT, b INT, UNIQUE u (a, b)", "DROP INDEX u, DROP COLUMN b, ADD UNIQUE u (a)", "new unique key"},
		"the primary key is replaced by a number":    {"a INT PRIMARY KEY", "DROP PRIMARY KEY, ADD COLUMN n INT AUTO_INCREMENT PRIMARY KEY", "unique key of the new table"},
		"a number becomes primary beside an old":     {"a INT NOT NULL, UNIQUE (a)", "ADD COLUMN n INT AUTO_INCREMENT PRIMARY KEY FIRST", ""},
		"the primary key is dropped, another stays":  {"id INT PRIMARY KEY, a INT NOT NULL, UNIQUE (a)", "DROP PRIMARY KEY", ""},
		"a generated column turns plain":             {"id INT PRIMARY KEY, a INT, g INT AS (a + 1) STORED", "MODIFY g INT", "generated columns"},
		"a signed key becomes unsigned and numbered": {"id INT PRIMARY KEY, a INT", "MODIFY id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT", ""},
		"a new column that nothing fills":            {"id INT PRIMARY KEY", "ADD a INT NOT NULL, ADD d DATETIME NOT NULL, ADD j LONGTEXT NOT NULL", "new column without a value, new column without a value, new column without a value"},
		"new columns that the server fills":          {"id INT PRIMARY KEY", "ADD a INT NOT NULL DEFAULT 0, ADD b LONGTEXT NOT NULL DEFAULT (''), ADD c VARCHAR(9) NOT NULL DEFAULT '', ADD d DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, ADD e ENUM('x') NOT NULL, ADD g INT AS (id) VIRTUAL, ADD n INT", ""},
		"NULLs would be numbered":                    {"id INT PRIMARY KEY, a INT, KEY (a)", "MODIFY a INT NOT NULL AUTO_INCREMENT", "NULLs that would be numbered"},
		"the engine changes":                         {"id INT PRIMARY KEY", "ENGINE=MyISAM", "new engine"},
	}
	server.Each(t, func(t *testing.T, s *server.Server) {
		b := newBench(t, s)
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				b.t = t
				b.table.Name = "u"
				shadow := b.table.Sibling("_u_new")
				b.exec("DROP TABLE IF EXISTS " + b.table.SQL() + ", " + shadow.SQL())
				b.exec("CREATE TABLE " + b.table.SQL() + " (" + c.create + ") ENGINE=InnoDB")
				b.exec("CREATE TABLE " + shadow.SQL() + " LIKE " + b.table.SQL())
				b.exec("ALTER TABLE " + shadow.SQL() + " " + c.alter)

				var f preflight.Facts
				var err error
				if f.Alter, err = alter.Parse(c.alter, alter.Mode{}); err != nil {
					t.Fatal(err)
				}
				q := b.open("root")
				if f.Table, err = inspect.Table(t.Context(), q, b.table); err != nil {
					t.Fatal(err)
				}
				made, err := inspect.Table(t.Context(), q, shadow)
				if err != nil {
					t.Fatal(err)
				}
				pairs := copied(f, made)
				var got []string
				refusals := preflight.After(f, made, pairs)
				for _, r := range refusals {
					got = append(got, r.Check)
				}
				for _, u := range preflight.NewUnique(f.Table, made, pairs) {
					got = append(got, "new unique key")
					if u.Duplicates != "" {
						b.exec(u.Duplicates) // the server takes the query that is shown
					}
				}
				if g := strings.Join(got, ", "); g != c.checks {
					t.Errorf("refusals\n got %s\nwant %s\n%v", g, c.checks, refusals)
				}
				if key, ok := preflight.FindKey(made, f.Table, pairs); !ok && c.checks == "" {
					t.Errorf("no key to find rows by: %v", key)
				}
			})
		}
	})
}

// copied pairs the columns by name or rename, as a plan does.
func copied(f preflight.Facts, shadow schema.Table) []triggers.Pair {
	var pairs []triggers.Pair
	for _, c := range f.Table.Columns {
		to := c.Name
		for _, r := range f.Alter.Renames() {
			if r.From.Is(c.Name) {
				to = r.To
			}
		}
		if n, ok := shadow.Column(to); ok && !c.Generated && !n.Generated {
			pairs = append(pairs, triggers.Pair{Original: ident.Name(c.Name), New: n.Name})
		}
	}
	return pairs
}
