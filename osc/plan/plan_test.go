package plan

import (
	"cmp"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"oscar/chunker"
	"oscar/osc/alter"
	"oscar/osc/exact"
	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares with testdata/<name>.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s\n got:\n%s\nwant:\n%s", path, got, want)
	}
}

// columns are of type INT; a name in parentheses is a generated column.
func columns(names ...string) schema.Table {
	t := schema.Table{Name: ident.Table{Schema: "shop", Name: "orders"}}
	for _, n := range names {
		c := schema.Column{Name: ident.Name(strings.Trim(n, "()")), Type: "int(11)", DataType: "int"}
		c.Generated = strings.HasPrefix(n, "(")
		t.Columns = append(t.Columns, c)
	}
	return t
}

func pairs(names ...string) []triggers.Pair {
	var list []triggers.Pair
	for _, n := range names {
		from, to, renamed := strings.Cut(n, ">")
		if !renamed {
			to = from
		}
		list = append(list, triggers.Pair{Original: ident.Name(from), New: ident.Name(to)})
	}
	return list
}

// shown is the plan in the order in which a run shows it: the way there, then what is taken back at the end.
func shown(p Plan) string {
	var out strings.Builder
	list := append(append(append(append([]Stmt{}, p.Create...), p.Alter...), p.Capture()...), p.CopyStmts()...)
	list = append(append(append(list, p.Analyze, p.Swap, p.DropOld), p.Release()...), p.Drop)
	for _, s := range list {
		name := s.Name
		if s.Template {
			name += " (template)"
		}
		out.WriteString("-- " + name + "\n" + s.SQL + ";\n")
	}
	return out.String()
}

func TestWholePlan(t *testing.T) {
	original := columns("id", "note", "b")
	original.Create = "CREATE TABLE `orders` (\n  `id` int(11) NOT NULL AUTO_INCREMENT,\n  `note` int(11) DEFAULT NULL COMMENT 'a CONSTRAINT `x` is no constraint',\n" +
		"  `b` int(11) DEFAULT NULL,\n  PRIMARY KEY (`id`),\n  CONSTRAINT `fk_b` FOREIGN KEY (`b`) REFERENCES `other` (`id`)\n) ENGINE=InnoDB AUTO_INCREMENT=17 DEFAULT CHARSET=utf8mb4"
	id := chunker.Key{Index: "PRIMARY", Unique: true, Columns: []chunker.Column{{Name: "id", Form: chunker.Number}}}
	tests := map[string]struct {
		modes  Modes
		input  Input
		alter  AlterClause
		narrow string // the new type of the first column
	}{
		"guarded_lenient": {
			modes: Modes{House: "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES", Operator: "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES"}, alter: "MODIFY id SMALLINT", narrow: "smallint(6)",
			input: Input{Key: id, Pairs: pairs("id", "note", "b"), FindBy: pairs("id"), Binlog: "ROW", Leave: exact.Leave{Lossy: []ident.Name{"id"}}, Lenient: "NO_AUTO_VALUE_ON_ZERO", House: "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES"},
		},
		"whole_plan": {
			modes: Modes{House: "NO_AUTO_VALUE_ON_ZERO", Operator: "NO_AUTO_VALUE_ON_ZERO"}, alter: "CHANGE b c BIGINT, COMMENT='100%s'",
			input: Input{Key: id, Pairs: pairs("id", "note", "b>c"), FindBy: pairs("id"), Binlog: "ROW"},
		},
		"one_chunk_where_zone_two_modes": {
			modes: Modes{House: "NO_AUTO_VALUE_ON_ZERO", Operator: "NO_AUTO_VALUE_ON_ZERO,ANSI_QUOTES"}, alter: `ADD "x y" INT`,
			input: Input{OneChunk: true, Where: "id > 5 OR note = '%d'", Pairs: pairs("id", "note", "b"), FindBy: pairs("id"), Binlog: "statement", Zone: "+00:00"},
		},
		"rebuild_without_alter": {
			modes: Modes{House: "NO_AUTO_VALUE_ON_ZERO", Operator: "NO_AUTO_VALUE_ON_ZERO,ANSI_QUOTES"}, alter: " ",
			input: Input{Key: id, Pairs: pairs("id"), FindBy: pairs("id"), Binlog: "MIXED"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			shadow, err := NewShadow(original, original.Name.Sibling("_orders_new"), func(n ident.Name) ident.Name { return "_" + n }, test.alter, test.modes)
			if err != nil {
				t.Fatal(err)
			}
			test.input.New, test.input.Notes = renamed(original, test.input.Pairs), original.Name.Sibling("_orders_unfit")
			test.input.New.Columns[0].Type = cmp.Or(test.narrow, test.input.New.Columns[0].Type)
			test.input.Shadow, test.input.Original, test.input.Old = shadow, original, original.Name.Sibling("_orders_old")
			p, err := Build(test.input)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name, shown(p))
		})
	}
}

