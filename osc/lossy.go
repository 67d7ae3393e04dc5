package osc

import (
	"fmt"
	"maps"
	"slices"

	"oscar/osc/exact"
	"oscar/osc/ident"
	"oscar/osc/plan"
	"oscar/osc/preflight"
	"oscar/osc/report"
	"oscar/osc/schema"
	"oscar/triggers"
)

// giveUp finds the columns whose values may change. A name that is no such column is refused: it is a slip, and another column would not be spared.
func (r *Job) giveUp(pairs, findBy []triggers.Pair, shadow schema.Table) error {
	f := &r.facts
	f.leave = exact.Leave{}
	var all preflight.Refusals
	for _, name := range r.o.Lossy {
		i := slices.IndexFunc(pairs, func(p triggers.Pair) bool { return p.Original.Is(name) })
		if i < 0 {
			i = slices.IndexFunc(pairs, func(p triggers.Pair) bool { return p.New.Is(name) })
		}
		switch {
		case i < 0:
			all = append(all, preflight.Refusal{
				Check: "--allow-lossy", Why: "--allow-lossy names " + name.SQL() + ", and no column of that name is copied from " + f.table.Name.SQL(),
				Try: "write the column's name as SHOW CREATE TABLE has it",
			})
		case slices.Contains(findBy, pairs[i]) || f.key.Has(pairs[i].Original):
			all = append(all, preflight.Refusal{
				Check: "--allow-lossy", Why: "--allow-lossy names " + name.SQL() + ", which is part of the key by which rows are found in both tables: rows would be lost with its values",
				Try: "change the column so that every value fits, or give the table another unique key first", Kind: preflight.Unsupported,
			})
		default:
			f.leave.Lossy = append(f.leave.Lossy, pairs[i].New)
		}
	}
	f.leave.NullToNotNull = r.o.NullToNotNull && slices.ContainsFunc(pairs, func(p triggers.Pair) bool {
		from, _ := f.table.Column(p.Original)
		to, _ := shadow.Column(p.New)
		return plan.LosesNull(from, to)
	})
	if f.leave.Any() {
		for _, name := range plan.Unwatched(f.leave, f.table, shadow, pairs) {
			all = append(all, preflight.Refusal{
				Check: "--allow-lossy", Why: "with --allow-lossy or --null-to-not-null nothing would tell of values of " + name.SQL() + " that its new type changes",
				Try: "change that column in a run of its own, or give up its values too: --allow-lossy=" + string(name), Kind: preflight.Unsupported,
			})
		}
	}
	if len(all) > 0 {
		return all
	}
	return nil
}

// tellChanged says how many values the copy changed.
func (r *Job) tellChanged() {
	for _, name := range slices.Sorted(maps.Keys(r.summary.Changed)) {
		option := "--allow-lossy"
		if !ident.Has(r.facts.leave.Lossy, name) {
			option = "--null-to-not-null"
		}
		r.sink.Line(report.Line{Text: fmt.Sprintf("%d values of the column %s were changed by the copy (%s).", r.summary.Changed[name], name.SQL(), option)})
	}
}
