// Package verify proves that the new table holds the rows of the original, each value as it was.
//
// Triggers are synchronous, so at every moment at which no transaction is half seen, the two tables hold the same rows. Each range of
// keys is therefore read from both in one snapshot, without locks, while writers go on, and compared by count and digest. Several sessions may
// do that at once, each with ranges of its own.
package verify

import (
	"context"
	"fmt"
	"sync"
	"time"

	"oscar/chunker"
	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/throttle"
)

// Session is a connection that compares; *conn.Session is one.
type Session interface {
	conn.Querier
	Rows(ctx context.Context, query string, args ...any) ([]string, [][]*string, error)
	Lost() bool
	Reconnect(ctx context.Context, patience time.Duration) error
}

// Pace is how the comparison is steered; it is that of the copy. It holds for all sessions together.
type Pace struct {
	Rows     int64         // of the first range
	Time     time.Duration // what a range should take; 0 keeps the size
	Sleep    time.Duration // after each range, and between the beginnings of two
	Gate     throttle.Gate // asked before each range
	Tick     time.Duration // between two looks at a gate that holds
	Patience time.Duration // for reconnecting
	Tries    int           // of a repair that cannot get its row locks; 0 means no limit but LockTime
	Wait     time.Duration // between these tries
	LockTime time.Duration // after which no further try is made
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
	Repaired   int64 // of these, ranges that were equal after they had been copied again, or looked at again
	Skipped    []ident.Name
}

// Clean is the leave to swap: the tables were compared and are equal, or the operator did not want to know. Its zero value allows nothing.
type Clean struct{ leave string }

// Waived is a Clean without a comparison; the reason is for the summary.
func Waived(reason string) Clean { return Clean{leave: reason} }

// Allows reports whether the swap may go on.
func (c Clean) Allows() bool { return c.leave != "" }

// Remedy is what is done about a range that differs.
type Remedy int

// The remedies.
const (
	CopyAgain Remedy = iota // its rows are copied once more, under locks, and compared again
	LookAgain               // nothing is changed; it is only looked at once more
)

// Verifier compares one pair of tables once.
type Verifier struct {
	Sessions []Session // at least one; each compares ranges of its own and serves nobody else meanwhile
	Tables   Tables
	Setup    []string // runs on each session first, and after each reconnect
	Pace     Pace
	Remedy   Remedy
	Clock    func() time.Time
	Tell     func(Progress) // called by one goroutine at a time

	sql    statements
	source chunker.Source
	dealer dealer
	course course
	mender chan struct{} // whoever is in it mends; two could wait for each other's locks
}

// few is how many differing rows are named, and window how many rows are looked at one by one to find them.
const (
	few    = 20
	window = 500
)

// Run compares every row and repairs once what differs. It returns leave to swap only when nothing differs in the end. Rows that stay
// different are a *Mismatch that names the first of them in the order of the key, however many sessions there are; once it has enough of them to name, the
// rest of the table is left alone.
//
// All goroutines and statements that it started have ended when it returns.
func (v *Verifier) Run(ctx context.Context) (Result, Clean, error) {
	v.sql, v.dealer.ranged = newStatements(v.Tables)
	v.source = chunker.Source{Table: v.Tables.Original.Name, Key: v.Tables.Key, Where: v.Tables.Where}
	v.mender = make(chan struct{}, 1)
	v.course = course{
		sizer: chunker.NewSizer(v.Pace.Rows, v.Pace.Time), waits: make([]string, len(v.Sessions)), tell: v.Tell,
		result: Result{Skipped: v.sql.skipped},
	}
	err := v.compare(ctx)
	if err == nil {
		err = v.course.mismatch(v.Tables)
	}
	if err != nil {
		return v.course.result, Clean{}, fmt.Errorf("compare %s: %w", v.Tables.Original.Name, err)
	}
	return v.course.result, Clean{leave: "verified"}, nil
}

// compare lets every session compare until no range is left. The first error ends what the others are doing.
func (v *Verifier) compare(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	workers := make([]*worker, len(v.Sessions))
	for i, s := range v.Sessions {
		workers[i] = &worker{Verifier: v, session: s, number: i}
	}
	if !v.dealer.ranged {
		workers = workers[:1] // there is one range
	}
	if err := v.dealer.begin(ctx, workers[0]); err != nil {
		return err
	}
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(func() {
			if err := w.run(ctx); err != nil {
				stop(err)
			}
		})
	}
	all.Wait()
	return context.Cause(ctx)
}
