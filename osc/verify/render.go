package verify

import (
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
	asPrinted = "%s"                                        // integers, DECIMAL, dates: what the server prints is the whole value
	asNumber  = "CAST(%s AS DECIMAL(65,30))"                // across number types, without rounding
	asInteger = "%s + 0"                                    // BIT, and ENUM or SET of one list
	asDouble  = "%s + 0e0"                                  // with all digits; the text of a FLOAT itself is rounded to six
	asBytes   = "CAST(%s AS BINARY)"                        // in the column's own character set
	asText    = "CAST(CONVERT(%s USING utf8mb4) AS BINARY)" // across character sets
	asChars   = "CAST(CAST(%s AS CHAR CHARACTER SET utf8mb4) AS BINARY)"
	asMoment  = "CAST(%s AS DATETIME(6))"                   // across date types, without rounding
	asUnix    = "CAST(UNIX_TIMESTAMP(%s) AS DECIMAL(20,6))" // the same in every time zone
	asTime    = "CAST(%s AS TIME(6))"
	asHex     = "HEX(%s)"
	asJSON    = "CAST(CAST(%s AS JSON) AS CHAR CHARACTER SET utf8mb4)"
)

// rendering is how a pair of columns is compared.
type rendering struct {
	original string
	altered  string
	free     bool // the text may hold any byte: its length goes before it
	long     bool // the text may be larger than a packet: its digest stands for it
}

// render finds how to compare a column with what the ALTER made of it; false where no comparison is exact.
func render(from, to schema.Column) (rendering, bool) {
	a, b := familyOf(from), familyOf(to)
	both := func(how string) rendering {
		return rendering{original: how, altered: how, long: long(from) || long(to)}
	}
	free := func(how string) rendering {
		r := both(how)
		r.free = true
		return r
	}
	if a == b {
		switch a {
		case integer:
			if from.DataType == "bit" || to.DataType == "bit" {
				return both(asInteger), true
			}
			return both(asPrinted), true
		case exact:
			return both(asNumber), true
		case float:
			return both(asDouble), true
		case text:
			if from.Charset == to.Charset {
				return free(asBytes), true
			}
			return free(asText), true
		case bytes:
			return free(asBytes), true
		case member:
			if from.Type == to.Type {
				return both(asInteger), true
			}
			return free(asChars), true
		case date:
			if from.Type == to.Type {
				return both(asPrinted), true
			}
			return both(asMoment), true
		case stamp:
			return both(asUnix), true
		case clock:
			return both(asTime), true
		case json:
			return free(asChars), true
		case opaque:
			return both(asHex), true
		case named:
			if from.DataType == to.DataType {
				return free(asChars), true
			}
		}
		return rendering{}, false
	}
	number := func(f family) bool { return f == integer || f == exact }
	moment := func(f family) bool { return f == date || f == stamp }
	string_ := func(f family) bool { return f == text || f == member }
	switch {
	case number(a) && number(b), a == float && number(b), a == text && number(b):
		return both(asNumber), true
	case number(a) && b == float:
		return both(asDouble), true
	case moment(a) && moment(b), a == text && moment(b):
		return both(asMoment), true
	case a == text && b == clock:
		return both(asTime), true
	case string_(a) && string_(b):
		return free(asChars), true
	case a == text && b == bytes, a == bytes && b == text:
		return free(asBytes), true
	case (number(a) || moment(a) || a == clock || a == json) && b == text && from.DataType != "bit":
		return free(asChars), true
	case a == text && b == json:
		r := free(asChars)
		r.original = asJSON
		return r, true
	default:
		return rendering{}, false
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
