package preflight

import (
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

// UniqueKey is a unique key of the new table that the original's rows may not fit. INSERT IGNORE would drop rows that are equal in it,
// and REPLACE in a trigger delete them, so it must not be there before all rows are.
type UniqueKey struct {
	Key        schema.Key
	Over       string // its columns, as the original calls them, for messages
	Duplicates string // the query that lists what is equal in it in the original; empty where a new column is part of the key
}

// NewUnique are the unique keys of the new table that no unique key of the original implies, by whatever road they came: a clause, a column's
// definition, a shorter column, a coarser collation.
func NewUnique(original, shadow schema.Table, pairs []triggers.Pair) []UniqueKey {
	a := altered{Facts: Facts{Table: original}, shadow: shadow, pairs: pairs}
	var all []UniqueKey
	for _, k := range a.shadow.Keys {
		if !k.Unique || a.fresh(k) || a.implied(k) {
			continue
		}
		u := UniqueKey{Key: k}
		parts, added := a.partsBefore(k)
		if len(added) == 0 {
			u.Duplicates = sqlDuplicates(original.Name, parts, a.recollated())
		}
		var columns []string
		for _, p := range k.Parts {
			columns = append(columns, partName(a, p))
		}
		u.Over = strings.Join(columns, ", ")
		all = append(all, u)
	}
	return all
}

func partName(a altered, p schema.KeyPart) string {
	if p.Column == "" {
		return "an expression"
	}
	if o, ok := a.origin(p.Column); ok {
		return o.Name.SQL()
	}
	return p.Column.SQL()
}

// recollated are the new columns of text columns whose collation changes, by the names in the original.
func (a altered) recollated() map[ident.Name]schema.Column {
	out := map[ident.Name]schema.Column{}
	for _, p := range a.pairs {
		from, _ := a.Table.Column(p.Original)
		to, _ := a.shadow.Column(p.New)
		if from.Collation != to.Collation && to.Collation != "" {
			out[p.Original] = to
		}
	}
	return out
}

// numberedKey refuses a primary key that cannot be built after the copy, since an AUTO_INCREMENT column has no other key meanwhile.
func numberedKey(a altered) Refusals {
	for _, u := range NewUnique(a.Table, a.shadow, a.pairs) {
		for _, c := range a.shadow.Columns {
			if c.AutoIncrement && u.Key.Parts[0].Column.Is(c.Name) && !a.otherKey(c.Name, u.Key.Name) {
				return Refusals{{
					Check: "new unique key of a numbered column",
					Why: "rows that are equal in the new unique key " + u.Key.Name.SQL() + " over " + u.Over + " would be lost if it were there during the " +
						"copy, and the AUTO_INCREMENT column " + c.Name.SQL() + " cannot be without it",
					Try:  "add a plain key over " + c.Name.SQL() + " in the same ALTER",
					Kind: Unsupported,
				}}
			}
		}
	}
	return nil
}

// otherKey reports whether another key than this one begins with the column.
func (a altered) otherKey(column, not ident.Name) bool {
	for _, k := range a.shadow.Keys {
		if k.Name != not && len(k.Parts) > 0 && k.Parts[0].Column.Is(column) {
			return true
		}
	}
	return false
}

// partsBefore are the parts of a key with the names that the columns have in the original, and the columns that are new.
func (a altered) partsBefore(k schema.Key) (parts []schema.KeyPart, added []ident.Name) {
	for _, p := range k.Parts {
		if p.Column != "" {
			o, ok := a.origin(p.Column)
			if !ok {
				added = append(added, p.Column)
				continue
			}
			p.Column = o.Name
		}
		parts = append(parts, p)
	}
	return parts, added
}
