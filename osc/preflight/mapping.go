package preflight

import (
	"slices"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// image is the column of the new table that holds what an original column held: by its pair or, for generated columns, which are not
// copied, by its name after the ALTER.
func (a altered) image(original ident.Name) (schema.Column, bool) {
	for _, p := range a.pairs {
		if p.Original.Is(original) {
			return a.shadow.Column(p.New)
		}
	}
	c, ok := a.shadow.Column(a.renamed(original))
	o, had := a.Table.Column(original)
	return c, ok && had && (c.Generated || o.Generated)
}

// origin is the original column behind a column of the new table; ok is false for a new one.
func (a altered) origin(column ident.Name) (schema.Column, bool) {
	for _, c := range a.Table.Columns {
		if i, ok := a.image(c.Name); ok && i.Name.Is(column) {
			return c, true
		}
	}
	return schema.Column{}, false
}

// implied reports whether a unique key of the new table lets all rows of the original in, whatever they are: some unique key of the
// original has all its columns in it, and no two values that were different become equal in them. A false answer does not mean that
// there are duplicates, only that nobody can know without reading the rows.
func (a altered) implied(k schema.Key) bool {
	return slices.ContainsFunc(a.Table.Keys, func(old schema.Key) bool { return old.Unique && a.covers(k, old) })
}

// covers reports whether rows that differ in the old key differ in the new one.
func (a altered) covers(k, old schema.Key) bool {
	for _, p := range old.Parts {
		if !slices.ContainsFunc(k.Parts, func(q schema.KeyPart) bool { return a.tells(p, q) }) {
			return false
		}
	}
	return true
}

// tells reports whether values that differ in the part p of an original key differ in the part q of a new key.
func (a altered) tells(p, q schema.KeyPart) bool {
	if p.Column == "" || q.Column == "" {
		return p.Column == q.Column && p.Expression == q.Expression && a.sameInputs(p.Expression)
	}
	o, had := a.Table.Column(p.Column)
	n, has := a.image(p.Column)
	if !had || !has || !n.Name.Is(q.Column) {
		return false
	}
	if q.Prefix > 0 && (p.Prefix == 0 || q.Prefix < p.Prefix) {
		return false
	}
	if o.Generated || n.Generated {
		return o.Generated && n.Generated && o.Generation == n.Generation && same(o, n) && a.sameInputs(o.Generation)
	}
	return keepsApart(o, n)
}

// sameInputs reports whether all columns that an expression may speak of are unchanged. A column whose name is part of another word counts
// as spoken of.
func (a altered) sameInputs(expression string) bool {
	text := strings.ToLower(expression)
	for _, o := range a.Table.Columns {
		if !strings.Contains(text, string(o.Name.Fold())) {
			continue
		}
		if n, ok := a.image(o.Name); !ok || !n.Name.Is(o.Name) || !same(o, n) || o.Generation != n.Generation {
			return false
		}
	}
	return true
}

// same reports whether values of the two columns look and compare alike.
func same(o, n schema.Column) bool {
	return o.Type == n.Type && o.Charset == n.Charset && o.Collation == n.Collation && (n.Nullable || !o.Nullable)
}

// fresh reports whether the key has a whole column that the ALTER adds and that numbers the rows by itself: it cannot hold two equal rows.
func (a altered) fresh(k schema.Key) bool {
	return slices.ContainsFunc(k.Parts, func(p schema.KeyPart) bool {
		c, ok := a.shadow.Column(p.Column)
		_, old := a.origin(p.Column)
		return ok && !old && c.AutoIncrement && p.Prefix == 0
	})
}
