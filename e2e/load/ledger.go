package load

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/compare"
)

// Ledger is what the table must hold, row by row.
//
// Each writer reads every row it is about to touch, locked, and reads it again after its statement within the same
// transaction; so values are noted as the server has them, not as the client meant them. The number that orders the notes is
// taken while the row is still locked. It stays in memory: one entry for each row of the table and for each change.
//
// Only the writers of this load may write to the table meanwhile.
type Ledger struct {
	columns []string
	key     []int
	seq     atomic.Int64

	mu     sync.Mutex
	events map[string][]event
}

// event is one change of one row. No row means that it was deleted or has moved away.
type event struct {
	seq     int64
	key     string
	row     compare.Row
	unknown bool // the connection was lost during COMMIT
}

// readLedger notes the table as it is before the first write.
func readLedger(ctx context.Context, db *sqlx.DB, t *table) (*Ledger, error) {
	l := &Ledger{key: t.key, events: map[string][]event{}}
	for _, c := range t.columns {
		l.columns = append(l.columns, c.Name)
	}
	_, err := compare.Rows(ctx, db, t.name, l.columns, func(r compare.Row) error {
		l.add([]event{{key: r.Key(l.key), row: r}})
		return nil
	})
	return l, err
}

func (l *Ledger) add(events []event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range events {
		l.events[e.key] = append(l.events[e.key], e)
	}
}

// change turns the rows before and after a statement into events. Call it before the transaction ends.
func (l *Ledger) change(before, after []compare.Row) []event {
	seq := l.seq.Add(1)
	now := map[string]compare.Row{}
	for _, r := range before {
		now[r.Key(l.key)] = nil
	}
	for _, r := range after {
		now[r.Key(l.key)] = r
	}
	var out []event
	for k, r := range now {
		out = append(out, event{seq: seq, key: k, row: r})
	}
	return out
}

// possible returns the states in which a row may be: one, unless a commit's outcome is unknown. Nil means absent.
func possible(events []event) []compare.Row {
	slices.SortStableFunc(events, func(a, b event) int { return int(a.seq - b.seq) })
	states := []compare.Row{nil}
	for _, e := range events {
		if e.unknown {
			states = append(states, e.row)
		} else {
			states = []compare.Row{e.row}
		}
	}
	return states
}

// Check compares the table with the ledger: each row there must be, no other, every value. Renames maps the writers' column
// names to the table's. In the result the first side is the ledger. The writers must have stopped or be paused.
func (l *Ledger) Check(ctx context.Context, db *sqlx.DB, table string, renames map[string]string) (compare.Diff, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := compare.Diff{Columns: l.columns}
	note := func(format string, args ...any) {
		if len(d.First) < 10 {
			d.First = append(d.First, fmt.Sprintf(format, args...))
		}
	}
	names := slices.Clone(l.columns)
	for i, n := range names {
		if to, ok := renames[n]; ok {
			names[i] = to
		}
	}
	seen := map[string]bool{}
	_, err := compare.Rows(ctx, db, table, names, func(r compare.Row) error {
		d.RowsB++
		key := r.Key(l.key)
		seen[key] = true
		want := possible(l.events[key])
		switch {
		case slices.ContainsFunc(want, func(w compare.Row) bool { return w != nil && l.text(w) == l.text(r) }):
		case !slices.ContainsFunc(want, func(w compare.Row) bool { return w != nil }):
			d.OnlyB++
			note("only in the table: %s", l.text(r))
		default:
			d.Changed++
			note("ledger has %s, table %s", l.text(want[len(want)-1]), l.text(r))
		}
		return nil
	})
	if err != nil {
		return d, fmt.Errorf("check %s against the ledger: %w", table, err)
	}
	for key, events := range l.events {
		want := possible(events)
		if want[len(want)-1] != nil {
			d.RowsA++
		}
		if !seen[key] && !slices.ContainsFunc(want, func(w compare.Row) bool { return w == nil }) {
			d.OnlyA++
			note("missing from the table: %s", l.text(want[0]))
		}
	}
	return d, nil
}

// text writes a whole row so that no two rows look alike.
func (l *Ledger) text(r compare.Row) string {
	if r == nil {
		return "no row"
	}
	at := make([]int, len(r))
	for i := range at {
		at[i] = i
	}
	return r.Key(at)
}
