package exact

import (
	"regexp"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// Leave is what the operator gave up: values that the new definition changes and that need not be as they were. The zero Leave gives up nothing.
type Leave struct {
	Lossy         []ident.Name // columns of the new table
	NullToNotNull bool         // NULL may become the value that a column that is NOT NULL now has for it
}

// Any reports whether anything was given up.
func (l Leave) Any() bool { return len(l.Lossy) > 0 || l.NullToNotNull }

// Warnings that name a column do it at their end, as 'a' or, with schema and table, as `s`.`t`.`a`. What stands before may hold any value of a row, so
// only the last place counts.
var (
	lossOf   = regexp.MustCompile("(?s)^.* for column (?:'(.*)'|`(.*)`) at row [0-9]+$")
	nullInto = regexp.MustCompile(`(?s)^Column '(.*)' cannot be null$`)
)

const warnNull = 1048

// Covers reports whether a server's warning tells of a value that was given up, and of which column of the new table.
func (l Leave) Covers(code int, message string) (ident.Name, bool) {
	name := warned(code, message)
	return name, name != "" && (ident.Has(l.Lossy, name) || l.NullToNotNull && code == warnNull)
}

// warned is the column that a warning is about; empty when it names none.
func warned(code int, message string) ident.Name {
	shape := lossOf
	if code == warnNull {
		shape = nullInto
	}
	m := shape.FindStringSubmatch(message)
	switch {
	case m == nil:
		return ""
	case len(m) > 2 && m[2] != "": // schema, table and column
		return ident.Name(m[2][strings.LastIndex(m[2], "`.`")+len("`.`"):])
	default:
		return ident.Name(m[1])
	}
}

// Compare is how a column is compared that may have changed with leave: not at all, or as if NULL had been the value that the new column has for it.
func (l Leave) Compare(from, to schema.Column) (Form, bool) {
	f, ok := Compare(from, to)
	if !ok || ident.Has(l.Lossy, to.Name) {
		return Form{}, false
	}
	if l.NullToNotNull && from.Nullable && !to.Nullable {
		implicit, known := column{to}.implicit()
		if !known {
			return Form{}, false
		}
		f.Original = "IFNULL(" + f.Original + ", " + strings.ReplaceAll(f.Altered, "%s", implicit) + ")"
	}
	return f, true
}

// implicit is the value that a NOT NULL column takes for NULL where the server is not strict (MySQL manual, "Data Type Default Values").
func (c column) implicit() (string, bool) {
	second := "00:00:00"
	if n := c.digits(); n > 0 {
		second += "." + strings.Repeat("0", n)
	}
	switch familyOf(c.Column) {
	case integer:
		return "0", c.DataType != "year"
	case exact:
		return "CAST(0 AS " + strings.TrimSuffix(strings.TrimSuffix(c.Type, " zerofill"), " unsigned") + ")", !strings.Contains(c.Type, "zerofill")
	case float:
		return "0e0", true
	case text:
		return "''", true
	case bytes:
		if c.DataType == "binary" {
			return "X'" + strings.Repeat("00", int(c.MaxChars)) + "'", true
		}
		return "X''", true
	case date:
		if c.DataType == "date" {
			return "'0000-00-00'", true
		}
		return "'0000-00-00 " + second + "'", true
	case clock:
		return "'" + second + "'", true
	default:
		return "", false
	}
}
