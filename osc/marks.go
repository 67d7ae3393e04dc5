package osc

import (
	"context"
	"fmt"
	"slices"
	"time"

	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/report"
)

// marks tell what the run made or found from what somebody else put in its place under the same name.
type marks struct {
	definition string          // SHOW CREATE TABLE of the new table, as the run made it
	original   inspect.Storage // the rows that triggers, copy and comparison are about
	shadow     inspect.Storage
	triggers   []inspect.Mark
	counter    uint64 // AUTO_INCREMENT of the original when the triggers were made
	slow       bool   // reading a storage takes long on this server: many tables
	// compared says that the comparison has begun, or that there is none: from here on nobody puts right what happens behind the triggers' back.
	compared bool
}

// slowLook is what one look at a storage may take while both tables are locked for the swap.
const slowLook = 100 * time.Millisecond

// mark is done when the triggers have been made and before the first row is copied.
func (r *Job) mark(ctx context.Context) (err error) {
	m, t := &r.seen, r.facts.table.Name
	if m.triggers, err = inspect.MarksOn(ctx, r.session, t); err != nil {
		return err
	}
	began := time.Now()
	if m.original, err = inspect.StorageOf(ctx, r.session, r.facts.server, t); err != nil {
		return err
	}
	m.slow = time.Since(began) > slowLook
	if m.shadow, err = inspect.StorageOf(ctx, r.session, r.facts.server, r.shadow.Table); err != nil {
		return err
	}
	if m.counter, err = inspect.Counter(ctx, r.session, t); err != nil {
		return err
	}
	m.compared = r.o.waives() != ""
	if !m.original.Exact {
		r.sink.Event(report.Event{Level: report.Warn, Text: "the account lacks PROCESS: when somebody truncates " + t.SQL() + ", or exchanges a partition of it, after its rows " +
			"were compared, oscar may not see that"})
	}
	return nil
}

// remember notes the new table as what it must stay, after each change of ours.
func (r *Job) remember(ctx context.Context) (err error) {
	if r.seen.definition, err = inspect.Definition(ctx, r.session, r.shadow.Table); err != nil {
		return err
	}
	r.seen.shadow, err = inspect.StorageOf(ctx, r.session, r.facts.server, r.shadow.Table)
	return err
}

// sameRows checks that both tables hold the rows that they held, but for what went through statements. What happened before the comparison is
// mended by it; afterwards it ends the run.
func (r *Job) sameRows(ctx context.Context) error {
	m, t := &r.seen, r.facts.table.Name
	for _, look := range []struct {
		name ident.Table
		was  *inspect.Storage
	}{{t, &m.original}, {r.shadow.Table, &m.shadow}} {
		now, err := inspect.StorageOf(ctx, r.session, r.facts.server, look.name)
		switch {
		case err != nil:
			return err
		case now.Same(*look.was):
		case m.compared:
			return &Disturbed{exchanged(look.name, "during the run")}
		default:
			*look.was = now
			r.sink.Event(report.Event{Level: report.Warn, Text: exchanged(look.name, "during the copy") + "; the comparison will put the new table right"})
		}
	}
	if m.original.Exact || !m.compared {
		return nil
	}
	if n, err := inspect.Counter(ctx, r.session, t); err != nil {
		return err
	} else if n < m.counter {
		return &Disturbed{fmt.Sprintf("the AUTO_INCREMENT of %s went back from %d to %d, as after a TRUNCATE", t.SQL(), m.counter, n)}
	}
	return nil
}

// exchanged says what InnoDB's new table id means. A harmless OPTIMIZE cannot be told from a TRUNCATE.
func exchanged(t ident.Table, when string) string {
	return "the table " + t.SQL() + " was truncated or rebuilt " + when +
		" (TRUNCATE, OPTIMIZE, ALTER .. FORCE, TRUNCATE or EXCHANGE PARTITION, IMPORT TABLESPACE): no trigger fires for rows that come or go that way"
}

// sameTriggers checks that our triggers, as the run made them, and no others, are on a table.
func (r *Job) sameTriggers(ctx context.Context, on ident.Table) error {
	found, err := inspect.MarksOn(ctx, r.session, on)
	if err != nil {
		return err
	}
	for _, want := range r.seen.triggers {
		i := slices.IndexFunc(found, func(f inspect.Mark) bool { return f.Name.Is(want.Name) })
		if i < 0 {
			return &Disturbed{"the trigger " + want.Name.SQL() + " is gone; writes of the application may be missing from the new table"}
		}
		if found[i] != want {
			return &Disturbed{"the trigger " + want.Name.SQL() + " was dropped and made again; writes of the application in between may be missing from the new table"}
		}
	}
	for _, f := range found {
		if !slices.ContainsFunc(r.seen.triggers, func(want inspect.Mark) bool { return f.Name.Is(want.Name) }) {
			return &Disturbed{"the trigger " + f.Name.SQL() + " was put on " + on.SQL() + " during the run and would be lost"}
		}
	}
	return nil
}
