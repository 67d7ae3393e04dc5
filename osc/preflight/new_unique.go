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
