package osc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"oscar/osc/conn"
	"oscar/osc/inspect"
	"oscar/osc/metalock"
	"oscar/osc/plan"
	"oscar/osc/preflight"
	"oscar/osc/report"
	"oscar/osc/schema"
	"oscar/osc/step"
	"oscar/triggers"
)

// Duplicate says that rows are equal in a unique key that the ALTER adds or tightens.
type Duplicate struct {
	Key    plan.UniqueKey
	Values []string // the first few
	Err    error
}

func (d *Duplicate) Error() string {
	text := fmt.Sprintf("rows are equal in the new unique key %s over %s", d.Key.Key.Name.SQL(), d.Key.Over)
	if len(d.Values) > 0 {
		text += ": " + strings.Join(d.Values, "; ")
	}
	return text
}

// Unwrap gives the server's error.
func (d *Duplicate) Unwrap() error { return d.Err }

// Try tells how to go on.
func (d *Duplicate) Try() string {
	if d.Key.Duplicates == "" {
		return "give the rows of the new column values that differ, in another run, before the key is added"
	}
	return "see all of them, and decide which rows stay: " + d.Key.Duplicates
}

// fewDuplicates is how many equal values are named.
const fewDuplicates = 20

// later are the unique keys that are built after the copy; with --no-check-unique-key-change none is.
func (r *Job) later(shadow schema.Table, pairs []triggers.Pair) []plan.UniqueKey {
	if r.o.NoCheckUnique {
		return nil
	}
	var keys []plan.UniqueKey
	for _, u := range preflight.NewUnique(r.facts.table, shadow, pairs) {
		keys = append(keys, plan.UniqueKey(u))
	}
	return keys
}

// withhold takes the new unique keys from the new table while it is empty.
func (r *Job) withhold() step.Step {
	return step.Step{
		Name: StepAlter, Reach: step.OwnTables, Stmts: r.plan.Withhold,
		Do: func(ctx context.Context) error {
			if err := r.sendAll(ctx, r.plan.Withhold...); err != nil {
				return err
			}
			return r.remember(ctx)
		},
	}
}

// buildKeys puts the unique keys there. Duplicates are an error that names them.
func (r *Job) buildKeys() step.Step {
	return step.Step{
		Name: StepUnique, Reach: step.LiveTable, Stmts: r.plan.BuildKeys,
		Do: func(ctx context.Context) error {
			asker := r.asker(ctx, CreateTriggers)
			asker.Ask = metalock.LongAsk
			if err := r.ensure(ctx); err != nil {
				return err
			}
			err := asker.Do(ctx, func(ctx context.Context) error { return r.sendAll(ctx, r.plan.BuildKeys...) })
			if conn.IsDuplicate(err) {
				if err = r.duplicate(ctx, err); err == nil {
					r.sink.Event(report.Event{Level: report.Warn, Text: "the server reported a duplicate that is not there; building the keys once more, with writers waiting"})
					err = asker.Do(ctx, func(ctx context.Context) error { return r.sendAll(ctx, r.plan.BuildHeld...) })
				}
			}
			var named *Duplicate
			if conn.IsDuplicate(err) && !errors.As(err, &named) {
				return &Duplicate{Key: r.plan.Unique[0], Err: err} // gone again, but it was there
			}
			if err != nil {
				return err
			}
			return r.remember(ctx)
		},
		Words: step.Words{
			Begin: "Building unique keys...", End: "Built unique keys OK.", Stamped: true,
			Skipped: "Not building unique keys because this is a dry run.",
		},
	}
}

// duplicate finds the rows that are equal, as a *Duplicate. It is nil when there are none: MySQL 9.7 also reports 1062 for a row that a
// transaction deleted and inserted again while ADD PRIMARY KEY ran, and that was rolled back.
func (r *Job) duplicate(ctx context.Context, cause error) error {
	for _, u := range r.plan.Unique {
		values, err := inspect.Duplicates(ctx, r.session, r.shadow.Table, u.Key, fewDuplicates)
		if err != nil {
			return fmt.Errorf("%w (%w)", cause, err)
		}
		if len(values) > 0 {
			return &Duplicate{Key: u, Values: values, Err: cause}
		}
	}
	return nil
}

// countDropped tells how many rows were left out with --no-check-unique-key-change.
func (r *Job) countDropped() step.Step {
	s := remark("")
	s.Do = func(ctx context.Context) (err error) {
		if r.summary.Dropped, err = inspect.Surplus(ctx, r.session, r.facts.table.Name, r.shadow.Table); err != nil {
			return err
		}
		r.sink.Line(report.Line{Text: fmt.Sprintf("%d rows of the original are not in the new table (--no-check-unique-key-change).", r.summary.Dropped)})
		return nil
	}
	return s
}
