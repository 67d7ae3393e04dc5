// Package alter reads the text of --alter: what stands after ALTER TABLE t on MySQL 5.7 to 9 and MariaDB 10 to 11. It splits the text into
// clauses and says what each of them means for the data: renames, new uniqueness, dropped keys, a renamed table.
//
// It does not check that a server accepts the text, and it knows nothing of the table. A clause it is not sure of is Unknown; a text the
// lexer cannot read as the server would is an error. The caller compares what it learns here with the altered table.
package alter

import (
	"slices"

	"oscar/osc/ident"
)

// Flavor is the family of the server that will read the text. It decides which executable comments are code.
type Flavor int

// The families. With UnknownFlavor every executable comment is code, and those only one family runs are flagged as conditional.
const (
	UnknownFlavor Flavor = iota
	MySQL
	MariaDB
)

func (f Flavor) String() string {
	switch f {
	case MySQL:
		return "MySQL"
	case MariaDB:
		return "MariaDB"
	default:
		return "unknown server"
	}
}

// Mode is how the server's session reads quotes and comments. It must be that of the session which runs the ALTER.
type Mode struct {
	AnsiQuotes         bool // sql_mode has ANSI_QUOTES: double quotes are for names
	NoBackslashEscapes bool // sql_mode has NO_BACKSLASH_ESCAPES: a backslash in a string is a plain character
	Flavor             Flavor
}

// Text is an ALTER that was read. It does not change. The zero value has no clauses.
type Text struct {
	original string
	body     string
	clauses  []Clause
}

// Parse reads the text. An error names the place and the fault; it does not quote the text, which may hold a password.
// No error does not mean that a server accepts the text.
func Parse(text string, mode Mode) (Text, error) {
	src, err := lex(text, mode)
	if err != nil {
		return Text{}, err
	}
	pieces, err := src.split()
	if err != nil {
		return Text{}, err
	}
	t := Text{original: text, body: src.body()}
	for _, p := range pieces {
		t.clauses = append(t.clauses, src.clauses(p)...)
	}
	return t, nil
}

// String is the text as it was given.
func (t Text) String() string { return t.original }

// Body is the text without a closing semicolon and without space and comments at its end, so that more SQL can follow it.
func (t Text) Body() string { return t.body }

// Clauses are the changes in the order of the text. Each element of ADD (a INT, b INT) is a clause of its own, and so is each of several
// table options without commas between them and a PARTITION BY behind other clauses. To build an ALTER from clauses put commas
// between them, but none before PARTITION BY and REMOVE PARTITIONING.
func (t Text) Clauses() []Clause { return slices.Clone(t.clauses) }

// Has reports whether one of the clauses is of the kind.
func (t Text) Has(kind Kind) bool {
	return slices.ContainsFunc(t.clauses, func(c Clause) bool { return c.Kind == kind })
}

// Conditional is the first clause that some servers would run and others would not, because of an executable comment.
func (t Text) Conditional() (Clause, bool) {
	return t.first(func(c Clause) bool { return c.Conditional })
}

// RenamesTable is the clause that gives the table another name. RENAME COLUMN, INDEX and KEY are not that.
func (t Text) RenamesTable() (Clause, bool) {
	return t.first(func(c Clause) bool { return c.Kind == RenameTable })
}

// DropsPrimary reports whether a clause drops the primary key by name, in any of the ways servers offer. A primary key that goes because
// its columns are dropped is not seen here.
func (t Text) DropsPrimary() bool {
	_, ok := t.first(func(c Clause) bool {
		return c.Kind == DropKey && c.KeyKind == Primary || c.Kind == DropConstraint && c.Constraint.Is(primaryName)
	})
	return ok
}

// AddsUnique are the unique and primary keys the text adds, those of column definitions included. Key parts carry the names that columns
// have after the ALTER, which is how servers read them. Of a INT UNIQUE PRIMARY KEY both keys are given; MariaDB makes only the second.
func (t Text) AddsUnique() []UniqueKey {
	var keys []UniqueKey
	for _, c := range t.clauses {
		for _, k := range c.uniques {
			k.Parts = slices.Clone(k.Parts)
			k.Conditional = c.Conditional
			keys = append(keys, k)
		}
	}
	return keys
}

// Renames are the renamed columns: the name in the original table and the name after the ALTER. Every clause speaks of the original
// table's columns, as servers have it, so CHANGE a b .., CHANGE b a .. swaps the two.
func (t Text) Renames() []Rename {
	var renames []Rename
	for _, c := range t.clauses {
		if c.Kind != Change && c.Kind != RenameColumn || c.Column == c.NewColumn {
			continue
		}
		renames = append(renames, Rename{
			From: c.Column, To: c.NewColumn,
			CaseOnly: c.Column.Is(c.NewColumn), IfExists: c.IfExists, Conditional: c.Conditional,
		})
	}
	return renames
}

func (t Text) first(is func(Clause) bool) (Clause, bool) {
	i := slices.IndexFunc(t.clauses, is)
	if i < 0 {
		return Clause{}, false
	}
	return t.clauses[i], true
}

// Rename is a column that gets another name and keeps its data.
type Rename struct {
	From        ident.Name
	To          ident.Name
	CaseOnly    bool // the names differ in upper and lower case only: for the server it is the same column
	IfExists    bool // the clause does nothing when the original table has no such column
	Conditional bool // see Clause.Conditional
}

// UniqueKey is a key that allows no two equal rows.
type UniqueKey struct {
	Name        ident.Name // PRIMARY for a primary key; empty when the server will choose one
	Primary     bool
	Inline      bool // declared in a column's definition
	IfNotExists bool // the clause does nothing when there is such a key (or such a column, when Inline)
	Conditional bool // see Clause.Conditional
	Parts       []KeyPart
}

// KeyPart is one column or expression of a key.
type KeyPart struct {
	Column     ident.Name // empty when the part is an expression
	Expression string     // as written, without the outer parentheses
	Prefix     int64      // length in characters (bytes for binary strings) when only a prefix is indexed; 0 means the whole column
	Descending bool
}
