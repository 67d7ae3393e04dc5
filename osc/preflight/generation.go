package preflight

// generation refuses columns that change between generated and plain. The server's own ALTER keeps or computes their values; a copy leaves
// generated columns out, so that a plain one would be empty.
func generation(a altered) Refusals {
	var all Refusals
	for _, o := range a.Table.Columns {
		n, ok := a.image(o.Name)
		if !ok || o.Generated == n.Generated {
			continue
		}
		was, is := "plain", "generated"
		if o.Generated {
			was, is = is, was
		}
		all = append(all, Refusal{
			Check: "generated columns",
			Why:   "the column " + o.Name.SQL() + " is " + was + " and becomes " + is + ", which is not supported yet: its values would not be copied",
			Try:   "leave this change out and run it by itself with the server's own ALTER TABLE, or add a column of another name",
			Kind:  Unsupported,
		})
	}
	return all
}
