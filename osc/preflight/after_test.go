package preflight

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

// same names, in order.
func pairs(names ...ident.Name) []triggers.Pair {
	var out []triggers.Pair
	for _, n := range names {
		out = append(out, triggers.Pair{Original: n, New: n})
	}
	return out
}

func columns(list ...schema.Column) []schema.Column { return list }

func keysOf(list ...schema.Key) []schema.Key { return list }

// cascading gives a table a foreign key from a to p (id).
func cascading(onUpdate, onDelete string, name ...ident.Name) func(*schema.Table) {
	return func(t *schema.Table) {
		t.ForeignKeys = []schema.ForeignKey{{
			Name: append(name, "fk")[0], Columns: ident.Names("a"), References: db.Sibling("p"), Referenced: ident.Names("id"), OnUpdate: onUpdate, OnDelete: onDelete,
		}}
	}
}

func cascadingInto(column ident.Name, onUpdate string) func(*schema.Table) {
	return func(t *schema.Table) {
		cascading(onUpdate, "CASCADE")(t)
		t.ForeignKeys[0].Columns = []ident.Name{column}
	}
}

func TestChecks(t *testing.T) {
	id, a := number("id", "int"), nullable(number("a", "int"))
	base := schema.Table{Name: db, Columns: columns(id, a)}
	with := func(change func(*schema.Table)) schema.Table {
		t := base
		change(&t)
		return t
	}
	none := func(*schema.Table) {}
	for name, test := range map[string]struct {
		table, shadow func(*schema.Table)
		want          string
	}{
		"no foreign keys":          {none, none, ""},
		"the same that only looks": {cascading("RESTRICT", "NO ACTION"), cascading("RESTRICT", "NO ACTION", "_fk"), "0"},
		"a new one":                {none, cascading("RESTRICT", "RESTRICT"), ""},
		"one that cascades":        {cascading("RESTRICT", "CASCADE"), cascading("RESTRICT", "CASCADE", "_fk"), "1"},
		"one that is dropped":      {cascading("RESTRICT", "RESTRICT"), none, ""},
		"one that looks somewhere else": {cascading("RESTRICT", "RESTRICT"), func(t *schema.Table) {
			cascading("RESTRICT", "RESTRICT")(t)
			t.ForeignKeys[0].Referenced = ident.Names("x")
		}, ""},
	} {
		if got := Checks(Facts{Table: with(test.table)}, with(test.shadow), pairs("id", "a")); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

func TestAfter(t *testing.T) {
	id, a, s := number("id", "int"), nullable(number("a", "int")), varchar("s", 20, "utf8mb4_general_ci")
	all := pairs("id", "a", "s")
	cases := map[string]struct {
		alter   string
		mariadb bool
		table   func(*schema.Table)
		columns []schema.Column
		keys    []schema.Key // nil: PRIMARY (id)
		shadow  func(*schema.Table)
		pairs   []triggers.Pair
		checks  []string
		says    []string
		kind    Kind
	}{
		"an unchanged table is fine": {columns: columns(id, a, s), pairs: all},
		"a renamed column is fine": {
			alter: "CHANGE a b INT", columns: columns(id, nullable(number("b", "int")), s),
			pairs: []triggers.Pair{{Original: "id", New: "id"}, {Original: "a", New: "b"}, {Original: "s", New: "s"}}},
		"two columns that swap their names are fine": {
			alter: "CHANGE a s INT, CHANGE s a VARCHAR(20)", columns: columns(id, nullable(number("s", "int")), varchar("a", 20, "utf8mb4_general_ci")),
			pairs: []triggers.Pair{{Original: "id", New: "id"}, {Original: "a", New: "s"}, {Original: "s", New: "a"}}},
		"a column that vanished without a word is refused": {
			columns: columns(id, a), pairs: pairs("id", "a"), checks: []string{"text and table disagree"}, says: []string{"values of `s` are to go nowhere"}, kind: Unsupported},
		"a column that nobody copies is refused": {
			columns: columns(id, a, s), pairs: pairs("id", "a"), checks: []string{"text and table disagree", "text and table disagree"}, kind: Unsupported},
		"a column that appeared without a word is refused": {
			columns: columns(id, a, s, nullable(number("x", "int"))), pairs: all, checks: []string{"text and table disagree"},
			says: []string{"the new table has a column `x`"}, kind: Unsupported},
		"a drop that did nothing is refused": {
			alter: "DROP COLUMN s", columns: columns(id, a, s), pairs: all, checks: []string{"text and table disagree"}, kind: Unsupported},
		"a rename whose target is missing is refused": {
			alter: "CHANGE a b INT", columns: columns(id, s), pairs: pairs("id", "s"),
			checks: []string{"text and table disagree", "text and table disagree"}, says: []string{"renames `a` to `b`"}, kind: Unsupported},
		"values that would change columns without a rename are refused": {
			alter: "DROP COLUMN a, ADD COLUMN b INT", columns: columns(id, s, nullable(number("b", "int"))),
			pairs:  []triggers.Pair{{Original: "id", New: "id"}, {Original: "a", New: "b"}, {Original: "s", New: "s"}},
			checks: []string{"text and table disagree", "text and table disagree"}, kind: Unsupported},
		"a column that is copied twice is refused": {
			columns: columns(id, a, s), pairs: append(pairs("id", "a", "s"), pairs("a")...), checks: []string{"text and table disagree"}, kind: Unsupported},

		"generated columns stay out of the copy": {
			table: func(t *schema.Table) {
				t.Columns = append(t.Columns, generated(number("g", "int"), "`a` + 1"))
			}, columns: columns(id, a, s, generated(number("g", "int"), "`a` + 1")), pairs: all},
		"a plain column that becomes generated is refused": {
			alter: "MODIFY a INT AS (id + 1)", columns: columns(id, generated(a, "`id` + 1"), s), pairs: pairs("id", "s"),
			checks: []string{"generated columns"}, says: []string{"`a` is plain and becomes generated"}, kind: Unsupported},
		"a generated column that becomes plain is refused": {
			alter: "MODIFY a INT", table: func(t *schema.Table) { t.Columns[1] = generated(t.Columns[1], "`id` + 1") },
			columns: columns(id, a, s), pairs: pairs("id", "s"),
			checks: []string{"generated columns"}, says: []string{"`a` is generated and becomes plain"}, kind: Unsupported},
		"system versioning by any road is refused": {
			columns: columns(id, a, s), pairs: all, shadow: func(t *schema.Table) { t.Create = "CREATE TABLE `t` (`id` int) ENGINE=InnoDB WITH SYSTEM VERSIONING" },
			checks: []string{"system versioning"}, kind: Unsupported},
		"a comment about system versioning is fine": {
			columns: columns(id, a, s), pairs: all, shadow: func(t *schema.Table) {
				t.Create = "CREATE TABLE `t` (`id` int COMMENT 'it''s WITH SYSTEM VERSIONING') COMMENT='\\' WITH SYSTEM VERSIONING'"
			}},
		"an engine that came by default is refused": {
			alter: "ENGINE=DEFAULT", columns: columns(id, a, s), pairs: all, shadow: func(t *schema.Table) { t.Engine = "MEMORY" },
			checks: []string{"new engine"}, says: []string{"MEMORY"}, kind: Unsupported},
		"a new cascading foreign key is refused": {
			alter: "ADD FOREIGN KEY (a) REFERENCES p (id) ON DELETE SET NULL", columns: columns(id, a, s), pairs: all,
			shadow: func(t *schema.Table) {
				t.ForeignKeys = []schema.ForeignKey{{Name: "t_fk", References: db.Sibling("p"), OnDelete: "SET NULL", OnUpdate: "RESTRICT"}}
			}, checks: []string{"new cascades"}, says: []string{"`t_fk` ON DELETE SET NULL"}, kind: Unsupported},
		"a cascading foreign key that stays as it is, under another name, is fine": {
			table: cascading("CASCADE", "SET NULL"), columns: columns(id, a, s), pairs: all, shadow: cascading("CASCADE", "SET NULL", "_fk")},
		"a cascading foreign key whose column is renamed is fine": {
			alter: "CHANGE a b INT", table: cascading("RESTRICT", "CASCADE"), columns: columns(id, nullable(number("b", "int")), s),
			pairs: []triggers.Pair{{Original: "id", New: "id"}, {Original: "a", New: "b"}, {Original: "s", New: "s"}},
			shadow: func(t *schema.Table) {
				cascading("RESTRICT", "CASCADE")(t)
				t.ForeignKeys[0].Columns = ident.Names("b")
			}},
		"a cascading foreign key that is dropped is refused": {
			alter: "DROP FOREIGN KEY _fk", table: cascading("RESTRICT", "CASCADE"), columns: columns(id, a, s), pairs: all,
			checks: []string{"cascades"}, says: []string{"`fk` ON DELETE CASCADE", "the ALTER drops or changes it"}, kind: Unsupported},
		"a cascading foreign key with another rule is refused twice": {
			table: cascading("RESTRICT", "CASCADE"), columns: columns(id, a, s), pairs: all, shadow: cascading("RESTRICT", "SET NULL", "_fk"),
			checks: []string{"cascades", "new cascades"}, kind: Unsupported},
		"a cascading foreign key to another column is refused": {
			table: cascading("RESTRICT", "CASCADE"), columns: columns(id, a, s), pairs: all,
			shadow: func(t *schema.Table) {
				cascading("RESTRICT", "CASCADE")(t)
				t.ForeignKeys[0].Referenced = ident.Names("other")
			},
			checks: []string{"cascades", "new cascades"}, kind: Unsupported},
		"a column of a cascading foreign key with another type is refused": {
			alter: "MODIFY a BIGINT", table: cascading("RESTRICT", "CASCADE"), columns: columns(id, nullable(number("a", "bigint")), s), pairs: all, shadow: cascading("RESTRICT", "CASCADE"),
			checks: []string{"cascades"}, says: []string{"the ALTER changes its column `a`"}, kind: Unsupported},
		"a column that is set to NULL and may no longer be is refused": {
			alter: "MODIFY a INT NOT NULL", table: cascading("RESTRICT", "SET NULL"), columns: columns(id, number("a", "int"), s), pairs: all, shadow: cascading("RESTRICT", "SET NULL"),
			checks: []string{"cascades"}, says: []string{"the ALTER changes its column `a`"}, kind: Unsupported},
		"a column of a cascading foreign key that is dropped is refused": {
			alter: "DROP COLUMN a", table: cascading("RESTRICT", "CASCADE"), columns: columns(id, s), pairs: pairs("id", "s"),
			checks: []string{"cascades"}, says: []string{"the ALTER drops its column `a`"}, kind: Unsupported},
		"an update that cascades into the copy's key is refused": {
			table: cascadingInto("id", "CASCADE"), columns: columns(id, a, s), pairs: all, shadow: cascadingInto("id", "CASCADE"),
			checks: []string{"cascades into the key"}, says: []string{"changes `id`", "--chunk-index"}, kind: Unsupported},
		"a delete that cascades over the copy's key is fine": {
			table: cascadingInto("id", "RESTRICT"), columns: columns(id, a, s), pairs: all, shadow: cascadingInto("id", "RESTRICT")},
		"a new foreign key that only looks is fine": {
			alter: "ADD FOREIGN KEY (a) REFERENCES p (id)", columns: columns(id, a, s), pairs: all,
			shadow: func(t *schema.Table) {
				t.ForeignKeys = []schema.ForeignKey{{Name: "t_fk", References: db.Sibling("p"), OnDelete: "RESTRICT", OnUpdate: "RESTRICT"}}
			}},

		"a new unique key is built later with the original's column names": {
			alter: "CHANGE a b INT", columns: columns(id, nullable(number("b", "int")), s), keys: keysOf(unique("PRIMARY", "id"), withNull(unique("u", "b"))),
			pairs:  []triggers.Pair{{Original: "id", New: "id"}, {Original: "a", New: "b"}, {Original: "s", New: "s"}},
			checks: []string{"new unique key"}, says: []string{"`u` over `a`", "SELECT `a`, COUNT(*) FROM `db`.`t`"}, kind: Generic},
		"a unique key whose column became shorter is built later": {
			alter: "MODIFY s VARCHAR(10)", table: func(t *schema.Table) { t.Keys = append(t.Keys, unique("us", "s")) },
			columns: columns(id, a, varchar("s", 10, "utf8mb4_general_ci")), keys: keysOf(unique("PRIMARY", "id"), unique("us", "s")), pairs: all,
			checks: []string{"new unique key"}, says: []string{"`us`"}, kind: Generic},
		"a unique key whose collation became coarser is built later": {
			alter: "MODIFY s VARCHAR(20) COLLATE utf8mb4_general_ci", table: func(t *schema.Table) {
				t.Columns[2] = varchar("s", 20, "utf8mb4_bin")
				t.Keys = append(t.Keys, unique("us", "s"))
			},
			columns: columns(id, a, s), keys: keysOf(unique("PRIMARY", "id"), unique("us", "s")), pairs: all,
			checks: []string{"new unique key"}, says: []string{"GROUP BY CONVERT(`s` USING utf8mb4) COLLATE utf8mb4_general_ci"}, kind: Generic},
		"a unique key whose NULLs would become equal is built later": {
			alter: "MODIFY a INT NOT NULL", table: func(t *schema.Table) { t.Keys = append(t.Keys, withNull(unique("ua", "a"))) },
			columns: columns(id, number("a", "int"), s), keys: keysOf(unique("PRIMARY", "id"), unique("ua", "a")), pairs: all,
			checks: []string{"new unique key"}, kind: Generic},
		"a nullable unique key that stays is fine": {
			table:   func(t *schema.Table) { t.Keys = append(t.Keys, withNull(unique("ua", "a"))) },
			columns: columns(id, a, s), keys: keysOf(unique("PRIMARY", "id"), withNull(unique("ua", "a"))), pairs: all},
		"a dropped column that leaves a shorter unique key is built later": {
			alter: "DROP COLUMN a", table: func(t *schema.Table) { t.Keys = append(t.Keys, unique("u", "s", "a")) },
			columns: columns(id, s), keys: keysOf(unique("PRIMARY", "id"), unique("u", "s")), pairs: pairs("id", "s"),
			checks: []string{"new unique key"}, kind: Generic},
		"a numbered column cannot wait for its only key": {
			alter: "DROP PRIMARY KEY, ADD PRIMARY KEY (a), MODIFY a INT AUTO_INCREMENT, ADD UNIQUE (id)",
			table: func(t *schema.Table) { t.Columns[1].Nullable = false }, columns: columns(id, auto(number("a", "int")), s), keys: keysOf(unique("PRIMARY", "a"), unique("id", "id")), pairs: all,
			checks: []string{"new unique key of a numbered column", "new unique key"}, kind: Unsupported},
		"a unique key over a new column is built later": {
			alter: "ADD COLUMN x INT NOT NULL DEFAULT 1 UNIQUE", columns: columns(id, a, s, defaulted(number("x", "int"))), keys: keysOf(unique("PRIMARY", "id"), unique("x", "x")),
			pairs: all, checks: []string{"new unique key"}, says: []string{"over `x`"}, kind: Generic},
		"a new column beside the primary key's is fine": {
			alter: "ADD COLUMN x INT, ADD UNIQUE (x, id)", columns: columns(id, a, s, nullable(number("x", "int"))), keys: keysOf(unique("PRIMARY", "id"), unique("x", "x", "id")),
			pairs: all},
		"a unique key over an unchanged expression is fine": {
			table: func(t *schema.Table) {
				t.Keys = append(t.Keys, schema.Key{Name: "f", Unique: true, Kind: "BTREE", Parts: []schema.KeyPart{{Expression: "(`a` + 1)"}}})
			}, columns: columns(id, a, s), pairs: all, keys: keysOf(unique("PRIMARY", "id"),
				schema.Key{Name: "f", Unique: true, Kind: "BTREE", Parts: []schema.KeyPart{{Expression: "(`a` + 1)"}}})},
		"a unique key over an expression of a changed column is built later": {
			alter: "MODIFY a SMALLINT", table: func(t *schema.Table) {
				t.Keys = append(t.Keys, schema.Key{Name: "f", Unique: true, Kind: "BTREE", Parts: []schema.KeyPart{{Expression: "(`a` + 1)"}}})
			}, columns: columns(id, nullable(number("a", "smallint")), s), pairs: all, keys: keysOf(unique("PRIMARY", "id"),
				schema.Key{Name: "f", Unique: true, Kind: "BTREE", Parts: []schema.KeyPart{{Expression: "(`a` + 1)"}}}),
			checks: []string{"new unique key"}, kind: Generic},
		"a unique key over an unchanged generated column is fine": {
			table: func(t *schema.Table) {
				t.Columns = append(t.Columns, generated(number("g", "int"), "`a` + 1"))
				t.Keys = append(t.Keys, unique("ug", "g"))
			}, columns: columns(id, a, s, generated(number("g", "int"), "`a` + 1")), keys: keysOf(unique("PRIMARY", "id"), unique("ug", "g")), pairs: all},
		"a unique key over a generated column with another expression is built later": {
			alter: "MODIFY g INT AS (a DIV 2)", table: func(t *schema.Table) {
				t.Columns = append(t.Columns, generated(number("g", "int"), "`a` + 1"))
				t.Keys = append(t.Keys, unique("ug", "g"))
			}, columns: columns(id, a, s, generated(number("g", "int"), "`a` DIV 2")), keys: keysOf(unique("PRIMARY", "id"), unique("ug", "g")), pairs: all,
			checks: []string{"new unique key"}, kind: Generic},
		"a new numbered primary key beside an old unique one is fine": {
			alter: "ADD COLUMN n BIGINT AUTO_INCREMENT PRIMARY KEY", table: func(t *schema.Table) { t.Keys = keysOf(unique("us", "s")) },
			columns: columns(id, a, s, auto(number("n", "bigint"))), keys: keysOf(unique("PRIMARY", "n"), unique("us", "s")), pairs: all},
		"a new numbered primary key in place of the old one is refused": {
			alter:   "DROP PRIMARY KEY, ADD COLUMN n BIGINT AUTO_INCREMENT PRIMARY KEY",
			columns: columns(id, a, s, auto(number("n", "bigint"))), keys: keysOf(unique("PRIMARY", "n")), pairs: all,
			checks: []string{"unique key of the new table"}, says: []string{"does not have a PRIMARY KEY or a unique index", "the original has `PRIMARY`"}, kind: NoKey},
		"a new table without keys is refused": {
			alter: "DROP PRIMARY KEY", columns: columns(id, a, s), keys: keysOf(schema.Key{Name: "k", Kind: "BTREE", Parts: []schema.KeyPart{{Column: "id"}}}), pairs: all, checks: []string{"unique key of the new table"}, kind: NoKey},
		"a key whose type cannot be followed and that is numbered is told of once": {
			alter:   "MODIFY id DOUBLE AUTO_INCREMENT",
			columns: columns(auto(number("id", "double")), a, s), pairs: all,
			checks: []string{"new unique key of a numbered column", "new unique key"}, kind: Unsupported},
		"NULLs that would be numbered are refused": {
			alter:   "MODIFY a INT NOT NULL AUTO_INCREMENT, ADD KEY (a)",
			columns: columns(id, auto(number("a", "int")), s), pairs: all,
			checks: []string{"NULLs that would be numbered"}, says: []string{"`a` may hold NULL and becomes AUTO_INCREMENT"}, kind: Unsupported},
		"NULLs of the only key are told of once": {
			alter:   "MODIFY a INT NOT NULL AUTO_INCREMENT PRIMARY KEY, DROP PRIMARY KEY",
			table:   func(t *schema.Table) { t.Keys = append(t.Keys, withNull(unique("ua", "a"))) },
			columns: columns(id, auto(number("a", "int")), s), keys: keysOf(unique("PRIMARY", "a")), pairs: all,
			checks: []string{"NULLs that would be numbered", "new unique key"}, kind: Unsupported},
		"a new column that nothing fills is refused": {
			alter: "ADD COLUMN nn INT NOT NULL", columns: columns(id, a, s, number("nn", "int")), pairs: all,
			checks: []string{"new column without a value"}, says: []string{"`nn` is NOT NULL and has no default", "DEFAULT 0"}, kind: Generic},
		"a new text column that nothing fills is refused": {
			alter: "ADD COLUMN nn VARCHAR(20) NOT NULL", columns: columns(id, a, s, varchar("nn", 20, "utf8mb4_bin")), pairs: all,
			checks: []string{"new column without a value"}, says: []string{"DEFAULT ''"}, kind: Generic},
		"a new column with a default is fine": {
			alter: "ADD COLUMN nn INT NOT NULL DEFAULT 0", columns: columns(id, a, s, defaulted(number("nn", "int"))), pairs: all},
		"a new ENUM has its first member as a default": {
			alter: "ADD COLUMN e ENUM('x','y') NOT NULL", columns: columns(id, a, s, text("e", "enum('x','y')", "utf8mb4_bin", 1)), pairs: all},
		"a new generated column needs no default": {
			alter: "ADD COLUMN g INT AS (id + 1) STORED NOT NULL", columns: columns(id, a, s, generated(number("g", "int"), "`id` + 1")), pairs: all},
		"a signed key that becomes a numbered unsigned one is fine": {
			alter: "MODIFY id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT", columns: columns(auto(number("id", "bigint unsigned")), a, s), pairs: all},
		"a widened primary key is fine": {
			alter: "MODIFY id BIGINT UNSIGNED", table: func(t *schema.Table) { t.Columns[0] = number("id", "int(10) unsigned") },
			columns: columns(number("id", "bigint(20) unsigned"), a, s), pairs: all},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := facts(t, c.alter)
			if c.table != nil {
				c.table(&f.Table)
			}
			shadow := schema.Table{Name: db.Sibling("_t_new"), Engine: "InnoDB", Columns: c.columns, Keys: c.keys}
			if c.keys == nil {
				shadow.Keys = keysOf(unique("PRIMARY", "id"))
			}
			if c.shadow != nil {
				c.shadow(&shadow)
			}
			got := After(f, shadow, c.pairs)
			for _, u := range NewUnique(f.Table, shadow, c.pairs) {
				got = append(got, Refusal{Check: "new unique key", Why: "key " + u.Key.Name.SQL() + " over " + u.Over, Try: "look: " + u.Duplicates})
			}
			want(t, got, c.checks...)
			says(t, got, c.says...)
			if got.Code() != c.kind {
				t.Errorf("code is %d (%s), want %d", got.Code(), got.Code(), c.kind)
			}
		})
	}
}

