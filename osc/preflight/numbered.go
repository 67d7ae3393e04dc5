package preflight

import (
	"oscar/osc/ident"
	"oscar/osc/schema"
)

// numberedNulls refuses a column that may hold NULL and becomes AUTO_INCREMENT: each NULL that is copied, and each that a trigger writes,
// would get a number of its own.
func numberedNulls(a altered) Refusals {
	var all Refusals
	for _, c := range a.shadow.Columns {
		if !a.numbersNulls(c) {
			continue
		}
		o, _ := a.origin(c.Name)
		all = append(all, Refusal{
			Check: "NULLs that would be numbered",
			Why:   "the column " + o.Name.SQL() + " may hold NULL and becomes AUTO_INCREMENT, which would give each NULL a number of its own",
			Try:   "declare it NOT NULL in one run, which shows whether there are NULLs, and AUTO_INCREMENT in the next",
			Kind:  Unsupported,
		})
	}
	return all
}

func (a altered) numbersNulls(c schema.Column) bool {
	o, ok := a.origin(c.Name)
	return ok && o.Nullable && c.AutoIncrement
}

// numberedKey refuses a unique key that cannot be built after the copy, since an AUTO_INCREMENT column has no other key meanwhile.
func numberedKey(a altered) Refusals {
	for _, c := range a.shadow.Columns {
		if u, ok := a.unsure(c); ok && !a.numbersNulls(c) {
			return Refusals{{
				Check: "new unique key of a numbered column",
				Why: "rows that are equal in the new unique key " + u.Key.Name.SQL() + " over " + u.Over + " would be lost if it were there during the " +
					"copy, and the AUTO_INCREMENT column " + c.Name.SQL() + " cannot be without it",
				Try:  "add a plain key over " + c.Name.SQL() + " in the same ALTER",
				Kind: Unsupported,
			}}
		}
	}
	return nil
}

// unsure is the only key of an AUTO_INCREMENT column, when the original's rows may not fit it.
func (a altered) unsure(c schema.Column) (UniqueKey, bool) {
	if !c.AutoIncrement {
		return UniqueKey{}, false
	}
	for _, u := range NewUnique(a.Table, a.shadow, a.pairs) {
		if u.Key.Parts[0].Column.Is(c.Name) && !a.otherKey(c.Name, u.Key.Name) {
			return u, true
		}
	}
	return UniqueKey{}, false
}

// otherKey reports whether another key than this one begins with the column.
func (a altered) otherKey(column, not ident.Name) bool {
	for _, k := range a.shadow.Keys {
		if k.Name != not && len(k.Parts) > 0 && k.Parts[0].Column.Is(column) {
			return true
		}
	}
	return false
}