// renamed is the table as it is after renames, its foreign key left out.
func renamed(t schema.Table, pairs []triggers.Pair) schema.Table {
	out := t
	out.Columns = nil
	for _, p := range pairs {
		c, _ := t.Column(p.Original)
		c.Name = p.New
		out.Columns = append(out.Columns, c)
	}
	return out
}

func TestBuildRefuses(t *testing.T) {
	tests := map[string]struct {
		input Input
		want  string
	}{
		"a copy of no column":            {Input{FindBy: pairs("id")}, "plan the copy of `shop`.`orders`: the new table shares no column with it"},
		"triggers that cannot find rows": {Input{Pairs: pairs("id")}, "plan the triggers of `shop`.`orders`: the new table has no key to find rows by"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.input.Original = columns("id")
			if _, err := Build(test.input); err == nil || err.Error() != test.want {
				t.Errorf("\n got %v\nwant %s", err, test.want)
			}
		})
	}
}

func TestCaptureDoesNotGrowIntoThePlan(t *testing.T) {
	p, err := Build(Input{Original: columns("id"), New: columns("id"), OneChunk: true, Pairs: pairs("id"), FindBy: pairs("id")})
	if err != nil {
		t.Fatal(err)
	}
	first := p.Capture()
	first[0].SQL = "overwritten"
	if diff := gocmp.Diff(p.Capture()[0].SQL, "LOCK TABLES `shop`.`orders` WRITE"); diff != "" {
		t.Errorf("the plan was changed through what it gave away: %s", diff)
	}
	if a, b := len(p.CopyStmts()), len(p.CopyStmts()); a != b || len(p.Session) != 1 {
		t.Errorf("statements of the copy: %d, then %d", a, b)
	}
}

func TestMatch(t *testing.T) {
	tests := map[string]struct {
		original, shadow schema.Table
		alter            string
		want             []triggers.Pair
	}{
		"columns keep their names":                     {columns("id", "a"), columns("id", "a"), "ENGINE=InnoDB", pairs("id", "a")},
		"names are matched without regard to case":     {columns("ID", "a"), columns("id", "A"), "ENGINE=InnoDB", pairs("ID>id", "a>A")},
		"a new column takes no values":                 {columns("id"), columns("id", "n"), "ADD n INT", pairs("id")},
		"a dropped column gives none":                  {columns("id", "a"), columns("id"), "DROP a", pairs("id")},
		"a rename keeps the data":                      {columns("id", "a"), columns("id", "b"), "CHANGE a b INT", pairs("id", "a>b")},
		"two columns swap their names":                 {columns("id", "a", "b"), columns("id", "b", "a"), "CHANGE a b INT, CHANGE b a INT", pairs("id", "a>b", "b>a")},
		"renames in a chain":                           {columns("a", "b", "c"), columns("b", "c", "d"), "CHANGE a b INT, CHANGE b c INT, CHANGE c d INT", pairs("a>b", "b>c", "c>d")},
		"a rename to a dropped column's name":          {columns("id", "a", "b"), columns("id", "b"), "DROP b, CHANGE a b INT", pairs("id", "a>b")},
		"dropped and added again is empty":             {columns("id", "a"), columns("id", "a"), "DROP a, ADD a BIGINT", pairs("id")},
		"renamed away and the name added anew":         {columns("id", "a"), columns("id", "b", "a"), "CHANGE a b INT, ADD a INT", pairs("id", "a>b")},
		"only the letter case changes":                 {columns("id", "a"), columns("id", "A"), "CHANGE a A INT", pairs("id", "a>A")},
		"a generated column is not read":               {columns("id", "(g)"), columns("id", "g"), "MODIFY g INT", pairs("id")},
		"a generated column is not written":            {columns("id", "g"), columns("id", "(g)"), "MODIFY g INT AS (id) STORED", pairs("id")},
		"RENAME COLUMN":                                {columns("id", "a"), columns("id", "b"), "RENAME COLUMN a TO b", pairs("id", "a>b")},
		"a conditional rename of a column not there":   {columns("id", "b"), columns("id", "b"), "RENAME COLUMN IF EXISTS a TO b", pairs("id", "b")},
		"a rename that the new table does not confirm": {columns("id", "a"), columns("id", "c"), "CHANGE a b INT", pairs("id")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			text, err := alter.Parse(test.alter, alter.Mode{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(test.want, Match(test.original, test.shadow, text)); diff != "" {
				t.Errorf("pairs (-want +got):\n%s", diff)
			}
		})
	}
}
