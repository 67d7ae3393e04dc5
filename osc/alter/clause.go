package alter

import "oscar/osc/ident"

// Clause is one change of the table. Fields that do not belong to its kind are empty.
type Clause struct {
	Kind       Kind
	Text       string     // as written; an element of ADD (a INT, b INT) has its own ADD, and marks of executable comments are completed
	Column     ident.Name // in the original table, or the added one
	NewColumn  ident.Name // of Change and RenameColumn
	Key        ident.Name // PRIMARY for a primary key; empty when the server will choose one
	NewName    ident.Name // of RenameKey and RenameTable, the latter without its schema
	KeyKind    KeyKind    // of AddKey; of DropKey only when it is Primary
	Constraint ident.Name // symbol of a foreign key, check or other constraint
	Option     Option
	IfExists   bool // IF EXISTS or IF NOT EXISTS: the clause may do nothing

	// Conditional means that an executable comment makes the clause, or a part of it, code on some servers only. Text and
	// kind are those of a server that runs it.
	Conditional bool

	uniques []UniqueKey
}

// Option is the word and the value of a table option or of another clause that has such: ALGORITHM and INPLACE, DROP and nothing for DROP
// PARTITION. The name is in upper case, the value as written without quotes.
type Option struct {
	Name  string
	Value string
}

const primaryName ident.Name = "PRIMARY"

// clauses are those of one piece. A piece with a part that is not understood is one Unknown clause.
func (s *source) clauses(p piece) []Clause {
	tokens := s.tokens[p.from:p.to]
	out := s.read(tokens)
	if len(out) == 0 {
		out = []Clause{{Kind: Unknown, Text: s.written(tokens)}}
	}
	conditional := p.conditional || s.conditional(tokens)
	for i := range out {
		out[i].Conditional = conditional
	}
	return out
}

// read is nil when the tokens are not understood.
func (s *source) read(tokens []token) []Clause {
	if group, ok := s.group(tokens); ok {
		return group
	}
	if options, ok := s.options(tokens); ok {
		return options
	}
	cl, ok := s.single(&cursor{tokens: tokens})
	if !ok {
		return nil
	}
	cl.Text = s.written(tokens)
	return []Clause{cl}
}

// single reads a piece that is one clause.
func (s *source) single(c *cursor) (Clause, bool) {
	if cl, ok := partition(*c); ok {
		return cl, true
	}
	switch {
	case c.words("ADD"):
		return s.add(c)
	case c.words("DROP"):
		return drop(c)
	case c.words("MODIFY"):
		return modify(c)
	case c.words("CHANGE"):
		return change(c)
	case c.words("RENAME"):
		return rename(c)
	case c.words("ALTER"):
		return alter(c)
	default:
		return plain(c)
	}
}

// plain reads clauses of a few fixed words.
func plain(c *cursor) (Clause, bool) {
	cl := Clause{}
	switch {
	case c.words("ORDER", "BY"):
		return Clause{Kind: OrderBy}, !c.done()
	case c.words("CONVERT", "TO"):
		return convert(c)
	case c.words("ALGORITHM"):
		cl = Clause{Kind: Algorithm, Option: Option{Name: "ALGORITHM", Value: c.value()}}
	case c.words("LOCK"):
		cl = Clause{Kind: Lock, Option: Option{Name: "LOCK", Value: c.value()}}
	case c.words("FORCE"):
		cl.Kind = Force
	case c.words("WITH", "VALIDATION"):
		cl = Clause{Kind: WithValidation, Option: Option{Name: "WITH"}}
	case c.words("WITHOUT", "VALIDATION"):
		cl = Clause{Kind: WithValidation, Option: Option{Name: "WITHOUT"}}
	case c.words("ENABLE", "KEYS"):
		cl.Kind = EnableKeys
	case c.words("DISABLE", "KEYS"):
		cl.Kind = DisableKeys
	case c.words("DISCARD", "TABLESPACE"):
		cl.Kind = DiscardTablespace
	case c.words("IMPORT", "TABLESPACE"):
		cl.Kind = ImportTablespace
	default:
		return cl, false
	}
	valued := cl.Kind == Algorithm || cl.Kind == Lock
	return cl, c.done() && (!valued || cl.Option.Value != "")
}

// alter reads what follows ALTER.
func alter(c *cursor) (Clause, bool) {
	cl := Clause{}
	ok := false
	switch {
	case c.anyWord("INDEX", "KEY"):
		cl.Kind = AlterIndex
		cl.IfExists = c.ifExists()
		cl.Key, ok = c.name()
		cl.Option.Name = c.visibility()
		return cl, ok && cl.Option.Name != "" && c.done()
	case c.anyWord("CHECK", "CONSTRAINT"):
		cl.Kind = AlterCheck
		cl.IfExists = c.ifExists()
		cl.Constraint, ok = c.name()
		cl.Option.Name = "ENFORCED"
		if c.words("NOT") {
			cl.Option.Name = "NOT ENFORCED"
		}
		return cl, ok && c.words("ENFORCED") && c.done()
	}
	cl.Kind = AlterColumn
	c.words("COLUMN")
	cl.IfExists = c.ifExists()
	if cl.Column, ok = c.qualified(); !ok {
		return cl, false
	}
	switch {
	case c.words("SET", "DEFAULT"):
		cl.Option.Name = "SET DEFAULT"
		return cl, !c.done()
	case c.words("DROP", "DEFAULT"):
		cl.Option.Name = "DROP DEFAULT"
	case c.words("SET"):
		cl.Option.Name = c.visibility()
		ok = cl.Option.Name != ""
	default:
		ok = false
	}
	return cl, ok && c.done()
}

// visibility consumes VISIBLE, INVISIBLE (MySQL), IGNORED or NOT IGNORED (MariaDB).
func (c *cursor) visibility() string {
	switch {
	case c.words("VISIBLE"):
		return "VISIBLE"
	case c.words("INVISIBLE"):
		return "INVISIBLE"
	case c.words("IGNORED"):
		return "IGNORED"
	case c.words("NOT", "IGNORED"):
		return "NOT IGNORED"
	default:
		return ""
	}
}
