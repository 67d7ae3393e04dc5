package preflight

import (
	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

// FindKey chooses the columns by which triggers find, in the new table, the row that was copied from a row of the original: those of the
// primary key or else of the unique key with the fewest columns.
//
// A key serves when all its columns are whole, cannot be NULL and take values from the original, and when the original has a unique key
// that makes each of its rows differ from all others in these columns, also as the new types and collations compare them. Then one row of
// the original is exactly one row of the new table. A new AUTO_INCREMENT primary key never serves: the trigger cannot know its number.
// Pairs must be the columns that are copied, so a generated column does not serve either.
func FindKey(shadow, original schema.Table, pairs []triggers.Pair) ([]triggers.Pair, bool) {
	return altered{Facts: Facts{Table: original}, shadow: shadow, pairs: pairs}.findKey()
}

func (a altered) findKey() ([]triggers.Pair, bool) {
	var best []triggers.Pair
	for _, k := range a.shadow.Keys {
		if !k.Unique || k.Ignored || k.Nullable() || k.Partial() || !a.implied(k) {
			continue
		}
		found, ok := a.pairsOf(k)
		if !ok {
			continue
		}
		if k.Primary() {
			return found, true
		}
		if best == nil || len(found) < len(best) {
			best = found
		}
	}
	return best, best != nil
}

// pairsOf are the pairs of a key's columns; ok is false when one of them is not copied.
func (a altered) pairsOf(k schema.Key) (found []triggers.Pair, ok bool) {
	for _, column := range k.Columns() {
		before := len(found)
		for _, p := range a.pairs {
			if p.New.Is(column) {
				found = append(found, p)
			}
		}
		if len(found) == before {
			return nil, false
		}
	}
	return found, len(found) > 0
}

// rowKey refuses a new table in which triggers could not find a row. A key of the original that another check speaks of already is not told
// of twice: the way to go on that is given there comes first.
func rowKey(a altered) Refusals {
	if _, ok := a.findKey(); ok || a.numbersAKey() {
		return nil
	}
	r := Refusal{
		Check: "unique key of the new table",
		Why: "the new table of " + a.Table.Name.SQL() + " does not have a PRIMARY KEY or a unique index which is required for the DELETE " +
			"trigger: one whose columns all come from the original, hold no NULL, and already tell the original's rows apart",
		Try:  "keep such a key in this run; what it stands in the way of can be done afterwards with the server's own ALTER TABLE",
		Kind: NoKey,
	}
	if dropped := a.lost(); len(dropped) > 0 {
		r.Why += "; the original has " + ident.List(dropped)
	}
	return Refusals{r}
}

// lost are the keys of the original that would do.
func (a altered) lost() []ident.Name {
	var list []ident.Name
	for _, k := range a.Table.Keys {
		if k.Unique && !k.Nullable() && !k.Partial() {
			list = append(list, k.Name)
		}
	}
	return list
}

// numbersAKey reports whether numberedNulls or numberedKey refuse a column that was the first of a unique key of the original.
func (a altered) numbersAKey() bool {
	for _, k := range a.Table.Keys {
		if !k.Unique || k.Parts[0].Column == "" {
			continue
		}
		c, ok := a.image(k.Parts[0].Column)
		if !ok {
			continue
		}
		if _, unsure := a.unsure(c); unsure || a.numbersNulls(c) {
			return true
		}
	}
	return false
}
