// Package verify proves that the new table holds the rows of the original, each value as it was.
//
// Triggers are synchronous, so at every moment at which no transaction is half seen, the two tables hold the same rows. Each range of
// keys is therefore read from both in one snapshot, without locks, while writers go on, and compared by count and digest.
package verify

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"oscar/chunker"
	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/throttle"
)

// Session is the connection that compares; *conn.Session is one.
type Session interface {
	conn.Querier
	Rows(ctx context.Context, query string, args ...any) ([]string, [][]*string, error)
	Lost() bool
	Reconnect(ctx context.Context, patience time.Duration) error
}

// Pace is how the comparison is steered; it is that of the copy.
type Pace struct {
	Rows     int64         // of the first range
	Time     time.Duration // what a range should take; 0 keeps the size
	Sleep    time.Duration // after each range
	Gate     throttle.Gate
	Tick     time.Duration
	Patience time.Duration // for reconnecting
}

// Progress is how far the comparison is.
type Progress struct {
	Rows    int64
	Ranges  int64
	Next    int64
	Waiting string
	Note    string
}

// Result is what was compared, also when it failed.
type Result struct {
	Rows       int64 // of the original
	Ranges     int64
	Mismatches int64 // ranges that differed when first read
	Repaired   int64 // of these, ranges that were equal after they had been copied again
	Skipped    []ident.Name
}

// Clean is the leave to swap: the tables were compared and are equal, or the operator did not want to know. Its zero value allows nothing.
type Clean struct{ leave string }

// Waived is a Clean without a comparison; the reason is for the summary.
func Waived(reason string) Clean { return Clean{leave: reason} }

// Allows reports whether the swap may go on.
func (c Clean) Allows() bool { return c.leave != "" }

// Mismatch says that rows differ, and stay different after they were copied again. There must be no swap.
type Mismatch struct {
	Table ident.Table
	Keys  []string // of rows that differ, the first few
	Cause error    // why they could not be copied again; nil when they were
}

func (m *Mismatch) Error() string {
	text := fmt.Sprintf("rows of %s differ from those of the new table", m.Table)
	for i, k := range m.Keys {
		if i == 0 {
			text += ": "
		} else {
			text += "; "
		}
		text += k
	}
	if m.Cause != nil {
		text += fmt.Sprintf(" (copying them again: %v)", m.Cause)
	}
	return text
}

// Unwrap gives the reason why the rows could not be copied again.
func (m *Mismatch) Unwrap() error { return m.Cause }

// Try tells how to go on.
func (m *Mismatch) Try() string {
	return "look at these rows in the original: the new definition may not hold their values as they are, or something that fires no trigger " +
		"(a foreign key's cascade, TRUNCATE, a partition operation) changed them; then start again"
}

// Verifier compares one pair of tables once.
type Verifier struct {
	Session Session
	Tables  Tables
	Setup   []string // runs on the session first, and after each reconnect
	Pace    Pace
	Clock   func() time.Time
	Tell    func(Progress)

	sql    statements
	source chunker.Source
	sizer  *chunker.Sizer
	result Result
}

// few is how many differing rows are named, and window how many rows are looked at one by one to find them.
const (
	few    = 20
	window = 500
)

// Run compares every row and repairs once what differs. It returns leave to swap only when nothing differs in the end.
func (v *Verifier) Run(ctx context.Context) (Result, Clean, error) {
	var ranged bool
	v.sql, ranged = newStatements(v.Tables)
	v.source = chunker.Source{Table: v.Tables.Original.Name, Key: v.Tables.Key}
	v.sizer = chunker.NewSizer(v.Pace.Rows, v.Pace.Time)
	v.result.Skipped = v.sql.skipped
	err := v.again(ctx, func() error { return v.prepare(ctx) })
	if err == nil && ranged {
		err = v.walk(ctx)
	} else if err == nil {
		err = v.step(ctx, chunker.Range{}, false)
	}
	if err != nil {
		return v.result, Clean{}, fmt.Errorf("compare %s: %w", v.Tables.Original.Name, err)
	}
	return v.result, Clean{leave: "verified"}, nil
}

