// Package chunker cuts a table's key into ranges and sizes the next one.
//
// It compares no key values: where a range ends is asked of the server, in the server's own order, and the answer goes back to it as a
// literal that stands for exactly that value (see Form). It talks to no server itself.
package chunker

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// Form is how the values of a key column travel to the client and back without changing.
type Form int

// The forms.
const (
	Number   Form = iota // integers, DECIMAL, YEAR: as the digits that the server prints, which are exact
	Real                 // FLOAT and DOUBLE: as the DOUBLE with all its digits; the text of a FLOAT itself is rounded to six
	Text                 // character strings: hex of the bytes in the column's own character set, whatever the session's is
	Bytes                // binary strings: hex
	Ordinal              // ENUM, SET, BIT: as the number that the server orders them by
	Temporal             // DATE, TIME, DATETIME, TIMESTAMP: quoted text
	Quoted               // UUID, INET4, INET6 (MariaDB): quoted text
)

func (f Form) String() string {
	switch f {
	case Number:
		return "number"
	case Real:
		return "real"
	case Text:
		return "text"
	case Bytes:
		return "bytes"
	case Ordinal:
		return "ordinal"
	case Temporal:
		return "temporal"
	case Quoted:
		return "quoted"
	default:
		return fmt.Sprintf("form %d", int(f))
	}
}

// Column is a column of a chunk key.
type Column struct {
	Name    ident.Name
	Form    Form
	Charset string // of a Text column
	Members int64  // of an ENUM column, and of a SET of few members: how many values it may have besides ''
}

// Key is an index whose order the copy follows. Its columns hold no NULL. It need not be unique: rows with equal keys share a range.
type Key struct {
	Index   ident.Name
	Unique  bool
	Columns []Column
}

// Has reports whether a column is part of the key.
func (k Key) Has(name ident.Name) bool {
	return slices.ContainsFunc(k.Columns, func(c Column) bool { return c.Name.Is(name) })
}

// Value is a literal that stands for one value of a key column. Only Column.Literal makes one, so that it is safe in SQL text.
type Value struct{ sql string }

// SQL is the literal.
func (v Value) SQL() string { return v.sql }

// Point is a place in the key's order: one value for each column of the key.
type Point []Value

// SQL is the point's values, for messages: (1, 'a').
func (p Point) SQL() string {
	parts := make([]string, len(p))
	for i, v := range p {
		parts[i] = v.sql
	}
	return strings.Join(parts, ", ")
}

var forms = map[string]Form{
	"tinyint": Number, "smallint": Number, "mediumint": Number, "int": Number, "integer": Number, "bigint": Number,
	"decimal": Number, "numeric": Number, "year": Number,
	"float": Real, "double": Real, "real": Real,
	"char": Text, "varchar": Text, "tinytext": Text, "text": Text, "mediumtext": Text, "longtext": Text,
	"binary": Bytes, "varbinary": Bytes, "tinyblob": Bytes, "blob": Bytes, "mediumblob": Bytes, "longblob": Bytes,
	"enum": Ordinal, "set": Ordinal, "bit": Ordinal,
	"date": Temporal, "time": Temporal, "datetime": Temporal, "timestamp": Temporal,
	"uuid": Quoted, "inet4": Quoted, "inet6": Quoted,
}

// NewColumn tells how a column's values travel; false for a type that oscar cannot walk.
func NewColumn(c schema.Column) (Column, bool) {
	form, ok := forms[c.DataType]
	if form == Text && c.Charset == "" {
		form = Bytes
	}
	column := Column{Name: c.Name, Form: form, Charset: c.Charset}
	switch n := members(c.Type); {
	case c.DataType == "enum":
		column.Members = n
	case c.DataType == "set" && n <= fewMembers:
		column.Members = 1<<n - 1
	}
	return column, ok
}

// fewMembers is how many members a SET may have so that all its values can be listed. Of a SET with more each statement reads the index from its
// start.
const fewMembers = 10

// members counts the quoted strings of an ENUM's column_type; a quote inside one is doubled.
func members(columnType string) int64 {
	var n int64
	inside := false
	for i := 0; i < len(columnType); i++ {
		if columnType[i] != '\'' {
			continue
		}
		if inside && i+1 < len(columnType) && columnType[i+1] == '\'' {
			i++
			continue
		}
		if inside = !inside; inside {
			n++
		}
	}
	return n
}

var (
	number   = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
	real     = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?$`)
	hex      = regexp.MustCompile(`^([0-9A-Fa-f]{2})*$`)
	temporal = regexp.MustCompile(`^-?[0-9][-0-9:. ]*$`)
	quoted   = regexp.MustCompile(`^[0-9A-Fa-f:.-]+$`)
	charset  = regexp.MustCompile(`^[A-Za-z0-9]+$`)
)

// Literal turns what the server printed for the column (see Fetch) into the literal for the same value. Text that the server cannot have
// printed is an error.
func (c Column) Literal(printed string) (Value, error) {
	bad := fmt.Errorf("the server printed %q for key column %s, which is no %s value", printed, c.Name.SQL(), c.Form)
	switch c.Form {
	case Number, Ordinal:
		if !number.MatchString(printed) {
			return Value{}, bad
		}
		return Value{printed}, nil
	case Real:
		if !real.MatchString(printed) {
			return Value{}, bad
		}
		if !strings.Contains(printed, "e") {
			printed += "e0" // without an exponent the literal would be a DECIMAL
		}
		return Value{printed}, nil
	case Text:
		if !hex.MatchString(printed) || !charset.MatchString(c.Charset) {
			return Value{}, bad
		}
		return Value{"_" + c.Charset + " X'" + printed + "'"}, nil
	case Bytes:
		if !hex.MatchString(printed) {
			return Value{}, bad
		}
		return Value{"X'" + printed + "'"}, nil
	case Temporal:
		if !temporal.MatchString(printed) {
			return Value{}, bad
		}
		return Value{"'" + printed + "'"}, nil
	case Quoted:
		if !quoted.MatchString(printed) {
			return Value{}, bad
		}
		return Value{"'" + printed + "'"}, nil
	default:
		return Value{}, bad
	}
}

// Point turns one printed row of key columns into a point.
func (k Key) Point(printed []*string) (Point, error) {
	if len(printed) != len(k.Columns) {
		return nil, fmt.Errorf("the server sent %d values for the %d columns of key %s", len(printed), len(k.Columns), k.Index.SQL())
	}
	p := make(Point, len(printed))
	for i, text := range printed {
		if text == nil {
			return nil, fmt.Errorf("key column %s holds NULL", k.Columns[i].Name.SQL())
		}
		v, err := k.Columns[i].Literal(*text)
		if err != nil {
			return nil, err
		}
		p[i] = v
	}
	return p, nil
}
