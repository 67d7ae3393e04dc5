// Package schema describes what a server has, as plain values. It talks to no server; osc/inspect fills it.
package schema

import (
	"strings"

	"oscar/osc/ident"
)

// Table is one base table.
type Table struct {
	Name        ident.Table
	Create      string // SHOW CREATE TABLE, read with an empty sql_mode: backquotes and backslash escapes whatever the server's own mode is
	Engine      string
	Columns     []Column // in the table's order
	Keys        []Key    // PRIMARY first when there is one
	ForeignKeys []ForeignKey
	Triggers    []Trigger
	Children    []Reference // foreign keys of other tables (or of this one) that point here
	RowsGuess   int64       // the storage engine's estimate (information_schema.tables.table_rows); may be off by any factor
}

// Column is one column.
type Column struct {
	Name          ident.Name
	Type          string // lower-case column_type: "int(10) unsigned", "varchar(20)", "enum('a','b')"
	DataType      string // lower-case data_type: "int", "varchar", "enum"
	Charset       string // empty when the column has none
	Collation     string // empty when the column has none
	Nullable      bool
	AutoIncrement bool
	Generation    string // expression of a generated column, else empty
	Generated     bool   // virtual or stored: cannot be written
	Invisible     bool
	OnUpdate      bool  // ON UPDATE CURRENT_TIMESTAMP
	HasDefault    bool  // a DEFAULT is declared, or the column takes NULL when it is left out
	MaxChars      int64 // character_maximum_length: characters, or bytes for binary strings; 0 when the type has none
}

// Unsigned reports whether the column is an unsigned number.
func (c Column) Unsigned() bool { return strings.Contains(c.Type, "unsigned") }

// Key is one index.
type Key struct {
	Name        ident.Name // "PRIMARY" for the primary key
	Unique      bool
	Kind        string // index_type in upper case: BTREE, HASH, FULLTEXT, SPATIAL, ...
	Parts       []KeyPart
	Cardinality int64 // of the whole key as the server estimates it; 0 when unknown
	Ignored     bool  // invisible (MySQL) or ignored (MariaDB): FORCE INDEX does not reach it
}

// KeyPart is one column of a key.
type KeyPart struct {
	Column     ident.Name // empty for a functional part
	Expression string     // of a functional part (MySQL 8.0.13)
	Prefix     int64      // characters (bytes for binary strings) when only a prefix is indexed; 0 means the whole column
	Nullable   bool
	Descending bool
}

// Primary reports whether the key is the primary key.
func (k Key) Primary() bool { return k.Name == "PRIMARY" }

// Columns are the key's column names in key order; nil when a part is an expression.
func (k Key) Columns() []ident.Name {
	names := make([]ident.Name, 0, len(k.Parts))
	for _, p := range k.Parts {
		if p.Column == "" {
			return nil
		}
		names = append(names, p.Column)
	}
	return names
}

// Nullable reports whether a column of the key can hold NULL, so that a unique key may hold equal rows.
func (k Key) Nullable() bool {
	for _, p := range k.Parts {
		if p.Nullable {
			return true
		}
	}
	return false
}

// Partial reports whether a part indexes only a prefix or an expression instead of a whole column.
func (k Key) Partial() bool {
	for _, p := range k.Parts {
		if p.Prefix > 0 || p.Column == "" {
			return true
		}
	}
	return false
}

// ForeignKey is a constraint of the table itself.
type ForeignKey struct {
	Name       ident.Name
	Columns    []ident.Name
	References ident.Table
	Referenced []ident.Name // its columns, in the order of Columns
	OnUpdate   string       // RESTRICT, CASCADE, SET NULL, NO ACTION, SET DEFAULT
	OnDelete   string
}

// Reference is a foreign key of a child table that points at the table.
type Reference struct {
	Child ident.Table
	Name  ident.Name
}

// Trigger is a trigger on the table.
type Trigger struct {
	Name   ident.Name
	Timing string // BEFORE, AFTER
	Event  string // INSERT, UPDATE, DELETE
	Body   string // action_statement
}

// Column finds a column by name, without regard to case.
func (t Table) Column(name ident.Name) (Column, bool) {
	for _, c := range t.Columns {
		if c.Name.Is(name) {
			return c, true
		}
	}
	return Column{}, false
}

// Key finds a key by name, without regard to case.
func (t Table) Key(name ident.Name) (Key, bool) {
	for _, k := range t.Keys {
		if k.Name.Is(name) {
			return k, true
		}
	}
	return Key{}, false
}
