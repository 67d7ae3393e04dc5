package alter

import (
	"strconv"

	"oscar/osc/ident"
)

// addKey reads a key from behind its kind on. The clause brings the kind and the constraint's symbol.
func (s *source) addKey(c *cursor, cl Clause) (Clause, bool) {
	cl.Kind = AddKey
	cl.IfExists = c.ifNotExists() || cl.IfExists
	c.indexType()
	if n, ok := c.name(); ok {
		cl.Key = n
	}
	c.indexType()
	inner, ok := c.parens()
	if !ok || len(inner) == 0 {
		return cl, false
	}
	switch {
	case cl.KeyKind == Primary:
		cl.Key = primaryName // a name given to a primary key is ignored by the servers
	case cl.KeyKind == Unique && cl.Key == "":
		cl.Key = cl.Constraint
	}
	if cl.KeyKind == Unique || cl.KeyKind == Primary {
		cl.uniques = []UniqueKey{{
			Name: cl.Key, Primary: cl.KeyKind == Primary, IfNotExists: cl.IfExists, Parts: s.keyParts(inner),
		}}
	}
	return cl, true
}

// indexType consumes USING BTREE, and TYPE BTREE when it is not a key called type.
func (c *cursor) indexType() {
	if c.peek().isWord("USING") && c.peekAt(1).kind == word || c.peek().isWord("TYPE") && c.peekAt(1).kind == word {
		c.i += 2
	}
}

func (s *source) keyParts(inner []token) []KeyPart {
	var parts []KeyPart
	for _, tokens := range list(inner) {
		parts = append(parts, s.keyPart(tokens))
	}
	return parts
}

// keyPart reads c, c(10) or (expression), each with an order. Anything else becomes an expression as written.
func (s *source) keyPart(tokens []token) KeyPart {
	c := cursor{tokens: tokens}
	part := KeyPart{}
	expression, isExpression := c.parens()
	if isExpression {
		part.Expression = s.written(expression)
	} else if column, ok := c.name(); ok {
		part.Column = column
		if length, ok := c.parens(); ok && len(length) == 1 && length[0].kind == number {
			part.Prefix = prefix(length[0].raw)
		}
	}
	part.Descending = c.words("DESC")
	if !part.Descending {
		c.words("ASC")
	}
	if !c.done() || part.Column == "" && !isExpression {
		return KeyPart{Expression: s.written(tokens)}
	}
	return part
}

func prefix(digits string) int64 {
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// inlineKeys finds the keys in a column's definition: what follows the column's name. Only words outside parentheses count, and none of
// them can be a name there, because servers reserve them.
func inlineKeys(column ident.Name, definition []token) []UniqueKey {
	unique, primary := false, false
	c := cursor{tokens: definition}
	unique = c.words("SERIAL") // BIGINT UNSIGNED NOT NULL AUTO_INCREMENT UNIQUE
	for !c.done() {
		switch {
		case c.peek().is("("):
			if _, ok := c.parens(); !ok {
				return nil
			}
		case c.words("UNIQUE"):
			c.words("KEY")
			unique = true
		case c.words("SERIAL", "DEFAULT", "VALUE"):
			unique = true
		case c.words("PRIMARY"), c.words("KEY"):
			primary = true
		default:
			c.i++
		}
	}
	var keys []UniqueKey
	parts := []KeyPart{{Column: column}}
	if primary {
		keys = append(keys, UniqueKey{Name: primaryName, Primary: true, Inline: true, Parts: parts})
	}
	if unique {
		keys = append(keys, UniqueKey{Inline: true, Parts: parts})
	}
	return keys
}

// dataTypes are the words with which a column's type begins.
var dataTypes = map[string]bool{
	"BIGINT": true, "BINARY": true, "BIT": true, "BLOB": true, "BOOL": true, "BOOLEAN": true, "CHAR": true, "CHARACTER": true,
	"DATE": true, "DATETIME": true, "DEC": true, "DECIMAL": true, "DOUBLE": true, "ENUM": true, "FIXED": true, "FLOAT": true,
	"GEOMETRY": true, "INET4": true, "INET6": true, "INT": true, "INTEGER": true, "JSON": true, "LINESTRING": true, "LONG": true,
	"LONGBLOB": true, "LONGTEXT": true, "MEDIUMBLOB": true, "MEDIUMINT": true, "MEDIUMTEXT": true, "NATIONAL": true, "NCHAR": true,
	"NUMERIC": true, "NVARCHAR": true, "POINT": true, "POLYGON": true, "REAL": true, "SERIAL": true, "SET": true, "SMALLINT": true,
	"TEXT": true, "TIME": true, "TIMESTAMP": true, "TINYBLOB": true, "TINYINT": true, "TINYTEXT": true, "UUID": true,
	"VARBINARY": true, "VARCHAR": true, "VECTOR": true, "YEAR": true,
}
