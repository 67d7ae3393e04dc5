package exact

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"oscar/osc/schema"
)

// column is a column of which the comparison asks what its type says.
type column struct{ schema.Column }

// list is the members of an ENUM or SET. It is nil when they are not known for certain: servers tell of a question mark for each character that
// utf8mb3 lacks, in SHOW CREATE TABLE too.
func (c column) list() []string {
	if strings.Contains(c.Type, "?") {
		return nil
	}
	return quoted.FindAllString(c.Type, -1)
}

var quoted = regexp.MustCompile(`'(?:[^'\\]|''|\\.)*'`)

// members compares ENUMs and SETs. A SET is the same whatever the order of its members is, so with another order each member is compared by
// itself, at its place in either list.
func members(from, to column) (Form, bool) {
	old, now := from.list(), to.list()
	n := min(len(old), len(now))
	sets := from.DataType == "set" && to.DataType == "set"
	binary := from.Charset == "binary" && to.Charset == "binary"
	switch {
	case !binary && (from.Charset == "binary" || to.Charset == "binary"):
		return Form{}, false
	case n > 0 && from.DataType == to.DataType && slices.Equal(old[:n], now[:n]): // members that were added at the end, or none
		return both(asOrdinal), true
	case n > 0 && sets:
		all := slices.Clone(old)
		for _, m := range now {
			if !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
		return Form{Original: bits(all, old), Altered: bits(all, now)}, true
	case sets && from.Type != to.Type:
		return Form{}, false
	case binary:
		return free(asBytes), true
	default:
		return free(asChars), true
	}
}

// bits writes 1 or 0 for each of these members of a SET.
func bits(members, list []string) string {
	terms := make([]string, len(members))
	for i, m := range members {
		terms[i] = "0"
		if at := slices.Index(list, m); at >= 0 {
			terms[i] = "%s >> " + strconv.Itoa(at) + " & 1"
		}
	}
	return "IF(%s IS NULL, NULL, CONCAT(" + strings.Join(terms, ", ") + "))"
}

// plainNumber is the number without zeros that its own type adds and the other may not.
func plainNumber(c, other column) string {
	how := asPrinted
	switch {
	case c.DataType == "bit":
		how = asInteger
	case c.Type == other.Type:
		return asPrinted
	case strings.Contains(c.Type, "zerofill"), c.DataType == "year":
		how = asInteger
	}
	if c.places() > 0 && c.places() != other.places() {
		how = "TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM " + how + "))"
	}
	return how
}

// moments writes dates in the same length. It does not cast: a date of zeros may be NULL then.
func moments(from, to column) Form {
	return Form{Original: wholeMoment(from), Altered: wholeMoment(to)}
}

func wholeMoment(c column) string {
	const places = 6
	switch n := c.digits(); {
	case c.DataType == "date":
		return "CONCAT(%s, ' 00:00:00.000000')"
	case n == 0:
		return "CONCAT(%s, '.000000')"
	case n < places:
		return fmt.Sprintf("CONCAT(%%s, '%s')", strings.Repeat("0", places-n))
	default:
		return asPrinted
	}
}

var numbers = regexp.MustCompile(`^[a-z]+\(([0-9]+)(?:,([0-9]+))?\)`)

// digits is the first number of the type: of a DECIMAL all its digits, of a DATETIME those of its seconds.
func (c column) digits() int { return c.number(1) }

// places is the second number of the type.
func (c column) places() int { return c.number(2) }

// fitsNumber reports whether asNumber holds all digits before the point.
func (c column) fitsNumber() bool {
	const most = 65 - 30
	return c.DataType != "decimal" || c.digits()-c.places() <= most
}

func (c column) number(i int) int {
	m := numbers.FindStringSubmatch(c.Type)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[i])
	return n
}
