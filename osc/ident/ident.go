// Package ident holds names of tables, columns and other objects, quotes them for SQL, and derives new names that fit the server's limit.
package ident

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// MaxLen is the longest name of a table, column, key, constraint or trigger in characters (MySQL manual, "Identifier Length Limits";
// the same in MariaDB).
const MaxLen = 64

// Name is an identifier as the server stores it: without quotes.
type Name string

// SQL is the name between backquotes, with backquotes inside doubled. It is right under every sql_mode, ANSI_QUOTES included.
func (n Name) SQL() string { return "`" + strings.ReplaceAll(string(n), "`", "``") + "`" }

// Fold is the name in the form in which column names are compared: servers compare them without regard to case. Only for comparing.
func (n Name) Fold() Name { return Name(strings.ToLower(string(n))) }

// Is reports whether two column or key names mean the same column or key.
func (n Name) Is(m Name) bool { return strings.EqualFold(string(n), string(m)) }

// Table is the full name of a table.
type Table struct {
	Schema Name
	Name   Name
}

// SQL is the quoted full name: `schema`.`name`.
func (t Table) SQL() string { return t.Schema.SQL() + "." + t.Name.SQL() }

// String is the same as SQL, for messages.
func (t Table) String() string { return t.SQL() }

// Plain is schema.name without quotes, as some of pt-online-schema-change's lines have it. Not for SQL.
func (t Table) Plain() string { return string(t.Schema) + "." + string(t.Name) }

// Sibling is another table of the same schema.
func (t Table) Sibling(name Name) Table { return Table{Schema: t.Schema, Name: name} }

// List joins quoted names with commas: "`a`, `b`".
func List(names []Name) string {
	quoted := make([]string, len(names))
	for i, n := range names {
		quoted[i] = n.SQL()
	}
	return strings.Join(quoted, ", ")
}

// Names turns strings from the server into names.
func Names(raw ...string) []Name {
	names := make([]Name, len(raw))
	for i, s := range raw {
		names[i] = Name(s)
	}
	return names
}

// Has reports whether the list has the column or key name.
func Has(names []Name, name Name) bool {
	for _, n := range names {
		if n.Is(name) {
			return true
		}
	}
	return false
}

// Cut shortens a name to at most n characters, never in the middle of one.
func Cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// Derive is prefix + base + suffix when that fits MaxLen. If it does not, base is cut and ten hex digits of its SHA-256 take the place of
// what went, so that two long names that differ only at the end stay different. The prefix and the suffix always stay whole.
func Derive(prefix string, base Name, suffix string) Name {
	room := MaxLen - utf8.RuneCountInString(prefix) - utf8.RuneCountInString(suffix)
	if utf8.RuneCountInString(string(base)) <= room {
		return Name(prefix + string(base) + suffix)
	}
	digest := Digest(string(base))
	return Name(prefix + Cut(string(base), room-len(digest)-1) + "_" + digest + suffix)
}

// Digest is ten hex digits of the SHA-256 of s: enough to keep the derived names of one schema apart.
func Digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:5])
}
