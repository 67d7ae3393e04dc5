package alter

// group reads ADD [COLUMN] [IF NOT EXISTS] (a INT, UNIQUE (a)): elements as in CREATE TABLE, each a clause. ok is false when it is no
// such group; the clauses are nil when it is one and an element is not understood.
func (s *source) group(tokens []token) (clauses []Clause, ok bool) {
	c := cursor{tokens: tokens}
	if !c.words("ADD") {
		return nil, false
	}
	c.words("COLUMN")
	ifNotExists := c.ifNotExists()
	inner, ok := c.parens()
	if !ok {
		return nil, false
	}
	if !c.done() {
		return nil, true
	}
	for _, element := range list(inner) {
		cl, ok := s.element(&cursor{tokens: element})
		if !ok {
			return nil, true
		}
		before := "ADD "
		if ifNotExists && cl.Kind == AddColumn {
			before = "ADD COLUMN IF NOT EXISTS "
		}
		cl.Text = before + s.written(element)
		cl.IfExists = cl.IfExists || ifNotExists
		for i := range cl.uniques {
			cl.uniques[i].IfNotExists = cl.IfExists
		}
		clauses = append(clauses, cl)
	}
	return clauses, true
}

// add reads what follows ADD when no parenthesis follows.
func (s *source) add(c *cursor) (Clause, bool) {
	if c.words("COLUMN") {
		return addColumn(c)
	}
	if c.peek().isWord("IF") {
		return addColumn(c)
	}
	return s.element(c)
}

// element reads a column, key or constraint as it stands in ADD and in CREATE TABLE.
func (s *source) element(c *cursor) (Clause, bool) {
	switch {
	case c.words("CONSTRAINT"):
		return s.addConstraint(c)
	case c.anyWord("INDEX", "KEY"):
		return s.addKey(c, Clause{KeyKind: Plain})
	case c.words("FULLTEXT"):
		c.anyWord("INDEX", "KEY")
		return s.addKey(c, Clause{KeyKind: Fulltext})
	case c.words("SPATIAL"):
		c.anyWord("INDEX", "KEY")
		return s.addKey(c, Clause{KeyKind: Spatial})
	case c.words("SYSTEM", "VERSIONING"):
		return Clause{Kind: SystemVersioning, Option: Option{Name: "ADD"}}, c.done()
	case c.peek().isWord("VECTOR"):
		return s.addVector(c)
	case c.peek().isWord("PERIOD") && (c.peekAt(1).isWord("FOR") || c.peekAt(1).isWord("IF")):
		return Clause{Kind: SystemVersioning, Option: Option{Name: "ADD PERIOD"}}, true
	}
	switch c.peek().value {
	case "PRIMARY", "UNIQUE", "FOREIGN", "CHECK":
		if c.peek().kind == word {
			return s.constraint(c, Clause{})
		}
	}
	return addElementColumn(c)
}

// addVector tells MariaDB's vector key from a column of that name. With a name behind the word only a known type makes it a column.
func (s *source) addVector(c *cursor) (Clause, bool) {
	next := c.peekAt(1)
	switch {
	case next.isWord("INDEX"), next.isWord("KEY"):
		c.i += 2
		return s.addKey(c, Clause{KeyKind: Vector})
	case next.is("("):
		c.i++
		return s.addKey(c, Clause{KeyKind: Vector})
	case next.kind == word && dataTypes[next.value]:
		return addElementColumn(c)
	default:
		return Clause{}, false
	}
}

func (s *source) addConstraint(c *cursor) (Clause, bool) {
	cl := Clause{}
	cl.IfExists = c.ifNotExists()
	if symbol, ok := c.name(); ok {
		cl.Constraint = symbol
	}
	return s.constraint(c, cl)
}

// constraint reads PRIMARY KEY, UNIQUE, FOREIGN KEY and CHECK.
func (s *source) constraint(c *cursor, cl Clause) (Clause, bool) {
	switch {
	case c.words("PRIMARY", "KEY"):
		cl.KeyKind = Primary
		return s.addKey(c, cl)
	case c.words("UNIQUE"):
		c.anyWord("INDEX", "KEY")
		cl.KeyKind = Unique
		return s.addKey(c, cl)
	case c.words("FOREIGN", "KEY"):
		cl.Kind = AddForeignKey
		cl.IfExists = c.ifNotExists() || cl.IfExists
		cl.Key, _ = c.name()
		_, ok := c.parens()
		return cl, ok && c.words("REFERENCES")
	case c.words("CHECK"):
		cl.Kind = AddCheck
		_, ok := c.parens()
		return cl, ok
	default:
		return cl, false
	}
}

// addColumn reads what follows ADD COLUMN.
func addColumn(c *cursor) (Clause, bool) {
	ifNotExists := c.ifNotExists()
	cl, ok := addElementColumn(c)
	cl.IfExists = ifNotExists
	for i := range cl.uniques {
		cl.uniques[i].IfNotExists = ifNotExists
	}
	return cl, ok
}

func addElementColumn(c *cursor) (Clause, bool) {
	column, ok := c.qualified()
	if !ok || c.peek().kind != word {
		return Clause{}, false
	}
	return Clause{Kind: AddColumn, Column: column, uniques: inlineKeys(column, c.rest())}, true
}
