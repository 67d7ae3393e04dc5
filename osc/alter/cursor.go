package alter

import "oscar/osc/ident"

// is reports whether the token is the punctuation.
func (t token) is(mark string) bool { return t.kind == punct && t.value == mark }

// isWord reports whether the token is the unquoted keyword.
func (t token) isWord(keyword string) bool {
	return t.kind == word && t.value == keyword
}

// reserved are words that both families refuse as unquoted names and that decide how a clause is read.
var reserved = map[string]bool{
	"ADD": true, "ALTER": true, "AS": true, "ASC": true, "BY": true, "CHANGE": true, "CHECK": true, "COLUMN": true, "CONSTRAINT": true,
	"CONVERT": true, "DEFAULT": true, "DESC": true, "DROP": true, "EXISTS": true, "FOR": true, "FORCE": true, "FOREIGN": true,
	"FULLTEXT": true, "IF": true, "INDEX": true, "INTO": true, "KEY": true, "KEYS": true, "LOCK": true, "NOT": true, "NULL": true,
	"ORDER": true, "PARTITION": true, "PRIMARY": true, "REFERENCES": true, "RENAME": true, "SET": true, "SPATIAL": true,
	"TABLE": true, "TO": true, "UNIQUE": true, "USING": true, "WITH": true,
}

// cursor walks over tokens. Its methods consume what they find and nothing when they do not find it.
type cursor struct {
	tokens []token
	i      int
}

func (c *cursor) done() bool { return c.i >= len(c.tokens) }

// peek is the next token; the zero token, which is no keyword and no mark, at the end.
func (c *cursor) peek() token { return c.peekAt(0) }

func (c *cursor) peekAt(n int) token {
	if c.i+n < len(c.tokens) {
		return c.tokens[c.i+n]
	}
	return token{}
}

// rest is what is left.
func (c *cursor) rest() []token { return c.tokens[c.i:] }

// words consumes the keywords when all of them follow.
func (c *cursor) words(keywords ...string) bool {
	for n, k := range keywords {
		if !c.peekAt(n).isWord(k) {
			return false
		}
	}
	c.i += len(keywords)
	return true
}

// anyWord consumes one keyword of several.
func (c *cursor) anyWord(keywords ...string) bool {
	for _, k := range keywords {
		if c.words(k) {
			return true
		}
	}
	return false
}

func (c *cursor) mark(m string) bool {
	if !c.peek().is(m) {
		return false
	}
	c.i++
	return true
}

// name consumes a name, quoted or not.
func (c *cursor) name() (ident.Name, bool) {
	t := c.peek()
	if t.kind != name && (t.kind != word || reserved[t.value]) {
		return "", false
	}
	c.i++
	if t.kind == word {
		return ident.Name(t.raw), true
	}
	return ident.Name(t.value), true
}

// qualified consumes a.b.c and returns the last of the names.
func (c *cursor) qualified() (ident.Name, bool) {
	from := c.i
	c.mark(".")
	n, ok := c.name()
	for ok && c.mark(".") {
		n, ok = c.name()
	}
	if !ok {
		c.i = from
	}
	return n, ok
}

// parens consumes a pair of parentheses and returns what is between them. The tokens must be balanced.
func (c *cursor) parens() ([]token, bool) {
	if !c.peek().is("(") {
		return nil, false
	}
	depth := 0
	for i := c.i; i < len(c.tokens); i++ {
		switch {
		case c.tokens[i].is("("):
			depth++
		case c.tokens[i].is(")"):
			depth--
		}
		if depth == 0 {
			inner := c.tokens[c.i+1 : i]
			c.i = i + 1
			return inner, true
		}
	}
	return nil, false
}

func (c *cursor) ifExists() bool    { return c.words("IF", "EXISTS") }
func (c *cursor) ifNotExists() bool { return c.words("IF", "NOT", "EXISTS") }

// partitioning consumes the words that begin a partitioning clause behind others.
func (c *cursor) partitioning() bool {
	return c.words("PARTITION", "BY") || c.words("REMOVE", "PARTITIONING")
}

func (c *cursor) alterTable() bool {
	if !c.words("ALTER") {
		return false
	}
	for c.anyWord("ONLINE", "OFFLINE", "IGNORE") {
	}
	return c.words("TABLE")
}

// list cuts tokens at commas outside parentheses. An empty element comes out as an empty slice.
func list(tokens []token) [][]token {
	var out [][]token
	from := 0
	for _, cut := range append(commas(tokens), len(tokens)) {
		out = append(out, tokens[from:cut])
		from = cut + 1
	}
	return out
}
