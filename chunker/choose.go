package chunker

import (
	"sort"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// Walkable turns an index into a chunk key. why tells, when ok is false, what stands against it.
func Walkable(t schema.Table, k schema.Key) (key Key, why string, ok bool) {
	switch {
	case k.Kind != "BTREE" && k.Kind != "HASH": // InnoDB's "HASH" may be a BTREE in truth; MEMORY tables are refused elsewhere
		return Key{}, "it is a " + k.Kind + " index", false
	case k.Kind == "HASH" && length(t, k) > sureLength:
		return Key{}, "it may be a hash of its values, which has no order", false
	case k.Ignored:
		return Key{}, "it is invisible to the optimizer", false
	case k.Partial():
		return Key{}, "it indexes only a prefix or an expression", false
	case k.Nullable():
		return Key{}, "its columns may hold NULL", false
	}
	key = Key{Index: k.Name, Unique: k.Unique}
	for i, p := range k.Parts {
		c, found := t.Column(p.Column)
		if !found {
			return Key{}, "its column " + p.Column.SQL() + " is not in the table", false
		}
		if p.Descending != k.Parts[0].Descending && i > 0 {
			return Key{}, "its columns run in different directions", false
		}
		if unsteady(c) {
			return Key{}, "MariaDB sorts the CHAR column " + p.Column.SQL() + " in " + c.Collation + " with blanks behind its text and compares it without", false
		}
		column, known := NewColumn(c)
		if !known {
			return Key{}, "oscar cannot walk columns of type " + c.DataType, false
		}
		key.Columns = append(key.Columns, column)
	}
	return key, "", true
}

// unsteady tells a CHAR column in one of MariaDB's NOPAD collations. Its index keeps texts filled up with blanks, so that 'X\t' comes before 'X',
// but a comparison takes the blanks away, so that 'X\t' > 'X': of two ranges that meet at 'X' neither gives the row 'X\t' (seen on 10.11.19
// and 11.8.6). Such a row would not be copied, and not be missed by a comparison of the same ranges. MySQL's NO PAD collations have no such word
// in their names and one order.
func unsteady(c schema.Column) bool {
	return c.DataType == "char" && strings.Contains(c.Collation, "nopad")
}

// sureLength is how many characters surely fit an index: 767 bytes, of characters of four. A unique key of longer values is kept by MariaDB as
// their hash. It has no order to follow, and a sort in its place looks only at the first max_sort_length bytes: rows behind what it takes for
// the last key would be missed. A declared USING HASH reads the same, so the length has to tell.
const sureLength = 767 / 4

func length(t schema.Table, k schema.Key) int64 {
	var sum int64
	for _, p := range k.Parts {
		c, _ := t.Column(p.Column)
		sum += c.MaxChars
	}
	return sum
}

// Choose picks the key that the copy follows: the preferred index if it can be walked (unique or not), else the primary key, else the unique
// key with the fewest columns. ok is false when there is none; then only a table small enough for one chunk can be copied.
func Choose(t schema.Table, preferred ident.Name) (key Key, ok bool) {
	if preferred != "" {
		if k, found := t.Key(preferred); found {
			if key, _, ok := Walkable(t, k); ok {
				return key, true
			}
		}
	}
	var keys []Key
	for _, k := range t.Keys {
		if key, _, ok := Walkable(t, k); ok && k.Unique {
			if k.Primary() {
				return key, true
			}
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return Key{}, false
	}
	sort.SliceStable(keys, func(i, j int) bool { return len(keys[i].Columns) < len(keys[j].Columns) })
	return keys[0], true
}
