package preflight

import (
	"oscar/osc/alter"
)

// tablespace: DISCARD and IMPORT mean the table's own file.
func tablespace(f Facts) Refusals {
	return eachClause(f, func(c alter.Clause, place string) (Refusal, bool) {
		return Refusal{
			Check: "tablespace",
			Why:   place + " of the ALTER is " + c.Kind.String() + ", which replaces the table's rows; on the new table it would mean nothing",
			Try:   "run it with the server's own ALTER TABLE",
			Kind:  Unsupported,
		}, c.Kind == alter.DiscardTablespace || c.Kind == alter.ImportTablespace
	})
}
