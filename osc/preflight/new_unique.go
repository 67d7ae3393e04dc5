package preflight

import (
	"oscar/osc/ident"
	"oscar/osc/schema"
)

// newUnique looks for unique keys of the new table that the original's rows may not fit, by whatever road they came: a clause, a column's
// definition, a shorter column, a coarser collation.
func newUnique(a altered) Refusals {
	var all Refusals
	for _, k := range a.shadow.Keys {
		if !k.Unique || a.fresh(k) || a.implied(k) {
			continue
		}
		parts, added := a.partsBefore(k)
		if len(added) > 0 {
			all = append(all, Refusal{
				Check: "new unique key",
				Why: "the unique key " + k.Name.SQL() + " of the new table has the new column " + ident.List(added) + ", in which rows may be " +
					"equal until they are given values; such rows would be lost while they are copied",
				Try: "add the column in this run, give the rows values, and add the key afterwards with the server's own ALTER TABLE",
			})
			continue
		}
		all = append(all, unproved(a.Table.Name, k.Name, parts))
	}
	return all
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
