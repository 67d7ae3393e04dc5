package triggers

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

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

func same(names ...string) []Pair {
	var pairs []Pair
	for _, n := range names {
		pairs = append(pairs, Pair{ident.Name(n), ident.Name(n)})
	}
	return pairs
}

func TestTriggersSQL(t *testing.T) {
	table, shadow := ident.Table{Schema: "shop", Name: "orders"}, ident.Table{Schema: "shop", Name: "_orders_new"}
	notes := ident.Table{Schema: "shop", Name: "_orders_unfit"}
	tests := map[string]Spec{
		"one_column_key":      {Table: table, Shadow: shadow, Columns: same("id", "name"), Key: same("id")},
		"several_column_key":  {Table: table, Shadow: shadow, Columns: same("a", "b", "c", "v"), Key: same("a", "b", "c")},
		"renamed_key_column":  {Table: table, Shadow: shadow, Columns: []Pair{{"id", "order_id"}, {"note", "note"}, {"b", "c"}}, Key: []Pair{{"id", "order_id"}}},
		"swapped_column_name": {Table: table, Shadow: shadow, Columns: []Pair{{"id", "id"}, {"a", "b"}, {"b", "a"}}, Key: same("id")},
		"collation_change": {
			Table: table, Shadow: shadow, Columns: same("k", "v"), Key: same("k"),
			Collations: map[ident.Name]Collation{"k": {Charset: "utf8mb4", Name: "utf8mb4_bin"}},
		},
		"timestamps": {
			Table: table, Shadow: shadow, Columns: same("id", "was", "becomes"), Key: same("id"),
			Moments: map[ident.Name]Moment{"was": {Zone: "SYSTEM"}, "becomes": {To: true, Zone: "it's"}},
		},
		"on_update":          {Table: table, Shadow: shadow, Columns: same("a", "b", "changed"), Key: same("a", "b"), Reread: []ident.Name{"changed"}},
		"new_unique_key":     {Table: table, Shadow: shadow, Columns: same("id", "name"), Key: same("id"), Careful: true},
		"snapshot_isolation": {Table: table, Shadow: shadow, Columns: same("id", "name"), Key: same("id"), Snapshots: true},
		"guard":              {Table: table, Shadow: shadow, Columns: same("id", "name"), Key: same("id"), Guard: &Guard{Notes: notes}},
		"guard_snapshots_careful": {
			Table: table, Shadow: shadow, Columns: same("id", "bin", "at"), Key: same("id", "bin"), Snapshots: true, Careful: true, Binary: map[ident.Name]bool{"bin": true},
			Guard: &Guard{Notes: notes, Exact: []Exact{{Pair{"at", "at"}, "CONCAT(%s, '.0')", "%s"}}},
		},
		"guard_lenient": {
			Table: table, Shadow: shadow, Columns: []Pair{{"id", "id"}, {"a", "b"}}, Key: same("id"),
			Guard: &Guard{Notes: notes, Lenient: true, Exact: []Exact{{Pair{"a", "b"}, "%s", "%s"}}},
		},
		"odd_names": {
			Table: ident.Table{Schema: "d`b", Name: "t'x y"}, Shadow: ident.Table{Schema: "d`b", Name: "_t'x y_new"},
			Columns: []Pair{{"sel`ect", "from%s"}, {"größe", "größe"}}, Key: []Pair{{"sel`ect", "from%s"}},
		},
	}
	for name, spec := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			for _, trigger := range spec.Triggers() {
				out.WriteString(trigger.Create() + ";\n" + trigger.Drop() + ";\n")
			}
			golden(t, name, out.String())
		})
	}
}

