package preflight

import (
	"oscar/osc/ident"
	"oscar/triggers"
)

// triggerNames looks for triggers of other tables that have the names of those to come.
func triggerNames(f Facts) Refusals {
	var taken []ident.Table
	for _, name := range triggers.Names(f.Table.Name) {
		if ident.Has(f.TakenTriggers, name.Name) && !f.hasTrigger(name.Name) {
			taken = append(taken, name)
		}
	}
	if len(taken) == 0 {
		return nil
	}
	return Refusals{{
		Check: "trigger names",
		Why:   "the names that the triggers of " + f.Table.Name.SQL() + " get are taken by triggers of another table: " + names(taken),
		Try: "look which table they belong to; if it is the old or new table of a change that is over, remove them: " +
			sqlDropTriggers(taken),
	}}
}

func (f Facts) hasTrigger(name ident.Name) bool {
	for _, t := range f.Table.Triggers {
		if t.Name.Is(name) {
			return true
		}
	}
	return false
}
