package alter

// partition reads everything that is about partitions. The rest of such a clause is not looked at.
func partition(c cursor) (Clause, bool) {
	verb := ""
	switch first := c.peek(); {
	case c.words("PARTITION", "BY"):
		verb = "BY"
	case c.words("REMOVE", "PARTITIONING"):
		verb = "REMOVE"
	case c.words("UPGRADE", "PARTITIONING"):
		verb = "UPGRADE"
	case c.words("CONVERT", "TABLE"):
		verb = "CONVERT"
	case c.anyWord("ADD", "DROP", "TRUNCATE", "COALESCE", "REORGANIZE", "REBUILD", "OPTIMIZE", "ANALYZE", "CHECK", "REPAIR", "EXCHANGE",
		"DISCARD", "IMPORT", "CONVERT") && c.words("PARTITION"):
		verb = first.value
	default:
		return Clause{}, false
	}
	return Clause{Kind: Partition, Option: Option{Name: verb}}, true
}
