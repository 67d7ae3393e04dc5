// Package exact writes SQL that tells whether a value is still the same after the ALTER gave its column another type. It knows types, and talks to
// no server.
package exact

import (
	"fmt"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// family is a group of types whose values are compared in the same way.
type family int

const (
	other family = iota
	integer
	exact // DECIMAL
	float
	text
	bytes
	member // ENUM, SET
	date   // DATE, DATETIME
	stamp  // TIMESTAMP
	clock  // TIME
	json
	opaque // geometry, vectors: bytes that nothing else converts to
	named  // UUID, INET4, INET6
)

var families = map[string]family{
	"tinyint": integer, "smallint": integer, "mediumint": integer, "int": integer, "bigint": integer, "year": integer, "bit": integer,
	"decimal": exact, "numeric": exact, "float": float, "double": float, "real": float,
	"char": text, "varchar": text, "tinytext": text, "text": text, "mediumtext": text, "longtext": text,
	"binary": bytes, "varbinary": bytes, "tinyblob": bytes, "blob": bytes, "mediumblob": bytes, "longblob": bytes,
	"enum": member, "set": member, "date": date, "datetime": date, "timestamp": stamp, "time": clock, "json": json,
	"geometry": opaque, "point": opaque, "linestring": opaque, "polygon": opaque, "multipoint": opaque, "multilinestring": opaque,
	"multipolygon": opaque, "geometrycollection": opaque, "geomcollection": opaque, "vector": opaque,
	"uuid": named, "inet4": named, "inet6": named,
}

func familyOf(c schema.Column) family {
	f := families[c.DataType]
	if f == text && c.Charset == "" {
		return bytes
	}
	return f
}

// How a value is rendered. Each gives the same bytes for the same value whatever the column's exact type is, so that a value that the new type
// rounded, cut or padded differs from the original.
const (
	asPrinted = "%s"                                        // what the server prints is the whole value
	asNumber  = "CAST(%s AS DECIMAL(65,30))"                // across number types, without rounding
	asInteger = "%s + 0"                                    // BIT and YEAR, and without the zeros of ZEROFILL
	asOrdinal = "CAST(%s AS UNSIGNED)"                      // ENUM and SET; + 0 would be a DOUBLE of 53 bits on MySQL
	asDouble  = "%s + 0e0"                                  // with all digits; the text of a FLOAT itself is rounded to six
	asBytes   = "CAST(%s AS BINARY)"                        // in the column's own character set
	asText    = "CAST(CONVERT(%s USING utf8mb4) AS BINARY)" // across character sets
	asChars   = "CAST(CAST(%s AS CHAR CHARACTER SET utf8mb4) AS BINARY)"
	asMoment  = "CAST(%s AS DATETIME(6))"                   // of text
	asUnix    = "CAST(UNIX_TIMESTAMP(%s) AS DECIMAL(20,6))" // the same in every time zone
	asTime    = "CAST(%s AS TIME(6))"
	asHex     = "HEX(%s)"
	asJSON    = "CAST(CAST(%s AS JSON) AS CHAR CHARACTER SET utf8mb4)"

	// A text with a date before the time would lose it in the cast as it does in the column.
	asTimeOfText = "IF(LOCATE('-', %s, 2) > 0, CAST(%s AS BINARY), CAST(%s AS TIME(6)))"

	// An integer in two halves, and a floating point number in the same: no cast between the two is exact for all 64 bits on all servers,
	// while these operations are.
	asHalves       = "CONCAT(%s DIV 4294967296, '/', %s MOD 4294967296)"
	asDoubleHalves = "CONCAT(TRUNCATE(%s / 4294967296e0, 0) + 0e0, '/', MOD(%s, 4294967296e0) + 0e0)"
)

// Form is how a pair of columns is compared: by expressions in which %s stands for the column. They give equal texts for equal values, and for those alone;
// NULL gives NULL.
type Form struct {
	Original string
	Altered  string
	Free     bool // the text may hold any byte: its length goes before it
	Long     bool // the text may be larger than a packet: its digest stands for it
}

// Compare finds how to compare a column with what the ALTER made of it; false where no comparison is exact.
func Compare(before, after schema.Column) (Form, bool) {
	from, to := column{before}, column{after}
	a, b := familyOf(from.Column), familyOf(to.Column)
	var r Form
	ok := true
	switch {
	case a == integer && b == integer, a == exact && b == exact:
		r = Form{Original: plainNumber(from, to), Altered: plainNumber(to, from)}
	case a == member && b == member:
		r, ok = members(from, to)
	case a == b:
		r, ok = alike(a, from, to)
	default:
		r, ok = across(a, b, from, to)
	}
	r.Long = long(from.Column) || long(to.Column)
	return r, ok
}

func both(how string) Form { return Form{Original: how, Altered: how} }

func free(how string) Form { return Form{Original: how, Altered: how, Free: true} }

// alike renders columns of one family.
func alike(f family, from, to column) (Form, bool) {
	switch f {
	case float:
		return both(asDouble), true
	case text:
		if from.Charset == to.Charset {
			return free(asBytes), true
		}
		return free(asText), true
	case bytes:
		if r := free(asBytes); from.DataType == "binary" && to.DataType == "binary" && from.MaxChars < to.MaxChars {
			r.Original = fmt.Sprintf("RPAD(%s, %d, X'00')", asBytes, to.MaxChars) // a BINARY is by definition as long as it is declared
			return r, true
		}
		return free(asBytes), true
	case date:
		if from.Type == to.Type {
			return both(asPrinted), true
		}
		return moments(from, to), true
	case stamp:
		return both(asUnix), true
	case clock:
		return both(asTime), true
	case json:
		return free(asChars), true
	case opaque:
		return both(asHex), true
	case named:
		return free(asChars), from.DataType == to.DataType
	default:
		return Form{}, false
	}
}

// long types may hold values that no packet holds beside others.
func long(c schema.Column) bool {
	switch c.DataType {
	case "text", "mediumtext", "longtext", "blob", "mediumblob", "longblob", "json":
		return true
	default:
		return familyOf(c) == opaque
	}
}

// SameOrder reports whether the two columns hold the same values in the same order.
func SameOrder(from, to schema.Column) bool {
	return from.Type == to.Type && from.Collation == to.Collation ||
		familyOf(from) == integer && familyOf(to) == integer && from.DataType != "bit" && to.DataType != "bit" ||
		familyOf(from) == text && familyOf(to) == text && from.Collation == to.Collation
}

// Parts are what a column adds to the text of a row: NULL differs from every value, and no value can pass for two. how is Original or Altered.
func (f Form) Parts(how string, name ident.Name) []string {
	value := strings.ReplaceAll(how, "%s", name.SQL())
	switch {
	case f.Long:
		return []string{"IFNULL(SHA2(" + value + ",256),'N')"}
	case f.Free:
		return []string{"IFNULL(LENGTH(" + value + "),'N')", "IFNULL(" + value + ",'')"}
	default:
		return []string{"IFNULL(" + value + ",'N')"}
	}
}

// Digest is a digest of the parts of a row.
func Digest(parts []string) string {
	return "SHA2(CONCAT_WS('#'," + strings.Join(parts, ",") + "),256)"
}
