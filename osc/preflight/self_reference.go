package preflight

import (
	"strings"
)

// selfReference looks for foreign keys of the table that point at itself: those of the new table would point at the original.
func selfReference(f Facts) Refusals {
	var list []string
	for _, fk := range f.Table.ForeignKeys {
		if fk.References == f.Table.Name {
			list = append(list, fk.Name.SQL())
		}
	}
	if len(list) == 0 {
		return nil
	}
	return Refusals{{
		Check: "self-reference",
		Why:   "the table " + f.Table.Name.SQL() + " has self-referencing foreign keys (" + strings.Join(list, ", ") + "), which is not supported yet",
		Try:   "drop these foreign keys for the time of the change and add them again afterwards, or use the server's own ALTER TABLE",
	}}
}

// newSelfReference looks for the same in the new table: a foreign key that the ALTER adds would follow the original to its old name.
func newSelfReference(a altered) Refusals {
	if len(selfReference(a.Facts)) > 0 {
		return nil
	}
	for _, fk := range a.shadow.ForeignKeys {
		if fk.References == a.Table.Name || fk.References == a.shadow.Name {
			return Refusals{{
				Check: "new self-reference",
				Why: "the ALTER adds the foreign key " + fk.Name.SQL() + ", which references the table itself: in the new table it would reference the original, " +
					"and go with it when it is renamed and dropped",
				Try:  "leave it out, and add it afterwards with the server's own ALTER TABLE",
				Kind: Unsupported,
			}}
		}
	}
	return nil
}
