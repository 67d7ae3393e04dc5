package preflight

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"oscar/osc/alter"
	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

var db = ident.Table{Schema: "db", Name: "t"}

// facts are those of a table that nothing stands against: id INT PRIMARY KEY, a INT NULL, s VARCHAR(20), on a server that grants all.
func facts(t *testing.T, text string, change ...func(*Facts)) Facts {
	t.Helper()
	f := Facts{
		Server: schema.Server{Flavor: schema.MySQL, Account: "app@%", Vars: map[string]string{"log_bin": "ON"}},
		Table: schema.Table{
			Name: db, Engine: "InnoDB",
			Columns: []schema.Column{
				number("id", "int"), nullable(number("a", "int")), varchar("s", 20, "utf8mb4_general_ci"),
			},
			Keys: []schema.Key{unique("PRIMARY", "id")},
		},
		Grants: []string{"GRANT ALL PRIVILEGES ON *.* TO `app`@`%` WITH GRANT OPTION"},
		Key:    true, Big: true,
	}
	if text != "" {
		parsed, err := alter.Parse(text, alter.Mode{Flavor: alter.MySQL})
		if err != nil {
			t.Fatal(err)
		}
		f.Alter = parsed
	}
	for _, c := range change {
		c(&f)
	}
	return f
}

func number(name ident.Name, columnType string) schema.Column {
	base, _, _ := strings.Cut(columnType, " ")
	base, _, _ = strings.Cut(base, "(")
	return schema.Column{Name: name, Type: columnType, DataType: base}
}

func text(name ident.Name, columnType, collation string, max int64) schema.Column {
	c := number(name, columnType)
	c.Collation, c.MaxChars = collation, max
	c.Charset, _, _ = strings.Cut(collation, "_")
	return c
}

func varchar(name ident.Name, n int64, collation string) schema.Column {
	return text(name, "varchar("+strconv.FormatInt(n, 10)+")", collation, n)
}

func nullable(c schema.Column) schema.Column { c.Nullable = true; return c }

func generated(c schema.Column, expression string) schema.Column {
	c.Generated, c.Generation = true, expression
	return c
}

func defaulted(c schema.Column) schema.Column { c.HasDefault = true; return c }

func auto(c schema.Column) schema.Column { c.AutoIncrement = true; return c }

func unique(name ident.Name, columns ...ident.Name) schema.Key {
	k := schema.Key{Name: name, Unique: true, Kind: "BTREE"}
	for _, c := range columns {
		k.Parts = append(k.Parts, schema.KeyPart{Column: c})
	}
	return k
}

func withNull(k schema.Key) schema.Key {
	for i := range k.Parts {
		k.Parts[i].Nullable = true
	}
	return k
}

func prefix(k schema.Key, n int64) schema.Key { k.Parts[0].Prefix = n; return k }

func ignored(k schema.Key) schema.Key { k.Ignored = true; return k }

// want proves that exactly the refusals of the checks were made, in that order, that each names its object and says how to go on.
func want(t *testing.T, got Refusals, checks ...string) {
	t.Helper()
	var names []string
	for _, r := range got {
		names = append(names, r.Check)
		if r.Why == "" || r.Try == "" || r.Why[:1] == strings.ToUpper(r.Why[:1]) && r.Why[0] >= 'A' || strings.HasSuffix(r.Why, ".") {
			t.Errorf("refusal %q is no lower case sentence with a way to go on: %q, %q", r.Check, r.Why, r.Try)
		}
	}
	if g, w := strings.Join(names, ", "), strings.Join(checks, ", "); g != w {
		t.Errorf("refusals\n got %s\nwant %s\n%v", g, w, got)
	}
}

// says proves that a refusal holds the texts, in Why or Try.
func says(t *testing.T, got Refusals, texts ...string) {
	t.Helper()
	all := ""
	for _, r := range got {
		all += r.Why + "\n" + r.Try + "\n"
	}
	for _, s := range texts {
		if !strings.Contains(all, s) {
			t.Errorf("refusals do not say %q:\n%s", s, all)
		}
	}
}