func TestFindKey(t *testing.T) {
	original := schema.Table{Name: db, Columns: columns(number("id", "int"), number("a", "int"), number("b", "int"), nullable(number("n", "int"))),
		Keys: keysOf(unique("PRIMARY", "id"), unique("u", "a", "b"), withNull(unique("un", "n")))}
	all := pairs("id", "a", "b", "n")
	cases := map[string]struct {
		columns []schema.Column // nil: those of the original
		keys    []schema.Key
		pairs   []triggers.Pair
		want    []triggers.Pair
	}{
		"the primary key comes first":            {keys: keysOf(unique("u", "id"), unique("PRIMARY", "a", "b")), pairs: all, want: pairs("a", "b")},
		"else the key with the fewest columns":   {keys: keysOf(unique("u", "a", "b"), unique("v", "id")), pairs: all, want: pairs("id")},
		"a nullable key does not serve":          {keys: keysOf(withNull(unique("un", "n"))), pairs: all},
		"a key made NOT NULL does not serve":     {columns: columns(number("id", "int"), number("n", "int")), keys: keysOf(unique("un", "n")), pairs: pairs("id", "n")},
		"a prefix does not serve":                {keys: keysOf(prefix(unique("u", "id"), 3)), pairs: all},
		"an invisible key does not serve":        {keys: keysOf(ignored(unique("u", "id"))), pairs: all},
		"a key that is not unique yet does not":  {keys: keysOf(unique("PRIMARY", "a")), pairs: all},
		"a key with more columns serves":         {keys: keysOf(unique("PRIMARY", "b", "id")), pairs: all, want: pairs("b", "id")},
		"a key over a column nobody copies not":  {keys: keysOf(unique("PRIMARY", "id", "b")), pairs: pairs("id", "a", "n")},
		"a key that is not unique at all is not": {keys: keysOf(schema.Key{Name: "k", Kind: "BTREE", Parts: []schema.KeyPart{{Column: "id"}}}), pairs: all},
		"a renamed key column keeps both names": {columns: columns(number("no", "bigint"), number("a", "int")), keys: keysOf(unique("PRIMARY", "no")),
			pairs: []triggers.Pair{{Original: "a", New: "a"}, {Original: "id", New: "no"}}, want: []triggers.Pair{{Original: "id", New: "no"}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			shadow := schema.Table{Name: db.Sibling("_t_new"), Columns: c.columns, Keys: c.keys}
			if c.columns == nil {
				shadow.Columns = original.Columns
			}
			got, ok := FindKey(shadow, original, c.pairs)
			if diff := cmp.Diff(c.want, got); diff != "" || ok != (c.want != nil) {
				t.Errorf("found %v (-want +got):\n%s", ok, diff)
			}
		})
	}
}

