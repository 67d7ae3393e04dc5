package osc

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/schema"
	"oscar/osc/step"
	"oscar/osc/swap"
)

// renamesLocked reports whether the server can rename tables that the session has locked: MySQL since 8.0.13, which brought sql_require_primary_key.
func (r *Job) renamesLocked() bool {
	_, can := r.facts.server.Var("sql_require_primary_key")
	return can && r.facts.server.Flavor == schema.MySQL
}

func (r *Job) swap(receipt *swap.Receipt) step.Step {
	t := r.facts.table.Name
	return step.Step{
		Name: StepSwap, Reach: step.LiveTable, Stmts: r.plan.SwapStmts(), Commits: true,
		Do: func(ctx context.Context) (err error) {
			if err := r.sendAll(ctx, r.plan.Settle...); err != nil {
				return err
			}
			if err := r.twice(ctx, func() error { return r.unreferenced(ctx) }); err != nil {
				return err
			}
			s := swap.Swapper{
				Session: r.session, Tables: swap.Tables{Live: t, Shadow: r.shadow.Table, Old: r.plan.Old}, Rename: r.plan.Swap.SQL,
				Patience: reconnectPatience, Look: r.lastLook,
				Ask: func(ctx context.Context, act func(context.Context) error) error {
					return r.asker(ctx, SwapTables).Do(ctx, func(ctx context.Context) error {
						// Most of the time this finds that the numbers have gone up before anybody has to wait for it.
						if err := r.carryCounter(ctx, t, r.shadow.Table); err != nil {
							return err
						}
						return r.latched(act)(ctx)
					})
				},
				Existing: func(ctx context.Context, names []ident.Name) ([]ident.Name, error) {
					return inspect.Existing(ctx, r.session, t.Schema, names)
				},
			}
			for _, hold := range r.plan.Hold {
				s.Hold, s.Release = hold.SQL, r.plan.Unlock[0].SQL
			}
			*receipt, err = s.Do(ctx, r.clean)
			return err
		},
		Words: step.Words{
			Begin: "Swapping tables...", End: "Swapped original and new tables OK.", Stamped: true,
			Skipped: "Not swapping tables because this is a dry run.",
		},
	}
}

// unreferenced is the look before the swap asks for its lock: alive, and no foreign key of another table has come to point at the original.
func (r *Job) unreferenced(ctx context.Context) error {
	if err := r.alive(ctx); err != nil {
		return err
	}
	t := r.facts.table.Name
	children, err := inspect.Children(ctx, r.session, t)
	if err != nil || len(children) == 0 {
		return err
	}
	return &Disturbed{"the foreign key " + children[0].Name.SQL() + " of " + children[0].Child.SQL() + " was made during the run and points at " + t.SQL()}
}

// lastLook is the look right before the RENAME. Where the tables are locked meanwhile, nothing can come between the two.
func (r *Job) lastLook(ctx context.Context) error {
	if err := r.carryCounter(ctx, r.facts.table.Name, r.shadow.Table); err != nil {
		return err
	}
	if r.seen.slow && len(r.plan.Hold) > 0 {
		return r.inPlace(ctx) // writers are waiting; checkSwap looks at the rest
	}
	return r.alive(ctx)
}

// carryCounter brings the AUTO_INCREMENT of a table to at least that of another, so that no number is given twice: rows that are gone had it, or an
// insert that failed.
func (r *Job) carryCounter(ctx context.Context, from, to ident.Table) error {
	if len(r.plan.Counter) == 0 {
		return nil
	}
	want, err := inspect.Counter(ctx, r.session, from)
	if err != nil {
		return err
	}
	have, err := inspect.Counter(ctx, r.session, to)
	if err != nil {
		return err
	}
	if want = min(want, r.largestNumber()); have >= want {
		return nil
	}
	return r.sendAll(ctx, r.plan.Raise(to, want))
}

// largestNumber is what the new table's numbered column can hold.
func (r *Job) largestNumber() uint64 {
	bits := map[string]int{"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}
	for _, c := range r.plan.New.Columns {
		if n, whole := bits[c.DataType]; c.AutoIncrement && whole {
			if !c.Unsigned() {
				n--
			}
			return math.MaxUint64 >> (64 - n)
		}
	}
	return math.MaxUint64
}

// BehindTheSwap says that somebody changed a table between the last look and the swap, or that this could not be looked up. The change is live and the
// old table is kept.
type BehindTheSwap struct {
	Err       error
	Live, Old ident.Table
}

func (b *BehindTheSwap) Error() string {
	return "the change is live, and the old table is kept, since in the moment of the swap: " + b.Err.Error()
}

func (b *BehindTheSwap) Unwrap() error { return b.Err }

// Try tells what to compare.
func (b *BehindTheSwap) Try() string {
	return "find out who did that and what it was meant to do; compare " + b.Live.SQL() + " with the old table " + b.Old.SQL() +
		" (rows that are in one of them only, SHOW CREATE TABLE), do again what is missing, and drop the old table when nothing is"
}

// checkSwap looks whether what was swapped is what was compared: on a server that cannot rename locked tables somebody may have come between the
// last look and the RENAME. Only then may the old table go.
func (r *Job) checkSwap() step.Step {
	return step.Step{
		Name: StepCheck, Reach: step.LiveTable,
		Do: func(ctx context.Context) error {
			err := r.twice(ctx, func() error { return r.swapped(ctx) })
			if err == nil {
				err = r.ask(ctx, SwapTables, func(ctx context.Context) error { return r.carryCounter(ctx, r.plan.Old, r.facts.table.Name) })
			}
			if err != nil {
				return &BehindTheSwap{Err: err, Live: r.facts.table.Name, Old: r.plan.Old}
			}
			return nil
		},
	}
}

func (r *Job) swapped(ctx context.Context) error {
	if err := r.sameTriggers(ctx, r.plan.Old); err != nil {
		return err
	}
	for _, look := range []struct {
		name, before ident.Table
		was          inspect.Storage
		definition   string
	}{
		{r.plan.Old, r.facts.table.Name, r.seen.original, r.facts.table.Create},
		{r.facts.table.Name, r.shadow.Table, r.seen.shadow, r.seen.definition},
	} {
		now, err := inspect.StorageOf(ctx, r.session, r.facts.server, look.name)
		if err != nil {
			return err
		}
		if look.was.Exact && !now.Same(look.was) { // times of creation do not outlive a RENAME
			return errors.New(exchanged(look.before, "before it became "+look.name.SQL()))
		}
		definition, err := inspect.Definition(ctx, r.session, look.name)
		if err != nil {
			return err
		}
		if !slices.Equal(nameless(definition), nameless(look.definition)) {
			return fmt.Errorf("the definition of %s was changed before it became %s", look.before.SQL(), look.name.SQL())
		}
	}
	return nil
}

var constraintName = regexp.MustCompile("\\bCONSTRAINT `(?:[^`]|``)+`")

// nameless is a SHOW CREATE TABLE without what RENAME TABLE changes: the table's name, the names of constraints that are made of it, and their
// order.
func nameless(definition string) []string {
	lines := strings.Split(steady(definition), "\n")[1:]
	for i, l := range lines {
		lines[i] = strings.TrimSuffix(constraintName.ReplaceAllString(l, "CONSTRAINT"), ",")
	}
	slices.Sort(lines)
	return lines
}