func TestNothingStandsAgainstAPlainChange(t *testing.T) {
	f := facts(t, "ADD COLUMN c INT, ADD INDEX (a), DROP COLUMN s, ALGORITHM=INPLACE, LOCK=NONE, ORDER BY a")
	want(t, Before(f))
	shadow := f.Table
	shadow.Columns = []schema.Column{number("id", "int"), nullable(number("a", "int")), nullable(number("c", "int"))}
	want(t, After(f, shadow, []triggers.Pair{{Original: "id", New: "id"}, {Original: "a", New: "a"}}))
}

func TestAllReasonsAreToldAtOnceAndTheFirstDecidesTheCode(t *testing.T) {
	f := facts(t, "RENAME TO u", func(f *Facts) {
		f.Grants = nil
		f.Table.Engine = "MyISAM"
		f.Table.Keys = nil
	})
	got := Before(f)
	want(t, got, "privileges", "triggers with a binary log", "engine", "unique key", "rename table")
	if got.Code() != MinimumRequirements || got[2:].Code() != Unsupported || got[3:].Code() != NoKey || (Refusals)(nil).Code() != 0 {
		t.Errorf("codes are %d, %d, %d and %d for none", got.Code(), got[2:].Code(), got[3:].Code(), (Refusals)(nil).Code())
	}
	if lines := strings.Count(got.Error(), "\n") + 1; lines != len(got) {
		t.Errorf("%d refusals make %d lines", len(got), lines)
	}
	var one Refusal
	if !errors.As(got.Err(), &one) || one.Check != "privileges" || (Refusals)(nil).Err() != nil {
		t.Errorf("errors.As finds %q, and no refusals are %v", one.Check, (Refusals)(nil).Err())
	}
}

