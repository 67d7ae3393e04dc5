package plan

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

func TestRewriteCreate(t *testing.T) {
	tests := map[string]struct {
		name   ident.Name
		create string // behind CREATE TABLE and the name
		want   string // behind the new name
	}{
		"foreign keys and checks get other names": {"t",
			" (CONSTRAINT `a` FOREIGN KEY (`x`) REFERENCES `p` (`id`), CONSTRAINT `b` CHECK (`x` > 0))",
			" (CONSTRAINT `NEW a` FOREIGN KEY (`x`) REFERENCES `p` (`id`), CONSTRAINT `NEW b` CHECK (`x` > 0))"},
		"the word in a comment is text": {"t",
			" (`x` int COMMENT 'CONSTRAINT `a` FOREIGN KEY')", " (`x` int COMMENT 'CONSTRAINT `a` FOREIGN KEY')"},
		"the word behind a quote in a comment is text": {"t",
			" (`x` int COMMENT 'it''s CONSTRAINT `a`')", " (`x` int COMMENT 'it''s CONSTRAINT `a`')"},
		"the word behind an escaped quote is text": {"t",
			` (` + "`x`" + ` int DEFAULT 'a\' CONSTRAINT ` + "`a`" + ` b')`, ` (` + "`x`" + ` int DEFAULT 'a\' CONSTRAINT ` + "`a`" + ` b')`},
		"a default that ends in a backslash ends": {"t",
			` (` + "`x`" + ` char(1) DEFAULT '\\', CONSTRAINT ` + "`a`" + ` CHECK (1))`, ` (` + "`x`" + ` char(1) DEFAULT '\\', CONSTRAINT ` + "`NEW a`" + ` CHECK (1))`},
		"the word in a check's string is text": {"t",
			" (CONSTRAINT `a` CHECK (`x` <> _utf8mb4'CONSTRAINT `b`'))", " (CONSTRAINT `NEW a` CHECK (`x` <> _utf8mb4'CONSTRAINT `b`'))"},
		"a column of that name is a column": {"t",
			" (`CONSTRAINT ` int, `CONSTRAINT ``a``` int)", " (`CONSTRAINT ` int, `CONSTRAINT ``a``` int)"},
		"backquotes in a constraint's name": {"t",
			" (CONSTRAINT ```a``b``` CHECK (1))", " (CONSTRAINT `NEW ``a``b``` CHECK (1))"},
		"the table's own name further on stays": {"t",
			" (`t` int, KEY `t` (`t`)) COMMENT='CREATE TABLE `t`'", " (`t` int, KEY `t` (`t`)) COMMENT='CREATE TABLE `t`'"},
		"partitions and counters stay": {"t",
			" (`x` int) AUTO_INCREMENT=7 DATA DIRECTORY='/d'\n/*!50100 PARTITION BY HASH (`x`) PARTITIONS 4 */",
			" (`x` int) AUTO_INCREMENT=7 DATA DIRECTORY='/d'\n/*!50100 PARTITION BY HASH (`x`) PARTITIONS 4 */"},
		"a name with backquotes": {"t`x", " (`x` int)", " (`x` int)"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			table := schema.Table{Name: ident.Table{Schema: "s", Name: test.name}, Create: "CREATE TABLE " + test.name.SQL() + test.create}
			got, err := rewriteCreate(table, ident.Table{Schema: "s", Name: "n`w"}, func(n ident.Name) ident.Name { return "NEW " + n })
			if want := "CREATE TABLE `s`.`n``w`" + test.want; err != nil || got != want {
				t.Errorf("error %v\n got %s\nwant %s", err, got, want)
			}
		})
	}
	t.Run("a definition of another table is an error", func(t *testing.T) {
		table := schema.Table{Name: ident.Table{Schema: "s", Name: "t"}, Create: "CREATE TABLE `tt` (`x` int)"}
		if _, err := rewriteCreate(table, table.Name, nil); err == nil {
			t.Error("no error")
		}
	})
}

// Cutting a text loses nothing of it, however odd it is.
func FuzzPieces(f *testing.F) {
	for _, seed := range []string{"", "CONSTRAINT `a`", "CONSTRAINT `", "'CONSTRAINT `a`", "`CONSTRAINT ``", `'\`, "CONSTRAINT CONSTRAINT `a` '`' \"", "CONSTRAINT ```"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var whole strings.Builder
		for _, p := range pieces(text) {
			whole.WriteString(p.text)
			if p.constraint && !strings.HasPrefix(p.text, "`") {
				t.Errorf("%q is no quoted name", p.text)
			}
		}
		if whole.String() != text {
			t.Errorf("\n got %q\nwant %q", whole.String(), text)
		}
	})
}

