package osc

import (
	"context"

	"oscar/osc/inspect"
	"oscar/osc/preflight"
	"oscar/osc/report"
	"oscar/osc/schema"
	"oscar/triggers"
)

// fewUnplaced is how many rows without a partition are named.
const fewUnplaced = 20

// placed refuses rows that no partition of the new table would hold: the copy would stop at the first of them, after hours maybe. It reads the
// original once, without locks.
func (r *Job) placed(ctx context.Context, shadow schema.Table, pairs []triggers.Pair) error {
	t := r.facts.table
	u := preflight.FindUnplaced(t, shadow, pairs, r.o.Copy.Where)
	if u.Unsure != "" {
		r.sink.Event(report.Event{Level: report.Warn, Text: "whether the new table has a partition for every row is not known before the copy: " + u.Unsure})
	}
	if u.Query == "" {
		return nil
	}
	if r.facts.big {
		r.sink.Event(report.Event{Level: report.Warn, Text: "looking for rows that no partition of the new table would hold; this may read the whole table, without locks"})
	}
	var rows []string
	var more bool
	err := r.twice(ctx, func() (err error) {
		rows, more, err = inspect.Values(ctx, r.session, t.Name, u.Query, fewUnplaced)
		return err
	})
	if err != nil {
		return err
	}
	if refusals := u.Refuse(t.Name, rows, more); len(refusals) > 0 {
		return refusals
	}
	return nil
}
