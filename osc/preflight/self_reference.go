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
