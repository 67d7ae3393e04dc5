package preflight

import (
	"slices"
	"strings"

	"oscar/osc/alter"
	"oscar/osc/ident"
	"oscar/osc/schema"
)

// addedUnique looks for new unique keys in the text. The copy drops rows that are equal in a unique key, and the triggers' REPLACE deletes
// them. A key is let through when a unique key of the original has all its columns in it, and when a part of it is a new column, of which only
// the new table can tell (newUnique).
func addedUnique(f Facts) Refusals {
	var all Refusals
	for _, u := range f.Alter.AddsUnique() {
		parts, known := f.originals(u)
		if !known || f.kept(u) || f.wasUnique(u.Primary, parts) {
			continue
		}
		all = append(all, unproved(f.Table.Name, u.Name, parts))
	}
	return all
}

// originals are the parts of a key with the names that the columns have in the original; known is false when one is not in it.
func (f Facts) originals(u alter.UniqueKey) (parts []schema.KeyPart, known bool) {
	for _, p := range u.Parts {
		part := schema.KeyPart{Column: p.Column, Expression: p.Expression, Prefix: p.Prefix}
		if p.Column != "" {
			c, ok := f.before(p.Column)
			if !ok {
				return nil, false
			}
			part.Column, part.Nullable = c.Name, c.Nullable
		}
		parts = append(parts, part)
	}
	return parts, true
}

// before is the original column that has the name after the ALTER, as the text says.
func (f Facts) before(column ident.Name) (schema.Column, bool) {
	for _, c := range f.Table.Columns {
		if f.renamed(c.Name).Is(column) {
			return c, true
		}
	}
	return schema.Column{}, false
}

// kept reports whether the clause does nothing since there is such a key.
func (f Facts) kept(u alter.UniqueKey) bool {
	if !u.IfNotExists || u.Name == "" {
		return false
	}
	_, ok := f.Table.Key(u.Name)
	return ok
}

func (f Facts) wasUnique(primary bool, parts []schema.KeyPart) bool {
	return slices.ContainsFunc(f.Table.Keys, func(old schema.Key) bool {
		if !old.Unique || primary && old.Nullable() {
			return false
		}
		for _, p := range old.Parts {
			if !slices.ContainsFunc(parts, func(q schema.KeyPart) bool {
				return p.Column.Is(q.Column) && p.Expression == q.Expression && (q.Prefix == 0 || p.Prefix > 0 && q.Prefix >= p.Prefix)
			}) {
				return false
			}
		}
		return true
	})
}

func unproved(t ident.Table, key ident.Name, parts []schema.KeyPart) Refusal {
	name := "an unnamed unique key"
	switch {
	case strings.EqualFold(string(key), "PRIMARY"):
		name = "a primary key"
	case key != "":
		name = "the unique key " + key.SQL()
	}
	var columns []string
	for _, p := range parts {
		if p.Column == "" {
			columns = append(columns, "an expression")
		} else {
			columns = append(columns, p.Column.SQL())
		}
	}
	return Refusal{
		Check: "new unique key",
		Why: "you are trying to add an unique key: " + name + " over " + strings.Join(columns, ", ") + " as the ALTER leaves them; no unique " +
			"key of " + t.SQL() + " shows that all rows differ in it, and rows that are equal would be lost while they are copied",
		Try: "see which rows are equal: " + sqlDuplicates(t, parts) + "; then add or change the key with the server's own ALTER TABLE, which " +
			"stops at a duplicate",
	}
}
