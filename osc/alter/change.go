package alter

// drop reads what follows DROP.
func drop(c *cursor) (Clause, bool) {
	cl := Clause{}
	ok := false
	switch {
	case c.words("PRIMARY", "KEY"):
		return Clause{Kind: DropKey, Key: primaryName, KeyKind: Primary}, c.done()
	case c.words("FOREIGN", "KEY"):
		cl.Kind = DropForeignKey
		cl.IfExists = c.ifExists()
		cl.Constraint, ok = c.name()
		return cl, ok && c.done()
	case c.anyWord("INDEX", "KEY"):
		cl.Kind = DropKey
		cl.IfExists = c.ifExists()
		if cl.Key, ok = c.name(); cl.Key.Is(primaryName) {
			cl.KeyKind = Primary
		}
		return cl, ok && c.done()
	case c.words("CHECK"):
		cl.Option.Name = "CHECK"
		return dropConstraint(c, cl)
	case c.words("CONSTRAINT"):
		return dropConstraint(c, cl)
	case c.words("SYSTEM", "VERSIONING"):
		return Clause{Kind: SystemVersioning, Option: Option{Name: "DROP"}}, c.done()
	case c.peek().isWord("PERIOD") && (c.peekAt(1).isWord("FOR") || c.peekAt(1).isWord("IF")):
		return Clause{Kind: SystemVersioning, Option: Option{Name: "DROP PERIOD"}}, true
	}
	cl.Kind = DropColumn
	c.words("COLUMN")
	cl.IfExists = c.ifExists()
	cl.Column, ok = c.qualified()
	c.anyWord("RESTRICT", "CASCADE")
	return cl, ok && c.done()
}

func dropConstraint(c *cursor, cl Clause) (Clause, bool) {
	ok := false
	cl.Kind = DropConstraint
	cl.IfExists = c.ifExists()
	cl.Constraint, ok = c.name()
	return cl, ok && c.done()
}

// modify reads what follows MODIFY.
func modify(c *cursor) (Clause, bool) {
	c.words("COLUMN")
	cl := Clause{Kind: Modify, IfExists: c.ifExists()}
	ok := false
	cl.Column, ok = c.qualified()
	if !ok || c.peek().kind != word {
		return cl, false
	}
	cl.uniques = inlineKeys(cl.Column, c.rest())
	return cl, true
}

// change reads what follows CHANGE.
func change(c *cursor) (Clause, bool) {
	c.words("COLUMN")
	cl := Clause{Kind: Change, IfExists: c.ifExists()}
	ok := false
	if cl.Column, ok = c.qualified(); !ok {
		return cl, false
	}
	cl.NewColumn, ok = c.qualified()
	if !ok || c.peek().kind != word {
		return cl, false
	}
	cl.uniques = inlineKeys(cl.NewColumn, c.rest())
	return cl, true
}

// rename reads what follows RENAME: a column, a key or the table itself.
func rename(c *cursor) (Clause, bool) {
	cl := Clause{}
	ok := false
	switch {
	case c.words("COLUMN"):
		cl.Kind = RenameColumn
		cl.IfExists = c.ifExists()
		if cl.Column, ok = c.qualified(); !ok || !c.words("TO") {
			return cl, false
		}
		cl.NewColumn, ok = c.qualified()
	case c.anyWord("INDEX", "KEY"):
		cl.Kind = RenameKey
		cl.IfExists = c.ifExists()
		if cl.Key, ok = c.name(); !ok || !c.words("TO") {
			return cl, false
		}
		cl.NewName, ok = c.name()
	default:
		cl.Kind = RenameTable
		if !c.anyWord("TO", "AS") {
			c.mark("=")
		}
		cl.NewName, ok = c.qualified()
	}
	return cl, ok && c.done()
}