func TestTriggersPromises(t *testing.T) {
	spec := Spec{Table: ident.Table{Schema: "s", Name: "t"}, Shadow: ident.Table{Schema: "s", Name: "_t_new"}, Columns: same("id", "v"), Key: same("id")}
	list := spec.Triggers()
	for i, name := range Names(spec.Table) {
		if list[i].Name != name {
			t.Errorf("name of trigger %d\n got %s\nwant %s", i, list[i].Name, name)
		}
		if strings.Contains(list[i].Create(), "HANDLER") {
			t.Errorf("an error handler would let rows go missing in silence: %s", list[i].Create())
		}
	}
	// Gap locks: a bare UPDATE of a row that is not copied yet locks the gap where it will be.
	if body := list[1].Body; strings.Contains(body, "UPDATE "+spec.Shadow.SQL()) || !strings.Contains(body, "NOT (OLD.`id` <=> NEW.`id`)") {
		t.Errorf("the update trigger must write the row whole and delete the old key only when it changed: %s", body)
	}
}

func TestBaseName(t *testing.T) {
	x64 := strings.Repeat("x", 64)
	digest := func(schema, name string) string {
		return ident.Digest(ident.Table{Schema: ident.Name(schema), Name: ident.Name(name)}.SQL())
	}
	tests := map[string]struct {
		schema, name, want string
	}{
		"a plain name is the one that pt-online-schema-change gives": {"shop", "my_t", "pt_osc_shop_my_t"},
		"a dash becomes an underscore and a digest":                  {"shop", "my-t", "pt_osc_shop_my_t_" + digest("shop", "my-t")},
		"upper case keeps apart by its digest":                       {"shop", "My_t", "pt_osc_shop__y_t_" + digest("shop", "My_t")},
		"a name of 60 characters is kept":                            {"shop", x64[:48], "pt_osc_shop_" + x64[:48]},
		"a name of 61 characters is cut":                             {"shop", x64[:49], "pt_osc_shop_" + x64[:37] + "_" + digest("shop", x64[:49])},
		"a name of 64 characters is cut":                             {"shop", x64, "pt_osc_shop_" + x64[:37] + "_" + digest("shop", x64)},
		"a schema of 64 characters leaves the table to the digest":   {x64, "t", "pt_osc_" + x64[:42] + "_" + digest(x64, "t")},
		"four-byte characters become underscores":                    {"s", "😀", "pt_osc_s___" + digest("s", "😀")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := BaseName(ident.Table{Schema: ident.Name(test.schema), Name: ident.Name(test.name)})
			if got != test.want {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestTablesOfOneSchemaDoNotShareTriggers(t *testing.T) {
	x63 := strings.Repeat("x", 63)
	seen := map[string]string{}
	for _, name := range []string{
		"my_t", "my-t", "My_t", "MY_T", "my.t", "my t", "my`t", "my__t", x63, x63 + "y", x63 + "z", x63 + "Y", strings.Repeat("ü", 64), strings.Repeat("ö", 64),
	} {
		for _, trigger := range Names(ident.Table{Schema: "shop", Name: ident.Name(name)}) {
			key := strings.ToLower(string(trigger.Name))
			if other, ok := seen[key]; ok {
				t.Errorf("%q and %q share the trigger %s", other, name, key)
			}
			seen[key] = name
		}
	}
}

var triggerName = regexp.MustCompile(`^pt_osc_[a-z0-9_]*_(del|upd|ins)$`)

func FuzzNames(f *testing.F) {
	for _, seed := range [][3]string{{"shop", "my_t", "my-t"}, {"s", strings.Repeat("x", 63) + "a", strings.Repeat("x", 63) + "b"}, {"S", "😀", "`"}} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, schema, one, two string) {
		if !utf8.ValidString(schema + one + two) {
			return
		}
		a := Names(ident.Table{Schema: ident.Name(schema), Name: ident.Name(one)})
		b := Names(ident.Table{Schema: ident.Name(schema), Name: ident.Name(two)})
		for i := range a {
			if n := utf8.RuneCountInString(string(a[i].Name)); n > ident.MaxLen || !triggerName.MatchString(string(a[i].Name)) {
				t.Errorf("%q has %d characters or odd ones", a[i].Name, n)
			}
			if a[i].Schema != ident.Name(schema) {
				t.Errorf("the trigger lies in %q, the table in %q", a[i].Schema, schema)
			}
			if one != two && a[i].Name == b[i].Name {
				t.Errorf("%q and %q share the trigger %q", one, two, a[i].Name)
			}
		}
	})
}
