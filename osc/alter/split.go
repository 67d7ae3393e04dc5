package alter

// piece is one clause before it is understood: a range of the source's tokens.
type piece struct {
	from, to    int
	conditional bool // a comma beside it is code only on some servers
}

// split checks the text as a whole and cuts it into pieces at the commas outside parentheses, except those inside one clause.
func (s *source) split() ([]piece, error) {
	if err := s.trim(); err != nil {
		return nil, err
	}
	if err := s.balanced(); err != nil {
		return nil, err
	}
	if err := s.minus(); err != nil {
		return nil, err
	}
	if len(s.tokens) == 0 {
		return nil, &SyntaxError{At: 1, Why: "the text has no clause"}
	}
	if c := (cursor{tokens: s.tokens}); c.alterTable() {
		return nil, s.fault(s.tokens[0].start, "the text starts with ALTER TABLE; give only what comes after the table's name")
	}
	pieces, err := s.atCommas()
	if err != nil {
		return nil, err
	}
	return s.rejoin(s.atPartitioning(pieces)), nil
}

// trim takes semicolons off the end.
func (s *source) trim() error {
	for i, t := range s.tokens {
		if !t.is(";") {
			continue
		}
		for _, rest := range s.tokens[i:] {
			if !rest.is(";") {
				return s.fault(t.start, "a semicolon ends the statement here but more follows")
			}
		}
		s.tokens = s.tokens[:i]
		return nil
	}
	return nil
}

// body is the text up to the end of the last token; trim must have run.
func (s *source) body() string {
	last := s.tokens[len(s.tokens)-1]
	if last.block == 0 {
		return s.text[:last.end]
	}
	return s.text[:last.end] + " */"
}

func (s *source) balanced() error {
	var open []token
	for _, t := range s.tokens {
		switch {
		case t.is("("):
			open = append(open, t)
		case t.is(")") && len(open) == 0:
			return s.fault(t.start, "a parenthesis is closed here that was not opened")
		case t.is(")"):
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return s.fault(open[len(open)-1].start, "the parenthesis that opens here is not closed")
	}
	return nil
}

// minus refuses a minus sign with nothing behind it. No server takes that, and two of them at the end of a clause would start a comment
// when the clause is put before other text.
func (s *source) minus() error {
	for i, t := range s.tokens {
		next := cursor{tokens: s.tokens[i+1:]}
		if t.is("-") && (next.done() || next.mark(")") || next.mark(",") || next.partitioning()) {
			return s.fault(t.start, "nothing follows the minus sign")
		}
	}
	return nil
}

func (s *source) atCommas() ([]piece, error) {
	var pieces []piece
	from, gated := 0, false
	for _, cut := range append(commas(s.tokens), len(s.tokens)) {
		here := cut < len(s.tokens) && s.conditional(s.tokens[cut:cut+1])
		if from == cut {
			at := len(s.text)
			if cut < len(s.tokens) {
				at = s.tokens[cut].start
			}
			return nil, s.fault(at, "a clause is empty: nothing stands beside a comma")
		}
		pieces = append(pieces, piece{from: from, to: cut, conditional: gated || here})
		from, gated = cut+1, here
	}
	return pieces, nil
}

// commas are the places of the commas outside parentheses.
func commas(tokens []token) []int {
	var at []int
	depth := 0
	for i, t := range tokens {
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case t.is(",") && depth == 0:
			at = append(at, i)
		}
	}
	return at
}

// atPartitioning cuts before PARTITION BY and REMOVE PARTITIONING: they follow the other clauses without a comma.
func (s *source) atPartitioning(pieces []piece) []piece {
	var out []piece
	for _, p := range pieces {
		depth := 0
		for i := p.from; i < p.to; i++ {
			switch {
			case s.tokens[i].is("("):
				depth++
			case s.tokens[i].is(")"):
				depth--
			}
			if c := (cursor{tokens: s.tokens[i:p.to]}); depth == 0 && i > p.from && c.partitioning() {
				out = append(out, piece{from: p.from, to: i, conditional: p.conditional})
				p.from = i
			}
		}
		out = append(out, p)
	}
	return out
}

// rejoin puts together again what the commas of ORDER BY a, b and DROP PARTITION p, q cut.
func (s *source) rejoin(pieces []piece) []piece {
	var out []piece
	goesOn := endsHere
	for _, p := range pieces {
		if goesOn(cursor{tokens: s.tokens[p.from:p.to]}) {
			last := &out[len(out)-1]
			last.to = p.to
			last.conditional = last.conditional || p.conditional
			continue
		}
		out = append(out, p)
		goesOn = continuation(cursor{tokens: s.tokens[p.from:p.to]})
	}
	return out
}

func endsHere(cursor) bool { return false }

// continuation tells which pieces behind a comma still belong to the clause.
func continuation(c cursor) func(cursor) bool {
	switch {
	case c.words("ORDER", "BY"):
		return isOrderItem
	case c.anyWord("DROP", "TRUNCATE", "REBUILD", "OPTIMIZE", "ANALYZE") && c.words("PARTITION"):
		return isPartitionName()
	case c.anyWord("CHECK", "REPAIR") && c.words("PARTITION"):
		return isPartitionName("FOR", "QUICK", "FAST", "MEDIUM", "EXTENDED", "CHANGED", "USE_FRM")
	case c.words("REORGANIZE", "PARTITION"):
		return isPartitionName("INTO")
	case c.words("DISCARD", "PARTITION"), c.words("IMPORT", "PARTITION"):
		return isPartitionName("TABLESPACE")
	default:
		return endsHere
	}
}

func isOrderItem(c cursor) bool {
	if _, ok := c.qualified(); !ok {
		return false
	}
	c.anyWord("ASC", "DESC")
	return c.done()
}

func isPartitionName(tails ...string) func(cursor) bool {
	return func(c cursor) bool {
		_, ok := c.name()
		return ok && (c.done() || c.anyWord(tails...))
	}
}