func TestConstraints(t *testing.T) {
	table := schema.Table{Create: "CREATE TABLE `t` (`x` int COMMENT 'CONSTRAINT `no` ', CONSTRAINT `a``b` CHECK (1), CONSTRAINT `c``` CHECK (1), CONSTRAINT `c` CHECK (1))"}
	if diff := cmp.Diff(ident.Names("a`b", "c`", "c"), Constraints(table)); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestRotate(t *testing.T) {
	x64 := ident.Name(strings.Repeat("x", 64))
	tests := map[string]struct {
		names []ident.Name
		taken []ident.Name // besides the names themselves
		want  map[ident.Name]ident.Name
	}{
		"a plain name gets an underscore":              {names: ident.Names("fk"), want: map[ident.Name]ident.Name{"fk": "_fk"}},
		"one underscore becomes two":                   {names: ident.Names("_fk"), want: map[ident.Name]ident.Name{"_fk": "__fk"}},
		"two underscores go again":                     {names: ident.Names("__fk"), want: map[ident.Name]ident.Name{"__fk": "fk"}},
		"a and _a on one table do not collide":         {names: ident.Names("a", "_a"), want: map[ident.Name]ident.Name{"a": "__a", "_a": "___a"}},
		"_a and a in the other order":                  {names: ident.Names("_a", "a"), want: map[ident.Name]ident.Name{"_a": "__a", "a": "___a"}},
		"a taken name is passed over":                  {names: ident.Names("a"), taken: ident.Names("_a", "__A"), want: map[ident.Name]ident.Name{"a": "___a"}},
		"all underscores taken: a digest":              {names: ident.Names("a"), taken: ident.Names("_a", "__a", "___a", "____a", "_____a"), want: map[ident.Name]ident.Name{"a": ident.Name("_a" + ident.Digest("a") + "_a")}},
		"a name of underscores alone stays a name":     {names: ident.Names("__"), want: map[ident.Name]ident.Name{"__": "___"}},
		"a name of 64 characters keeps its length":     {names: []ident.Name{x64}, want: map[ident.Name]ident.Name{x64: "_" + x64[:63]}},
		"a name of 64 with its first candidate taken":  {names: []ident.Name{x64}, taken: []ident.Name{"_" + x64[:63]}, want: map[ident.Name]ident.Name{x64: ident.Derive("_", x64, "")}},
		"two names of 64 that differ at the end":       {names: []ident.Name{x64[:63] + "a", x64[:63] + "b"}, want: map[ident.Name]ident.Name{x64[:63] + "a": "_" + x64[:63], x64[:63] + "b": ident.Derive("_", x64[:63]+"b", "")}},
		"a table without constraints has none to name": {want: map[ident.Name]ident.Name{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			taken := append(append([]ident.Name{}, test.names...), test.taken...)
			got := Rotate(test.names, func(n ident.Name) bool { return ident.Has(taken, n) })
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			seen := map[ident.Name]bool{}
			for _, n := range got {
				if seen[n] || n == "" || utf8.RuneCountInString(string(n)) > ident.MaxLen {
					t.Errorf("%q is given twice, empty or too long", n)
				}
				seen[n] = true
			}
		})
	}
}

func TestTableNames(t *testing.T) {
	x64 := strings.Repeat("x", 64)
	table := func(name string) ident.Table { return ident.Table{Schema: "s", Name: ident.Name(name)} }
	tests := map[string]struct {
		got         []ident.Name
		count       int
		first, last ident.Name
	}{
		"the new table has up to ten underscores":    {ShadowNames(table("t"), ""), 10, "_t_new", "__________t_new"},
		"the old table has up to ten underscores":    {OldNames(table("t")), 10, "_t_old", "__________t_old"},
		"a template is the only name":                {ShadowNames(table("t"), "%T_next"), 1, "t_next", "t_next"},
		"a template need not speak of the table":     {ShadowNames(table("t"), "n"), 1, "n", "n"},
		"a percent sign in the table's name is data": {ShadowNames(table("a%Tb"), "%T_x"), 1, "a%Tb_x", "a%Tb_x"},
		"a template's name is cut at 64":             {ShadowNames(table(x64), "%T_next"), 1, ident.Name(x64), ident.Name(x64)},
		"a long name keeps its suffix": {OldNames(table(x64)), 10, ident.Derive("_", ident.Name(x64), "_old"),
			ident.Derive("__________", ident.Name(x64), "_old")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if len(test.got) != test.count || test.got[0] != test.first || test.got[len(test.got)-1] != test.last {
				t.Errorf("\n got %d names, %s to %s\nwant %d, %s to %s", len(test.got), test.got[0], test.got[len(test.got)-1], test.count, test.first, test.last)
			}
			seen := map[ident.Name]bool{}
			for _, n := range test.got {
				if seen[n] || utf8.RuneCountInString(string(n)) > ident.MaxLen {
					t.Errorf("%q is given twice or too long", n)
				}
				seen[n] = true
			}
		})
	}
}

func TestFree(t *testing.T) {
	if got, ok := Free(ident.Names("a", "b", "c"), ident.Names("A", "c")); got != "b" || !ok {
		t.Errorf("\n got %q, %v\nwant b", got, ok)
	}
	if got, ok := Free(ident.Names("a"), ident.Names("a")); got != "" || ok {
		t.Errorf("a taken name is free: %q, %v", got, ok)
	}
}
