package preflight

import (
	"strconv"

	"oscar/osc/alter"
)

// eachClause asks about every clause of the ALTER; place names it by its number.
func eachClause(f Facts, refuse func(c alter.Clause, place string) (Refusal, bool)) Refusals {
	var all Refusals
	for i, c := range f.Alter.Clauses() {
		if r, yes := refuse(c, "clause "+strconv.Itoa(i+1)); yes {
			all = append(all, r)
		}
	}
	return all
}
