package chunker

import (
	"testing"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// table has integer columns a, b and c, text columns short and long, a JSON column j, and the keys.
func table(keys ...schema.Key) schema.Table {
	t := schema.Table{Name: ident.Table{Schema: "s", Name: "t"}, Keys: keys}
	for _, n := range ident.Names("a", "b", "c") {
		t.Columns = append(t.Columns, schema.Column{Name: n, Type: "int(11)", DataType: "int"})
	}
	for n, chars := range map[ident.Name]int64{"short": 100, "long": 1000} {
		t.Columns = append(t.Columns, schema.Column{Name: n, Type: "varchar", DataType: "varchar", Charset: "utf8mb4", MaxChars: chars})
	}
	t.Columns = append(t.Columns, schema.Column{Name: "j", Type: "json", DataType: "json"})
	for name, typ := range map[ident.Name][2]string{"nopad": {"char", "utf8mb4_nopad_bin"}, "0900": {"char", "utf8mb4_0900_bin"}, "varied": {"varchar", "utf8mb4_nopad_bin"}} {
		t.Columns = append(t.Columns, schema.Column{Name: name, Type: typ[0] + "(5)", DataType: typ[0], Charset: "utf8mb4", Collation: typ[1], MaxChars: 5})
	}
	return t
}

func btree(name ident.Name, unique bool, columns ...ident.Name) schema.Key {
	k := schema.Key{Name: name, Unique: unique, Kind: "BTREE"}
	for _, c := range columns {
		k.Parts = append(k.Parts, schema.KeyPart{Column: c})
	}
	return k
}

func hash(columns ...ident.Name) schema.Key {
	k := btree("k", true, columns...)
	k.Kind = "HASH"
	return k
}

// with changes the last part of a key.
func with(k schema.Key, change func(*schema.KeyPart)) schema.Key {
	change(&k.Parts[len(k.Parts)-1])
	return k
}

func TestWalkable(t *testing.T) {
	descending := func(p *schema.KeyPart) { p.Descending = true }
	allDescending := with(btree("k", true, "a", "b"), descending)
	allDescending.Parts[0].Descending = true
	invisible := btree("k", true, "a")
	invisible.Ignored = true
	fulltext := btree("k", true, "a")
	fulltext.Kind = "FULLTEXT"
	spatial := btree("k", true, "a")
	spatial.Kind = "SPATIAL"
	tests := map[string]struct {
		key schema.Key
		why string
	}{
		"a unique key":                            {btree("k", true, "a", "b"), ""},
		"a key that is not unique":                {btree("k", false, "b"), ""},
		"all columns descending":                  {allDescending, ""},
		"column names differ in case":             {btree("k", true, "A"), ""},
		"a nullable column is refused":            {with(btree("k", true, "a", "b"), func(p *schema.KeyPart) { p.Nullable = true }), "its columns may hold NULL"},
		"a prefix is refused":                     {with(btree("k", true, "a", "b"), func(p *schema.KeyPart) { p.Prefix = 10 }), "it indexes only a prefix or an expression"},
		"an expression is refused":                {with(btree("k", true, "a", "b"), func(p *schema.KeyPart) { p.Column, p.Expression = "", "lower(b)" }), "it indexes only a prefix or an expression"},
		"mixed directions are refused":            {with(btree("k", true, "a", "b"), descending), "its columns run in different directions"},
		"an invisible index is refused":           {invisible, "it is invisible to the optimizer"},
		"a full-text index is refused":            {fulltext, "it is a FULLTEXT index"},
		"a spatial index is refused":              {spatial, "it is a SPATIAL index"},
		"numbers declared USING HASH":             {hash("a", "b"), ""},
		"short text declared USING HASH":          {hash("a", "short"), ""},
		"a hash of a long text is refused":        {hash("long"), "it may be a hash of its values, which has no order"},
		"a hash of much text is refused":          {hash("short", "a", "short"), "it may be a hash of its values, which has no order"},
		"a long text in a BTREE":                  {btree("k", true, "long"), ""},
		"a column that is not there is refused":   {btree("k", true, "x"), "its column `x` is not in the table"},
		"a CHAR in MariaDB's NOPAD is refused":    {btree("k", true, "a", "nopad"), "MariaDB sorts the CHAR column `nopad` in utf8mb4_nopad_bin with blanks behind its text and compares it without"},
		"a VARCHAR in MariaDB's NOPAD":            {btree("k", true, "varied"), ""},
		"a CHAR in MySQL's NO PAD":                {btree("k", true, "0900"), ""},
		"a type that cannot be walked is refused": {btree("k", true, "a", "j"), "oscar cannot walk columns of type json"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			key, why, ok := Walkable(table(), test.key)
			if why != test.why || ok != (test.why == "") {
				t.Fatalf("\n got %q, %v\nwant %q", why, ok, test.why)
			}
			if ok && (key.Index != test.key.Name || key.Unique != test.key.Unique || len(key.Columns) != len(test.key.Parts)) {
				t.Errorf("the chunk key is %+v", key)
			}
			if !ok && len(key.Columns) != 0 {
				t.Errorf("a refused index gave the key %+v", key)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	primary, one, two := btree("PRIMARY", true, "a", "b"), btree("one", true, "c"), btree("two", true, "b", "c")
	plain := btree("plain", false, "c")
	nullable := with(btree("nullable", true, "a"), func(p *schema.KeyPart) { p.Nullable = true })
	tests := map[string]struct {
		keys      []schema.Key
		preferred ident.Name
		want      ident.Name // empty: none
	}{
		"the primary key first, however long":                {keys: []schema.Key{primary, one}, want: "PRIMARY"},
		"the primary key is found behind others":             {keys: []schema.Key{one, primary}, want: "PRIMARY"},
		"else the unique key with the fewest columns":        {keys: []schema.Key{two, one}, want: "one"},
		"of two such keys the first":                         {keys: []schema.Key{one, btree("other", true, "b")}, want: "one"},
		"a nullable unique key is passed over":               {keys: []schema.Key{nullable, two}, want: "two"},
		"a plain index is never chosen":                      {keys: []schema.Key{plain}},
		"no key at all":                                      {},
		"only keys that cannot be walked":                    {keys: []schema.Key{nullable}},
		"the preferred index wins over the primary key":      {keys: []schema.Key{primary, one}, preferred: "one", want: "one"},
		"the preferred index need not be unique":             {keys: []schema.Key{primary, plain}, preferred: "plain", want: "plain"},
		"a preferred index is found without regard to case":  {keys: []schema.Key{primary, one}, preferred: "ONE", want: "one"},
		"a preferred index that cannot be walked is ignored": {keys: []schema.Key{primary, nullable}, preferred: "nullable", want: "PRIMARY"},
		"a preferred index that is not there is ignored":     {keys: []schema.Key{primary}, preferred: "x", want: "PRIMARY"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			key, ok := Choose(table(test.keys...), test.preferred)
			if key.Index != test.want || ok != (test.want != "") {
				t.Errorf("\n got %q, %v\nwant %q", key.Index, ok, test.want)
			}
		})
	}
}
