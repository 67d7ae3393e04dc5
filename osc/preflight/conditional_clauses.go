package preflight

import (
	"oscar/osc/alter"
)

// conditionalClauses refuses clauses in executable comments that some servers run and others do not.
func conditionalClauses(f Facts) Refusals {
	return eachClause(f, func(c alter.Clause, place string) (Refusal, bool) {
		return Refusal{
			Check: "conditional clause",
			Why:   place + " of the ALTER (" + c.Kind.String() + ") stands in a comment that only some servers run, so its meaning is not certain",
			Try:   "take it out of the comment, or leave it out",
			Kind:  Unsupported,
		}, c.Conditional && c.Kind != alter.Unknown
	})
}
