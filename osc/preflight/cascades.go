package preflight

import (
	"slices"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

// cascades looks at foreign keys by which the server itself changes rows of the table when the parent changes. Such changes fire no trigger
// (field-notes 7 #19, every server), but the new table has the foreign key too, so the same statement changes the same rows of both: as long as the
// two foreign keys are alike. That is what is checked, when the new table shows what the ALTER made of them.
func cascades(a altered) Refusals {
	var all Refusals
	for _, fk := range a.Table.ForeignKeys {
		rules := rulesOf(fk)
		if len(rules) == 0 {
			continue
		}
		if a.Server.On("enable_cascade_triggers") {
			all = append(all, Refusal{
				Check: "cascades that fire triggers",
				Why: "the server fires triggers for cascades (enable_cascade_triggers), and the foreign key " + fk.Name.SQL() + " " + strings.Join(rules, " ") +
					" changes the new table in the same statement, into which a trigger may not write then: statements on the parent would fail (1442)",
				Try:  "switch that off (SET GLOBAL enable_cascade_triggers=OFF) and let applications connect again, or use the server's own ALTER TABLE",
				Kind: Unsupported,
			})
			continue
		}
		if what := a.differs(fk); what != "" {
			all = append(all, Refusal{
				Check: "cascades",
				Why: "the foreign key " + fk.Name.SQL() + " " + strings.Join(rules, " ") + " changes rows of " + a.Table.Name.SQL() +
					" when the parent changes, without firing triggers, and " + what + "; rows would differ between the two tables while they are copied",
				Try:  "leave the foreign key and its columns as they are in this run and change them before or after it, or use the server's own ALTER TABLE",
				Kind: Unsupported,
			})
			continue
		}
		if c := a.moves(fk); c != "" {
			all = append(all, Refusal{
				Check: "cascades into the key",
				Why: "the foreign key " + fk.Name.SQL() + " " + strings.Join(rules, " ") + " changes " + c.SQL() + ", by which the rows are walked; a row that is " +
					"moved back while rows are copied would be missed, since no trigger fires",
				Try: "name with --chunk-index a unique key without that column, make the foreign key RESTRICT for the time of the change, " +
					"or use the server's own ALTER TABLE",
				Kind: Unsupported,
			})
		}
	}
	return all
}

// differs says what the ALTER changes in a foreign key, in a few words; nothing when the new table has its like.
func (a altered) differs(fk schema.ForeignKey) string {
	var columns []ident.Name
	for _, c := range fk.Columns {
		to, ok := a.target(c)
		if !ok {
			return "the ALTER drops its column " + c.SQL()
		}
		from, _ := a.Table.Column(c)
		if from.Type != to.Type || from.Collation != to.Collation || from.Nullable != to.Nullable && slices.ContainsFunc(rulesOf(fk), nulls) {
			return "the ALTER changes its column " + c.SQL()
		}
		columns = append(columns, to.Name)
	}
	if !slices.ContainsFunc(a.shadow.ForeignKeys, func(have schema.ForeignKey) bool { return sameKey(have, fk, columns) }) {
		return "the ALTER drops or changes it"
	}
	return ""
}

// target is the column of the new table that takes a column's values.
func (a altered) target(c ident.Name) (schema.Column, bool) {
	for _, p := range a.pairs {
		if p.Original.Is(c) {
			return a.shadow.Column(p.New)
		}
	}
	return schema.Column{}, false
}

// sameKey compares a foreign key of the new table with one of the original whose columns have these names there.
func sameKey(have, want schema.ForeignKey, columns []ident.Name) bool {
	return have.References == want.References && strings.EqualFold(have.OnDelete, want.OnDelete) && strings.EqualFold(have.OnUpdate, want.OnUpdate) &&
		slices.EqualFunc(have.Columns, columns, ident.Name.Is) && slices.EqualFunc(have.Referenced, want.Referenced, ident.Name.Is)
}

// moves is the column of the copy's key that a change of the parent changes.
func (a altered) moves(fk schema.ForeignKey) ident.Name {
	if !slices.ContainsFunc(rulesOf(fk), func(rule string) bool { return rule != "ON DELETE CASCADE" }) {
		return ""
	}
	walk := a.Walk
	if primary, ok := a.Table.Key("PRIMARY"); ok && len(walk) == 0 {
		walk = primary.Columns()
	}
	for _, c := range fk.Columns {
		if slices.ContainsFunc(walk, c.Is) {
			return c
		}
	}
	return ""
}

// newCascades looks for foreign keys that the ALTER adds: a row that is deleted from the parent would take copied rows with it, and the
// original keeps them.
func newCascades(a altered) Refusals {
	var list []string
	for _, fk := range a.shadow.ForeignKeys {
		for _, rule := range rulesOf(fk) {
			if !a.known(fk) {
				list = append(list, fk.Name.SQL()+" "+rule)
			}
		}
	}
	if len(list) == 0 {
		return nil
	}
	return Refusals{{
		Check: "new cascades",
		Why: "the ALTER adds foreign keys that change rows when the parent changes: " + strings.Join(list, ", ") +
			"; while the rows are copied they would change the new table and not the original",
		Try:  "leave them out, and add them afterwards with the server's own ALTER TABLE",
		Kind: Unsupported,
	}}
}

// known reports whether a foreign key of the new table is one of the original's.
func (a altered) known(fk schema.ForeignKey) bool {
	return slices.ContainsFunc(a.Table.ForeignKeys, func(was schema.ForeignKey) bool {
		var columns []ident.Name
		for _, c := range was.Columns {
			to, _ := a.target(c)
			columns = append(columns, to.Name)
		}
		return sameKey(fk, was, columns)
	})
}

// Checks is what foreign_key_checks must be while rows are copied. Where a foreign key cascades they must be on: by locking the parent's row they keep
// a row from being copied while a cascade has passed the new table and not yet the original. Where none does, and each is one of the
// original's, they are off: a row of the original has passed them, or is one that a native ALTER would keep too, and the parent's rows need no locks.
// Otherwise, or without foreign keys, it is empty: the session's own.
func Checks(f Facts, shadow schema.Table, pairs []triggers.Pair) string {
	a := altered{Facts: f, shadow: shadow, pairs: pairs}
	for _, fk := range shadow.ForeignKeys {
		if len(rulesOf(fk)) > 0 {
			return "1"
		}
	}
	for _, fk := range shadow.ForeignKeys {
		if !a.known(fk) {
			return ""
		}
	}
	if len(shadow.ForeignKeys) == 0 {
		return ""
	}
	return "0"
}

// rulesOf are the rules of a foreign key by which the server changes rows.
func rulesOf(fk schema.ForeignKey) []string {
	var list []string
	for _, rule := range []struct{ when, does string }{{"DELETE", fk.OnDelete}, {"UPDATE", fk.OnUpdate}} {
		switch does := strings.ToUpper(rule.does); does {
		case "CASCADE", "SET NULL", "SET DEFAULT":
			list = append(list, "ON "+rule.when+" "+does)
		}
	}
	return list
}

func nulls(rule string) bool { return strings.HasSuffix(rule, "NULL") }
