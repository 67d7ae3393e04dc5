package copier

import (
	"regexp"
	"strings"

	"oscar/osc/conn"
	"oscar/osc/ident"
)

// Values that the operator gives up: see Copier.Lossy and Copier.NullToNotNull.

// Warnings that name a column do it at their end, as 'a' or, with schema and table, as `s`.`t`.`a`. What stands before may hold any value of a row, so
// only the last place counts.
var (
	lossOf   = regexp.MustCompile("(?s)^.* for column (?:'(.*)'|`(.*)`) at row [0-9]+$")
	nullInto = regexp.MustCompile(`(?s)^Column '(.*)' cannot be null$`)
)

const warnNull = 1048

// column is the column of the new table that a warning is about; empty when it names none.
func column(w conn.Warning) ident.Name {
	shape := lossOf
	if w.Code == warnNull {
		shape = nullInto
	}
	m := shape.FindStringSubmatch(w.Message)
	switch {
	case m == nil:
		return ""
	case len(m) > 2 && m[2] != "": // schema, table and column
		return ident.Name(m[2][strings.LastIndex(m[2], "`.`")+len("`.`"):])
	default:
		return ident.Name(m[1])
	}
}

// givenUp reports whether a warning tells of a value that the operator gave up, and counts it.
func (c *Copier) givenUp(w conn.Warning) bool {
	name := column(w)
	if name == "" || !ident.Has(c.Lossy, name) && !(c.NullToNotNull && w.Code == warnNull) {
		return false
	}
	if c.result.Changed == nil {
		c.result.Changed = map[ident.Name]int64{}
	}
	c.result.Changed[name]++
	return true
}

// warningsEach is how many warnings a row of a chunk may give without the server leaving some out.
func (c *Copier) warningsEach() int64 {
	if len(c.Lossy) == 0 && !c.NullToNotNull {
		return 1
	}
	return int64(1 + len(c.Plan.Pairs)) // the row is there already, and each column
}