func TestBefore(t *testing.T) {
	set := func(change func(*schema.Table)) func(*Facts) { return func(f *Facts) { change(&f.Table) } }
	references := func(to ident.Name, onUpdate, onDelete string) func(*Facts) {
		return set(func(t *schema.Table) {
			t.ForeignKeys = []schema.ForeignKey{{Name: "fk", References: db.Sibling(to), OnUpdate: onUpdate, OnDelete: onDelete}}
		})
	}
	rotated := func(f *Facts) { f.Constraints = map[ident.Name]ident.Name{"fk1": "_fk1", "ck1": "_ck1"} }
	cases := map[string]struct {
		alter  string
		change func(*Facts)
		checks []string
		says   []string
		kind   Kind
	}{
		"a cluster node is refused": {
			change: func(f *Facts) { f.Server.Vars["wsrep_on"] = "ON" }, checks: []string{"cluster"}, says: []string{"wsrep_on"}, kind: MinimumRequirements},
		"a server built for clusters but not in one is fine": {
			change: func(f *Facts) { f.Server.Vars["wsrep_on"] = "OFF" }},
		"an engine without transactions is refused": {
			change: set(func(t *schema.Table) { t.Engine = "Aria" }), checks: []string{"engine"}, says: []string{"Aria", "`db`.`t`"}, kind: Unsupported},
		"an engine that was never tried is refused": {
			change: set(func(t *schema.Table) { t.Engine = "ROCKSDB" }), checks: []string{"engine"}, kind: Unsupported},
		"a change to an engine without transactions is refused": {
			alter: "ENGINE=MyISAM", checks: []string{"new engine"}, says: []string{"MyISAM"}, kind: Unsupported},
		"a rebuild with InnoDB is fine": {alter: "ENGINE=innodb"},
		"a table without keys is refused however small": {
			change: set(func(t *schema.Table) { t.Keys = nil }), checks: []string{"unique key"}, kind: NoKey,
			says: []string{"`db`.`t` does not have a PRIMARY KEY"}},
		"a nullable unique key does not make rows single": {
			change: set(func(t *schema.Table) { t.Keys = []schema.Key{withNull(unique("ua", "a"))} }), checks: []string{"unique key"}, kind: NoKey,
			says: []string{"`ua`", "`a` may hold NULL", "declare `a` NOT NULL"}},
		"a big table without a walkable key is refused": {
			change: func(f *Facts) { f.Key = false; f.Table.Keys = []schema.Key{prefix(unique("us", "s"), 5)} }, kind: NoKey,
			checks: []string{"chunk key"}, says: []string{"no good index and the table is oversized", "`us` does not serve: it indexes only a prefix"}},
		"a small table without a walkable key is fine": {
			change: func(f *Facts) { f.Key, f.Big = false, false; f.Table.Keys = []schema.Key{prefix(unique("us", "s"), 5)} }},
		"an invisible key can be made visible": {
			change: func(f *Facts) { f.Key = false; f.Table.Keys = []schema.Key{ignored(unique("us", "s"))} }, kind: NoKey,
			checks: []string{"chunk key"}, says: []string{"make the index `us` visible"}},
		"the table's own triggers are refused": {
			change: set(func(t *schema.Table) { t.Triggers = []schema.Trigger{{Name: "audit"}, {Name: "log"}} }), checks: []string{"triggers"},
			says: []string{"the table `db`.`t` has triggers: `audit`, `log`", "this tool needs to create its own triggers"}, kind: Generic},
		"left-over capture triggers come with their removal": {
			change: set(func(t *schema.Table) {
				t.Triggers = []schema.Trigger{{Name: "pt_osc_db_t_del"}, {Name: "pt_osc_db_t_ins"}, {Name: "audit"}}
			}),
			checks: []string{"left-over triggers", "triggers"},
			says:   []string{"DROP TRIGGER `db`.`pt_osc_db_t_del`; DROP TRIGGER `db`.`pt_osc_db_t_ins`;", "has triggers: `audit`;"}, kind: Generic},
		"trigger names taken by another table are refused": {
			change: func(f *Facts) { f.TakenTriggers = ident.Names("pt_osc_db_t_upd") }, checks: []string{"trigger names"},
			says: []string{"`pt_osc_db_t_upd`", "DROP TRIGGER `db`.`pt_osc_db_t_upd`;"}, kind: Generic},
		"left-over triggers of the table itself are told once": {
			change: func(f *Facts) {
				f.TakenTriggers = ident.Names("pt_osc_db_t_upd")
				f.Table.Triggers = []schema.Trigger{{Name: "pt_osc_db_t_upd"}}
			}, checks: []string{"left-over triggers"}, kind: Generic},
		"child tables are refused by name": {
			change: set(func(t *schema.Table) { t.Children = []schema.Reference{{Child: db.Sibling("c"), Name: "cfk"}} }),
			checks: []string{"child tables"}, says: []string{"`cfk` of `db`.`c`"}, kind: Generic},
		"a self-reference is refused once": {
			change: set(func(t *schema.Table) {
				t.Children = []schema.Reference{{Child: db, Name: "fk"}}
				t.ForeignKeys = []schema.ForeignKey{{Name: "fk", References: db, OnUpdate: "RESTRICT", OnDelete: "RESTRICT"}}
			}), checks: []string{"self-reference"}, says: []string{"`fk`"}, kind: Generic},
		"a foreign key that only looks is ok": {change: references("p", "NO ACTION", "RESTRICT")},
		"RENAME TO is refused":                {alter: "ADD COLUMN x INT, RENAME TO u", checks: []string{"rename table"}, says: []string{"`u`"}, kind: Unsupported},
		"renamed columns and keys are fine":   {alter: "RENAME COLUMN a TO b, RENAME INDEX x TO y, CHANGE s s2 TEXT"},
		"system versioning is refused":        {alter: "ADD SYSTEM VERSIONING", checks: []string{"system versioning"}, kind: Unsupported},
		"DISCARD TABLESPACE is refused":       {alter: "DISCARD TABLESPACE", checks: []string{"tablespace"}, kind: Unsupported},
		"IMPORT TABLESPACE is refused":        {alter: "IMPORT TABLESPACE", checks: []string{"tablespace"}, kind: Unsupported},
		"DROP PARTITION is refused":           {alter: "DROP PARTITION p0, p1", checks: []string{"partitions"}, says: []string{"DROP PARTITION"}, kind: Unsupported},
		"TRUNCATE PARTITION is refused":       {alter: "TRUNCATE PARTITION ALL", checks: []string{"partitions"}, kind: Unsupported},
		"EXCHANGE PARTITION is refused":       {alter: "EXCHANGE PARTITION p0 WITH TABLE u", checks: []string{"partitions"}, kind: Unsupported},
		"IMPORT PARTITION is refused":         {alter: "IMPORT PARTITION p0 TABLESPACE", checks: []string{"partitions"}, kind: Unsupported},
		"PARTITION BY is fine":                {alter: "PARTITION BY HASH (id) PARTITIONS 4"},
		"REMOVE PARTITIONING is fine":         {alter: "REMOVE PARTITIONING"},
		"REORGANIZE PARTITION is fine":        {alter: "REORGANIZE PARTITION p0, p1 INTO (PARTITION p VALUES LESS THAN (10))"},
		"ADD PARTITION is fine":               {alter: "ADD PARTITION PARTITIONS 2"},
		"COALESCE PARTITION is fine":          {alter: "COALESCE PARTITION 2"},
		"a clause nobody knows is refused":    {alter: "ADD COLUMN x INT, FROBNICATE 'secret'", checks: []string{"unknown clause"}, says: []string{"clause 2"}, kind: Unsupported},
		"a comment that only some servers run is refused": {
			alter: "ADD COLUMN x INT /*!80023 INVISIBLE */", checks: []string{"conditional clause"}, says: []string{"clause 1", "ADD COLUMN"}, kind: Unsupported},
		"a foreign key dropped by its old name is refused": {
			alter: "DROP FOREIGN KEY FK1", change: rotated, checks: []string{"constraint's name"}, kind: Generic,
			says: []string{"the constraint `FK1` is called `_fk1`", "write DROP FOREIGN KEY `_fk1`"}},
		"a check dropped by its old name is refused, also when it need not be there": {
			alter: "DROP CONSTRAINT IF EXISTS ck1, DROP CHECK ck1", change: rotated, checks: []string{"constraint's name", "constraint's name"}, kind: Generic,
			says: []string{"write DROP CONSTRAINT `_ck1`"}},
		"a check switched off by its old name is refused": {
			alter: "ALTER CHECK ck1 NOT ENFORCED", change: rotated, checks: []string{"constraint's name"}, kind: Generic},
		"a constraint dropped by its new name is fine": {alter: "DROP FOREIGN KEY _fk1, DROP CONSTRAINT _ck1", change: rotated},
		"a name that two constraints pass on is the new table's": {
			alter: "DROP FOREIGN KEY _fk1", change: func(f *Facts) {
				f.Constraints = map[ident.Name]ident.Name{"fk1": "_fk1", "_fk1": "__fk1"}
			}},
		"a constraint that is no one's is the server's matter": {alter: "DROP CONSTRAINT u1", change: rotated},
		"names that are not known are not judged":              {alter: "DROP FOREIGN KEY fk1"},
		"a column dropped and added again is refused": {
			alter: "DROP COLUMN a, ADD COLUMN A BIGINT", checks: []string{"column dropped and added"}, says: []string{"`a`"}, kind: Unsupported},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			f := facts(t, c.alter)
			if c.change != nil {
				c.change(&f)
			}
			got := Before(f)
			want(t, got, c.checks...)
			says(t, got, c.says...)
			if got.Code() != c.kind {
				t.Errorf("code is %d (%s), want %d", got.Code(), got.Code(), c.kind)
			}
			if strings.Contains(got.Error(), "secret") {
				t.Errorf("a refusal shows the text of a clause: %v", got)
			}
		})
	}
}

func TestChunkIndexThatIsNotFollowedIsTold(t *testing.T) {
	table := facts(t, "").Table
	table.Keys = append(table.Keys, withNull(unique("ua", "a")), prefix(unique("us", "s"), 5))
	cases := map[string]struct {
		name ident.Name
		want string
	}{
		"none named":      {"", ""},
		"the primary key": {"primary", ""},
		"an unknown one":  {"nope", "--chunk-index is not followed: `db`.`t` has no index `nope`; another way through the table is taken"},
		"a nullable one":  {"ua", "--chunk-index is not followed: the index `ua` does not serve, since its columns may hold NULL; another way through the table is taken"},
		"a prefix":        {"us", "--chunk-index is not followed: the index `us` does not serve, since it indexes only a prefix or an expression; another way through the table is taken"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := ChunkIndex(table, c.name); got != c.want {
				t.Errorf("\n got %q\nwant %q", got, c.want)
			}
		})
	}
}
