package preflight

import (
	"slices"
	"strings"

	"oscar/osc/ident"
)

// partitioning is how a table spreads its rows, as its SHOW CREATE TABLE says. The views of information_schema do not say enough: they print a
// limit beyond the signed numbers as a negative one, and a DEFAULT partition as a list of 0.
type partitioning struct {
	method string       // RANGE, LIST, RANGE COLUMNS, LIST COLUMNS, HASH, KEY, SYSTEM_TIME; empty for a table without partitions
	over   []sqlToken   // the expression, or the columns with commas
	values [][]sqlToken // of each partition: what stands in the parentheses; nil where there is none
	open   bool         // a partition takes every row that no other one takes: MAXVALUE or DEFAULT
}

// sqlToken is a word, a quoted text, or one other character of SHOW CREATE TABLE. Space makes no token.
type sqlToken struct {
	text   string
	spaced bool // space stands before it
}

func (t sqlToken) is(word string) bool { return strings.EqualFold(t.text, word) }
func (t sqlToken) quoted() bool        { return t.text[0] == '`' }
func (t sqlToken) word() bool          { return isWordByte(t.text[0]) }

// name is the column that a token speaks of when it is a name at all.
func (t sqlToken) name() ident.Name {
	if !t.quoted() || len(t.text) < 2 {
		return ident.Name(t.text)
	}
	return ident.Name(strings.ReplaceAll(t.text[1:len(t.text)-1], "``", "`"))
}

func isWordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

// tokens cuts a SHOW CREATE TABLE that was read in an empty sql_mode.
func tokens(text string) []sqlToken {
	var out []sqlToken
	spaced := false
	for i := 0; i < len(text); {
		from := i
		switch c := text[i]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
			spaced = true
			continue
		case c == '`' || c == '\'' || c == '"':
			i = pastQuote(text, i)
		case isWordByte(c):
			for i < len(text) && isWordByte(text[i]) {
				i++
			}
		default:
			i++
		}
		out = append(out, sqlToken{text[from:i], spaced})
		spaced = false
	}
	return out
}

// pastQuote is the place behind the quoted text at i.
func pastQuote(text string, i int) int {
	quote := text[i]
	for i++; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote != '`':
			i++
		case text[i] == quote && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

// group is what stands between the parenthesis at the place i and its partner, whose place is end.
func group(list []sqlToken, i int) (inner []sqlToken, end int) {
	if i >= len(list) || !list[i].is("(") {
		return nil, i
	}
	depth := 0
	for j := i; j < len(list); j++ {
		switch {
		case list[j].is("("):
			depth++
		case list[j].is(")"):
			depth--
		}
		if depth == 0 {
			return list[i+1 : j], j
		}
	}
	return list[i+1:], len(list)
}

// partitioningOf reads the partitions of a SHOW CREATE TABLE.
func partitioningOf(create string) partitioning {
	list := tokens(create)
	at := clauseBy(list, "PARTITION")
	if at < 0 {
		return partitioning{}
	}
	var p partitioning
	for ; at < len(list) && !list[at].is("("); at++ {
		if list[at].is("RANGE") || list[at].is("LIST") || list[at].is("HASH") || list[at].is("KEY") || list[at].is("SYSTEM_TIME") {
			p.method = strings.ToUpper(list[at].text)
		}
		if list[at].is("COLUMNS") {
			p.method += " COLUMNS"
		}
	}
	if at == len(list) {
		return p
	}
	p.over, at = group(list, at)
	for ; at+1 < len(list); at++ {
		if list[at].is("(") && list[at+1].is("PARTITION") {
			inner, _ := group(list, at)
			p.partitions(inner)
			break
		}
	}
	return p
}

// clauseBy is the place behind PARTITION BY outside all parentheses; -1 when there is none.
func clauseBy(list []sqlToken, word string) int {
	depth := 0
	for i, t := range list {
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case depth == 0 && t.is(word) && i+1 < len(list) && list[i+1].is("BY"):
			return i + 2
		}
	}
	return -1
}

// partitions reads the definitions, which are separated by commas.
func (p *partitioning) partitions(list []sqlToken) {
	for i := 0; i < len(list); i++ {
		switch t := list[i]; {
		case t.is("("): // subpartitions
			_, i = group(list, i)
		case !t.is("PARTITION") || i+2 >= len(list):
		case list[i+2].is("DEFAULT"):
			p.values, p.open = append(p.values, nil), true
			i += 2
		case list[i+2].is("VALUES"):
			for i += 3; i < len(list) && !list[i].is("(") && !list[i].is("MAXVALUE"); i++ {
			}
			if i == len(list) {
				return
			}
			if list[i].is("MAXVALUE") {
				p.values, p.open = append(p.values, nil), true
				continue
			}
			var inner []sqlToken
			inner, i = group(list, i)
			p.values = append(p.values, inner)
			p.open = p.open || p.method == "RANGE COLUMNS" && len(inner) > 0 && inner[0].is("MAXVALUE")
		}
	}
}

// elements cuts a list at its commas outside parentheses.
func elements(list []sqlToken) [][]sqlToken {
	var out [][]sqlToken
	depth, from := 0, 0
	for i, t := range list {
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case t.is(",") && depth == 0:
			out = append(out, list[from:i])
			from = i + 1
		}
	}
	return append(out, list[from:])
}

func isNull(value []sqlToken) bool { return len(value) == 1 && value[0].is("NULL") }

// written joins tokens again.
func written(list []sqlToken) string {
	var b strings.Builder
	for i, t := range list {
		if t.spaced && i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// equal reports whether two tables spread their rows alike. Options of partitions, and how values are split among them, do not count here:
// both take the same rows.
func (p partitioning) equal(o partitioning) bool {
	same := func(a, b []sqlToken) bool { return strings.EqualFold(written(a), written(b)) }
	return p.method == o.method && p.open == o.open && same(p.over, o.over) && slices.EqualFunc(p.values, o.values, func(a, b []sqlToken) bool { return written(a) == written(b) })
}

// legible reports whether every partition has its values, as many of them as there are columns.
func (p partitioning) legible(columns int) bool {
	for _, partition := range p.values {
		list := elements(partition)
		if p.method == "LIST COLUMNS" && columns > 1 {
			for _, row := range list {
				inner, _ := group(row, 0)
				if len(elements(inner)) != columns {
					return false
				}
			}
		} else if p.method == "RANGE COLUMNS" && len(list) != columns {
			return false
		}
		for _, v := range list {
			if len(v) == 0 {
				return false
			}
		}
	}
	return len(p.values) > 0 && columns > 0
}