func TestKeepsApart(t *testing.T) {
	bin := func(n ident.Name, columnType string, max int64) schema.Column {
		c := number(n, columnType)
		c.MaxChars = max
		return c
	}
	cases := map[string]struct {
		from, to schema.Column
		want     bool
	}{
		"the same":                       {number("c", "int"), number("c", "int"), true},
		"NULL given up":                  {nullable(number("c", "int")), number("c", "int"), false},
		"NULL gained":                    {number("c", "int"), nullable(number("c", "int")), true},
		"a wider integer":                {number("c", "int(11)"), number("c", "bigint(20)"), true},
		"a narrower integer":             {number("c", "int"), number("c", "smallint"), true},
		"another display width":          {number("c", "int(11)"), number("c", "int(4)"), true},
		"a sign lost":                    {number("c", "int"), number("c", "bigint unsigned"), true},
		"a sign gained, wider":           {number("c", "int unsigned"), number("c", "bigint"), true},
		"a sign gained, as wide":         {number("c", "int unsigned"), number("c", "int"), true},
		"an integer turned year":         {number("c", "int"), number("c", "year"), false},
		"an integer turned bits":         {number("c", "int"), number("c", "bit(32)"), false},
		"an integer turned text":         {number("c", "int"), varchar("c", 20, "utf8mb4_bin"), false},
		"text turned integer":            {varchar("c", 20, "utf8mb4_bin"), number("c", "int"), false},
		"an integer turned decimal":      {number("c", "int"), number("c", "decimal(20,0)"), false},
		"a wider decimal":                {number("c", "decimal(10,2)"), number("c", "decimal(12,4)"), true},
		"a decimal with fewer places":    {number("c", "decimal(10,2)"), number("c", "decimal(12,1)"), false},
		"a decimal with fewer digits":    {number("c", "decimal(10,2)"), number("c", "decimal(10,4)"), false},
		"a decimal that loses its sign":  {number("c", "decimal(10,2)"), number("c", "decimal(10,2) unsigned"), false},
		"float to double":                {number("c", "float"), number("c", "double"), true},
		"double to float":                {number("c", "double"), number("c", "float"), false},
		"float to double with digits":    {number("c", "float(7,2)"), number("c", "double(7,2)"), false},
		"date to datetime":               {number("c", "date"), number("c", "datetime"), true},
		"datetime to date":               {number("c", "datetime"), number("c", "date"), false},
		"finer seconds":                  {number("c", "datetime"), number("c", "datetime(6)"), true},
		"coarser seconds":                {number("c", "datetime(6)"), number("c", "datetime"), false},
		"timestamp to datetime":          {number("c", "timestamp"), number("c", "datetime"), false},
		"more bits":                      {number("c", "bit(4)"), number("c", "bit(8)"), true},
		"fewer bits":                     {number("c", "bit(8)"), number("c", "bit(4)"), false},
		"longer text":                    {varchar("c", 20, "utf8mb4_general_ci"), varchar("c", 30, "utf8mb4_general_ci"), true},
		"shorter text":                   {varchar("c", 20, "utf8mb4_general_ci"), varchar("c", 10, "utf8mb4_general_ci"), false},
		"CHAR to VARCHAR":                {text("c", "char(5)", "utf8mb4_bin", 5), varchar("c", 5, "utf8mb4_bin"), true},
		"VARCHAR to CHAR":                {varchar("c", 5, "utf8mb4_bin"), text("c", "char(5)", "utf8mb4_bin", 5), false},
		"VARCHAR to TEXT":                {varchar("c", 200, "utf8mb4_bin"), text("c", "text", "utf8mb4_bin", 65535), true},
		"VARCHAR to too small a TEXT":    {varchar("c", 200, "utf8mb4_bin"), text("c", "tinytext", "utf8mb4_bin", 255), false},
		"TEXT to VARCHAR":                {text("c", "text", "utf8mb4_bin", 65535), varchar("c", 200, "utf8mb4_bin"), false},
		"TEXT to LONGTEXT":               {text("c", "text", "utf8mb4_bin", 65535), text("c", "longtext", "utf8mb4_bin", 4294967295), true},
		"TEXT to TINYTEXT":               {text("c", "text", "utf8mb4_bin", 65535), text("c", "tinytext", "utf8mb4_bin", 255), false},
		"TEXT in a wider character set":  {text("c", "text", "utf8mb3_bin", 65535), text("c", "text", "utf8mb4_bin", 65535), false},
		"a finer collation":              {varchar("c", 20, "utf8mb4_general_ci"), varchar("c", 20, "utf8mb4_bin"), true},
		"a coarser collation":            {varchar("c", 20, "utf8mb4_bin"), varchar("c", 20, "utf8mb4_general_ci"), false},
		"another collation":              {varchar("c", 20, "utf8mb4_general_ci"), varchar("c", 20, "utf8mb4_unicode_ci"), false},
		"trailing spaces that count not": {varchar("c", 20, "utf8mb4_0900_ai_ci"), varchar("c", 20, "utf8mb4_bin"), false},
		"trailing spaces that count":     {varchar("c", 20, "utf8mb4_0900_ai_ci"), varchar("c", 20, "utf8mb4_0900_bin"), true},
		"MariaDB's spaces that count":    {varchar("c", 20, "utf8mb4_nopad_bin"), varchar("c", 20, "utf8mb4_bin"), false},
		"utf8 to utf8mb4":                {varchar("c", 20, "utf8mb3_general_ci"), varchar("c", 20, "utf8mb4_general_ci"), true},
		"utf8 by its old name":           {varchar("c", 20, "utf8_unicode_ci"), varchar("c", 20, "utf8mb4_unicode_ci"), true},
		"latin1 to utf8mb4_bin":          {varchar("c", 20, "latin1_swedish_ci"), varchar("c", 20, "utf8mb4_bin"), true},
		"latin1 to a ci collation":       {varchar("c", 20, "latin1_swedish_ci"), varchar("c", 20, "utf8mb4_general_ci"), false},
		"utf8mb4 to latin1":              {varchar("c", 20, "utf8mb4_general_ci"), varchar("c", 20, "latin1_bin"), false},
		"text to bytes":                  {varchar("c", 20, "utf8mb4_bin"), bin("c", "varbinary(80)", 80), false},
		"longer bytes":                   {bin("c", "varbinary(20)", 20), bin("c", "varbinary(30)", 30), true},
		"shorter bytes":                  {bin("c", "binary(20)", 20), bin("c", "binary(10)", 10), false},
		"bytes that get padded":          {bin("c", "varbinary(20)", 20), bin("c", "binary(20)", 20), false},
		"a larger BLOB":                  {bin("c", "blob", 65535), bin("c", "longblob", 4294967295), true},
		"a smaller BLOB":                 {bin("c", "blob", 65535), bin("c", "tinyblob", 255), false},
		"more members":                   {text("c", "enum('a','it''s')", "utf8mb4_bin", 4), text("c", "enum('x','a','it''s')", "utf8mb4_bin", 4), true},
		"fewer members":                  {text("c", "enum('a','b')", "utf8mb4_bin", 1), text("c", "enum('b')", "utf8mb4_bin", 1), false},
		"a member of other case":         {text("c", "enum('a','b')", "utf8mb4_bin", 1), text("c", "enum('A','b')", "utf8mb4_bin", 1), false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := keepsApart(c.from, c.to); got != c.want {
				t.Errorf("%s %s to %s %s: got %v, want %v", c.from.Type, c.from.Collation, c.to.Type, c.to.Collation, got, c.want)
			}
		})
	}
}
