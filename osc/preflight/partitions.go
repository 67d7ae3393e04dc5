package preflight

import (
	"oscar/osc/alter"
)

// restructuring are the verbs about partitions that leave all rows in the table. The others take rows away or bring some in: on the empty
// new table they would lose that meaning, and the copy would put the rows elsewhere or reject them.
var restructuring = map[string]bool{
	"BY": true, "REMOVE": true, "UPGRADE": true, "ADD": true, "COALESCE": true, "REORGANIZE": true,
	"REBUILD": true, "OPTIMIZE": true, "ANALYZE": true, "CHECK": true, "REPAIR": true,
}

// partitions looks for partition clauses that change rows.
func partitions(f Facts) Refusals {
	return eachClause(f, func(c alter.Clause, place string) (Refusal, bool) {
		return Refusal{
			Check: "partitions",
			Why: place + " of the ALTER is " + c.Option.Name + " PARTITION, which changes the table's rows; on the empty new table it would " +
				"change none, and the copy would bring them all back or reject them",
			Try:  "run it by itself with the server's own ALTER TABLE",
			Kind: Unsupported,
		}, c.Kind == alter.Partition && !restructuring[c.Option.Name]
	})
}