// walk compares range by range, and last what lies beyond the last key that there was at the start.
func (v *Verifier) walk(ctx context.Context) error {
	var last chunker.Point
	err := v.again(ctx, func() (err error) { last, err = v.point(ctx, v.source.LastSQL()); return err })
	if err != nil {
		return fmt.Errorf("read the last key: %w", err)
	}
	for walk := chunker.NewWalker(last); !walk.Done(); {
		var r chunker.Range
		err := v.again(ctx, func() (err error) { r, err = walk.Cut(ctx, v, v.sizer.Rows()); return err })
		if err != nil {
			return fmt.Errorf("find the next boundary: %w", err)
		}
		if err := v.step(ctx, r, true); err != nil {
			return err
		}
		walk.Advance(r)
	}
	return v.step(ctx, chunker.Range{After: last}, true)
}

// Next finds a range's end; see chunker.Walker.
func (v *Verifier) Next(ctx context.Context, left chunker.Range, n int64) (chunker.Point, error) {
	return v.point(ctx, v.source.NextSQL(left, n))
}

func (v *Verifier) point(ctx context.Context, query string) (chunker.Point, error) {
	_, rows, err := v.Session.Rows(ctx, query)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return v.Tables.Key.Point(rows[0])
}

func (v *Verifier) step(ctx context.Context, r chunker.Range, ranged bool) error {
	err := throttle.Wait(ctx, v.Pace.Gate, v.Pace.Tick, func(verdict throttle.Verdict) { v.tell(verdict.Why, "") })
	if err != nil {
		return err
	}
	began := v.Clock()
	rows, equal, err := v.equal(ctx, r)
	if err != nil {
		return err
	}
	v.sizer.Observe(rows, v.Clock().Sub(began))
	v.result.Rows += rows
	v.result.Ranges++
	if !equal {
		v.result.Mismatches++
		if err := v.mend(ctx, r, ranged); err != nil {
			return err
		}
		v.result.Repaired++
	}
	v.tell("", "")
	if v.Pace.Sleep <= 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(v.Pace.Sleep):
		return nil
	}
}

// equal reads both sides of a range and says how many rows the original has there.
func (v *Verifier) equal(ctx context.Context, r chunker.Range) (int64, bool, error) {
	var row []*string
	err := v.again(ctx, func() error {
		_, rows, err := v.Session.Rows(ctx, v.sql.compare(r))
		if err == nil {
			row = rows[0]
		}
		return err
	})
	if err != nil {
		return 0, false, err
	}
	const half = 4
	for _, bad := range []*string{row[half-1], row[2*half-1]} {
		if bad != nil && *bad != "0" {
			return 0, false, errors.New("a row is larger than max_allowed_packet and cannot be compared; raise that variable, or use --no-verify")
		}
	}
	n, err := strconv.ParseInt(*row[0], 10, 64)
	if err != nil {
		return 0, false, fmt.Errorf("count rows: %w", err)
	}
	for i := range half - 1 {
		if *row[i] != *row[half+i] {
			return n, false, nil
		}
	}
	return n, true, nil
}

// again repeats a read after a lost connection.
func (v *Verifier) again(ctx context.Context, read func() error) error {
	for {
		err := read()
		if !conn.IsLost(err) || ctx.Err() != nil {
			return err
		}
		v.tell("the server to come back", "lost the connection while comparing: "+err.Error())
		if err := v.Session.Reconnect(ctx, v.Pace.Patience); err != nil {
			return err
		}
		if err := v.prepare(ctx); err != nil {
			return err
		}
		v.tell("", "connected again")
	}
}

func (v *Verifier) prepare(ctx context.Context) error {
	for _, query := range v.Setup {
		if err := v.send(ctx, query); err != nil {
			return fmt.Errorf("set up the session: %w", err)
		}
	}
	return nil
}

func (v *Verifier) tell(waiting, note string) {
	v.Tell(Progress{Rows: v.result.Rows, Ranges: v.result.Ranges, Next: v.sizer.Rows(), Waiting: waiting, Note: note})
}
