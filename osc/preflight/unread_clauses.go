package preflight

import (
	"oscar/osc/alter"
)

// unreadClauses refuses clauses whose meaning is not known: on an empty table the server might take one for something else than on a full
// one, and nothing here could tell. Their text is not shown, it may hold a password; the place is.
func unreadClauses(f Facts) Refusals {
	return eachClause(f, func(c alter.Clause, place string) (Refusal, bool) {
		return Refusal{
			Check: "unknown clause",
			Why:   place + " of the ALTER is not understood, so it is not known what it does to the data",
			Try:   "write the clause in the form of the server's manual, or run it by itself with the server's own ALTER TABLE",
			Kind:  Unsupported,
		}, c.Kind == alter.Unknown
	})
}
