package chunker

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oscar/osc/ident"
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

func values(sql ...string) Point {
	var p Point
	for _, s := range sql {
		p = append(p, Value{s})
	}
	return p
}

func TestSQL(t *testing.T) {
	id := Key{Index: "PRIMARY", Unique: true, Columns: []Column{{Name: "id", Form: Number}}}
	tests := map[string]struct {
		key         Key
		where       string
		after, upto Point
	}{
		"one_column": {key: id, after: values("10"), upto: values("20")},
		"where":      {key: id, where: "a = 1 OR b = '%s'", after: values("10"), upto: values("20")},
		"three_columns": {
			key:   Key{Index: "u`k", Columns: []Column{{Name: "a", Form: Number}, {Name: "b`c", Form: Text, Charset: "latin1"}, {Name: "d", Form: Temporal}}},
			after: values("1", "_latin1 X'61'", "'2024-01-01'"), upto: values("2", "_latin1 X''", "'2024-12-31'"),
		},
		"enum":             {key: Key{Index: "e", Columns: []Column{{Name: "e", Form: Ordinal, Members: 5}}}, after: values("1"), upto: values("4")},
		"enum_at_the_ends": {key: Key{Index: "e", Columns: []Column{{Name: "e", Form: Ordinal, Members: 5}}}, after: values("5"), upto: values("0")},
		"enum_in_the_middle": {
			key:   Key{Index: "k", Columns: []Column{{Name: "a", Form: Number}, {Name: "e", Form: Ordinal, Members: 3}, {Name: "b", Form: Bytes}}},
			after: values("1", "3", "X'00'"), upto: values("1", "2", "X'FF'"),
		},
		"every_form": {
			key: Key{Index: "k", Columns: []Column{{Name: "n", Form: Number}, {Name: "r", Form: Real}, {Name: "t", Form: Text, Charset: "gbk"}, {Name: "b", Form: Bytes},
				{Name: "o", Form: Ordinal}, {Name: "d", Form: Temporal}, {Name: "q", Form: Quoted}}},
			upto: values("1", "1e0", "_gbk X''", "X''", "1", "'1'", "'::'"),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := Copy{
				Source: Source{Table: ident.Table{Schema: "s", Name: "t"}, Key: test.key, Where: test.where},
				Into:   ident.Table{Schema: "s", Name: "_t_new"}, Columns: ident.Names("id", "old"), As: ident.Names("id", "new"),
			}
			boundary, chunk := c.Templates()
			parts := []string{
				"first", c.FirstSQL(), "last", c.LastSQL(),
				"next from the start", c.NextSQL(Range{Upto: test.upto}, 1), "next", c.NextSQL(Range{After: test.after, Upto: test.upto}, 1000),
				"range", c.RangeSQL(Range{After: test.after, Upto: test.upto}, Fresh), "range again", c.RangeSQL(Range{After: test.after, Upto: test.upto}, Again),
				"all", c.AllSQL(Fresh), "all again", c.AllSQL(Again), "template of next", boundary, "template of range", strings.Join(chunk, ";\n"),
			}
			var out strings.Builder
			for i := 0; i < len(parts); i += 2 {
				fmt.Fprintf(&out, "-- %s\n%s;\n", parts[i], parts[i+1])
			}
			golden(t, name, out.String())
		})
	}
}

// An ENUM of no member above or below must select nothing, and never all rows.
func TestEnumListsMeanTheComparison(t *testing.T) {
	const count = 4
	c := Column{Name: "e", Form: Ordinal, Members: count}
	for at := int64(0); at <= count; at++ {
		for op, holds := range map[string]func(x int64) bool{
			">": func(x int64) bool { return x > at }, ">=": func(x int64) bool { return x >= at },
			"<": func(x int64) bool { return x < at }, "<=": func(x int64) bool { return x <= at },
		} {
			var list []string
			for x := int64(0); x <= count; x++ {
				if holds(x) {
					list = append(list, fmt.Sprint(x))
				}
			}
			want := "`e` IN (" + strings.Join(list, ",") + ")"
			if len(list) == 0 {
				want = "FALSE"
			}
			if got := c.test(op, Value{fmt.Sprint(at)}); got != want {
				t.Errorf("e %s %d\n got %s\nwant %s", op, at, got, want)
			}
		}
	}
}
