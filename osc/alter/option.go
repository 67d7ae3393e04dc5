package alter

// valued are table options that may stand without an equals sign. With one every word is taken for an option: engines have their own.
var valued = map[string]Kind{
	"ENGINE": Engine, "AUTO_INCREMENT": AutoIncrement, "ROW_FORMAT": RowFormat,
	"AUTOEXTEND_SIZE": TableOption, "AVG_ROW_LENGTH": TableOption, "CHECKSUM": TableOption, "COMMENT": TableOption,
	"COMPRESSION": TableOption, "CONNECTION": TableOption, "DELAY_KEY_WRITE": TableOption, "ENCRYPTED": TableOption,
	"ENCRYPTION": TableOption, "ENCRYPTION_KEY_ID": TableOption, "ENGINE_ATTRIBUTE": TableOption, "IETF_QUOTES": TableOption,
	"INSERT_METHOD": TableOption, "KEY_BLOCK_SIZE": TableOption, "MAX_ROWS": TableOption, "MIN_ROWS": TableOption,
	"PACK_KEYS": TableOption, "PAGE_CHECKSUM": TableOption, "PAGE_COMPRESSED": TableOption, "PAGE_COMPRESSION_LEVEL": TableOption,
	"PASSWORD": TableOption, "SECONDARY_ENGINE": TableOption, "SECONDARY_ENGINE_ATTRIBUTE": TableOption, "STATS_AUTO_RECALC": TableOption,
	"STATS_PERSISTENT": TableOption, "STATS_SAMPLE_PAGES": TableOption, "STORAGE": TableOption, "TABLESPACE": TableOption,
	"TABLE_CHECKSUM": TableOption, "TRANSACTIONAL": TableOption,
}

// options reads table options, which may follow each other without commas. ok is false unless every token belongs to an option.
func (s *source) options(tokens []token) (clauses []Clause, ok bool) {
	c := cursor{tokens: tokens}
	for !c.done() {
		from := c.i
		cl, ok := option(&c)
		if !ok {
			return nil, false
		}
		cl.Text = s.written(tokens[from:c.i])
		clauses = append(clauses, cl)
	}
	return clauses, true
}

func option(c *cursor) (Clause, bool) {
	switch {
	case c.words("WITH", "SYSTEM", "VERSIONING"):
		return Clause{Kind: SystemVersioning, Option: Option{Name: "ADD"}}, true
	case c.words("START", "TRANSACTION"):
		return Clause{Kind: TableOption, Option: Option{Name: "START TRANSACTION"}}, true
	case c.words("UNION"):
		c.mark("=")
		_, ok := c.parens()
		return Clause{Kind: TableOption, Option: Option{Name: "UNION"}}, ok
	case c.words("DATA", "DIRECTORY"):
		return withValue(c, TableOption, "DATA DIRECTORY")
	case c.words("INDEX", "DIRECTORY"):
		return withValue(c, TableOption, "INDEX DIRECTORY")
	}
	if cl, ok := charset(c); ok {
		return cl, true
	}
	t := c.peek()
	known, ok := valued[t.value]
	ok = ok && t.kind == word
	switch {
	case ok:
		c.i++
		return withValue(c, known, t.value)
	case t.isWord("ALGORITHM"), t.isWord("LOCK"), t.isWord("RENAME"), !c.peekAt(1).is("="):
		return Clause{}, false
	}
	if _, ok := c.name(); !ok {
		return Clause{}, false
	}
	return withValue(c, TableOption, upper(t.value))
}

// withValue reads the value behind an option's name.
func withValue(c *cursor, kind Kind, name string) (Clause, bool) {
	cl := Clause{Kind: kind, Option: Option{Name: name}}
	before := c.i
	cl.Option.Value = c.value()
	return cl, c.i > before && (cl.Option.Value != "" || c.tokens[c.i-1].kind == literal)
}

// charset reads [DEFAULT] CHARACTER SET and [DEFAULT] COLLATE.
func charset(c *cursor) (Clause, bool) {
	from := c.i
	c.words("DEFAULT")
	option := ""
	switch {
	case c.charsetWords():
		option = "CHARACTER SET"
	case c.words("COLLATE"):
		option = "COLLATE"
	default:
		c.i = from
		return Clause{}, false
	}
	cl, ok := withValue(c, DefaultCharset, option)
	if !ok {
		c.i = from
	}
	return cl, ok
}

func (c *cursor) charsetWords() bool {
	return c.words("CHARACTER", "SET") || c.words("CHAR", "SET") || c.words("CHARSET")
}

// convert reads what follows CONVERT TO.
func convert(c *cursor) (Clause, bool) {
	cl := Clause{Kind: ConvertCharset, Option: Option{Name: "CHARACTER SET"}}
	if !c.charsetWords() {
		return cl, false
	}
	if cl.Option.Value = c.value(); cl.Option.Value == "" {
		return cl, false
	}
	if c.words("COLLATE") && c.value() == "" {
		return cl, false
	}
	return cl, c.done()
}

// value consumes an option's value with its equals sign: a word, name, string or number. It is empty when there is none.
func (c *cursor) value() string {
	c.mark("=")
	t := c.peek()
	if t.kind == 0 || t.kind == punct || t.kind == word && reserved[t.value] && t.value != "DEFAULT" {
		return ""
	}
	c.i++
	if t.kind == word {
		return t.raw
	}
	return t.value
}
