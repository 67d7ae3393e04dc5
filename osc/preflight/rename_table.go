package preflight

// renamesTable: on the new table a RENAME would take the new table away.
func renamesTable(f Facts) Refusals {
	c, ok := f.Alter.RenamesTable()
	if !ok {
		return nil
	}
	return Refusals{{
		Check: "rename table",
		Why:   "the ALTER renames the table to " + c.NewName.SQL() + "; only the new table would be renamed, and the swap would not find it",
		Try:   "leave RENAME out, and rename the table afterwards with RENAME TABLE",
		Kind:  Unsupported,
	}}
}
