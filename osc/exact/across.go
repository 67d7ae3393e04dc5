package exact

import (
	"fmt"
	"strings"
)

// Renderings of the number that a value of another type is to the server.
const (
	asNumberOfBit    = "CAST(%s + 0 AS DECIMAL(65,30))"
	asNumberOfMember = "CAST(CAST(%s AS UNSIGNED) AS DECIMAL(65,30))"
	asDoubleOfMember = "CAST(%s AS UNSIGNED) + 0e0"
	asDoubleOfBit    = "(%s + 0) + 0e0"
)

// asDecimal is the number that the server makes of the value where a number is wanted: of a date its digits, of an ENUM or SET its ordinal.
func (c column) asDecimal() string {
	switch {
	case c.DataType == "bit":
		return asNumberOfBit
	case familyOf(c.Column) == member:
		return asNumberOfMember
	default:
		return asNumber
	}
}

// asFloat is the same where a floating point number is wanted.
func (c column) asFloat() string {
	switch {
	case c.DataType == "bit":
		return asDoubleOfBit
	case familyOf(c.Column) == member:
		return asDoubleOfMember
	default:
		return asDouble
	}
}

// across renders columns of two families. Across kinds of numbers, the new value must give the original's back.
func across(a, b family, from, to column) (Form, bool) {
	bit := from.DataType == "bit" || to.DataType == "bit"
	padded := to.DataType == "binary" // a BINARY is filled up with zeros, which is another value
	switch {
	case bit && (letters(a) || letters(b)) && a != member && b != member, bit && (a == bytes || b == bytes):
		return Form{}, false // VARCHAR gets digits, TEXT the bytes
	case a == float || b == float:
		return floats(a, b, from, to)
	case (number(a) || a == member) && number(b), number(a) && b == member, (calendar(a) || a == clock) && number(b), number(a) && b == clock && !bit && from.DataType != "year":
		return Form{Original: from.asDecimal(), Altered: to.asDecimal()}, true
	case (a == text || a == bytes) && number(b):
		return both(asNumber), to.fitsNumber()
	case calendar(a) && calendar(b):
		return moments(from, to), true
	case (a == text || a == bytes) && calendar(b):
		return both(asMoment), true
	case (a == text || a == bytes) && b == clock:
		return Form{Original: asTimeOfText, Altered: asTime}, true
	case letters(a) && letters(b):
		return free(asChars), true
	case a == text && b == bytes, a == bytes && (b == text || b == member && from.DataType != "binary"), a == member && b == bytes && !padded:
		return free(asBytes), true
	case number(a) && (b == text || b == bytes && !padded) && strings.Contains(from.Type, "zerofill"): // servers write its zeros into TEXT and not into VARCHAR
		return both(asNumber), from.fitsNumber()
	case (number(a) || calendar(a) || a == clock || a == json || a == named) && b == text:
		return free(asChars), true
	case (number(a) || calendar(a) || a == clock || a == json) && b == bytes && !padded:
		r := free(asBytes)
		r.Original = asChars
		return r, true
	case a == text && b == json:
		r := free(asChars)
		r.Original = asJSON
		return r, true
	case (a == text || a == bytes) && b == named: // as a native ALTER reads it: with or without dashes, in any case, or the bytes themselves
		r := free(asChars)
		r.Original = asNamed(to)
		return r, true
	case a == named && b == bytes:
		r := free(asChars)
		r.Altered = asNamed(from)
		return r, true
	default:
		return Form{}, false
	}
}

// asNamed casts to a type that MariaDB knows by name.
func asNamed(c column) string {
	return strings.ReplaceAll(asChars, "%s", "CAST(%s AS "+strings.ToUpper(c.DataType)+")")
}

// floats renders columns of which one is a FLOAT or DOUBLE.
func floats(a, b family, from, to column) (Form, bool) {
	switch {
	case a == integer && b == float && from.DataType == "bit":
		return Form{Original: strings.ReplaceAll(asHalves, "%s", "(%s + 0)"), Altered: asDoubleHalves}, true
	case a == integer && b == float:
		return Form{Original: asHalves, Altered: asDoubleHalves}, true
	case a == exact && b == float:
		back := fmt.Sprintf("CAST(%%s AS DECIMAL(%d,%d))", from.digits(), from.places())
		return Form{Original: back, Altered: back}, true
	case (a == member || calendar(a) || a == clock) && b == float, a == float && (b == integer || b == member):
		return Form{Original: from.asFloat(), Altered: to.asFloat()}, true
	case a == float && b == exact:
		return both(asDouble), from.DataType == "double" // no server has a cast that finds the FLOAT nearest to 1.1 again
	case a == float && (b == text || b == bytes && to.DataType != "binary"):
		return both(asDouble), from.DataType == "double" // of a FLOAT the text has six digits on one server and more on another
	case (a == text || a == bytes) && b == float:
		return both(asDouble), to.DataType == "double"
	default:
		return Form{}, false
	}
}

func number(f family) bool { return f == integer || f == exact }

func calendar(f family) bool { return f == date || f == stamp }

func letters(f family) bool { return f == text || f == member }
