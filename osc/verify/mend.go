package verify

import (
	"context"
	"fmt"

	"oscar/chunker"
	"oscar/osc/conn"
)

// settle finds what differs in a range and, unless it may only look, copies it again, in small windows. What is equal afterwards is counted as
// repaired, what is not is kept for the Mismatch. Only one session at a time copies.
func (w *worker) settle(ctx context.Context, s share) error {
	if !w.dealer.ranged {
		w.course.differs(find{})
		return nil
	}
	note := "a range differs; looking for the rows and copying them again"
	if w.Remedy == LookAgain {
		note = "a range differs; looking for the rows"
	}
	w.course.waiting(w.number, "", note)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case w.mender <- struct{}{}:
	}
	defer func() { <-w.mender }()
	f := find{number: s.number}
	stays := false
	for left := s.Range; ; {
		var upto chunker.Point
		err := w.again(ctx, func() (err error) { upto, err = w.Next(ctx, left, window); return err })
		if err != nil {
			return fmt.Errorf("find the rows that differ: %w", err)
		}
		part := chunker.Range{After: left.After, Upto: upto}
		if upto == nil {
			part = left
		}
		var keys []string
		var equal bool
		var cause error
		if err := w.again(ctx, func() (err error) { keys, equal, cause, err = w.window(ctx, part); return err }); err != nil {
			return err
		}
		if !equal {
			stays, f.keys, f.cause = true, append(f.keys, keys...), cause
		}
		if upto == nil || cause != nil || len(f.keys) >= few {
			break
		}
		left.After = upto
	}
	if stays {
		w.course.differs(f)
	} else {
		w.course.repaired()
	}
	return nil
}

// window settles one window. It gives the rows that differ in the end, and why they could not be copied again if that is the reason. A lost
// connection, or an ended context, is an error; then the whole window may be settled anew.
func (w *worker) window(ctx context.Context, r chunker.Range) (keys []string, equal bool, cause, err error) {
	if _, equal, err = w.equal(ctx, r); err != nil || equal {
		return nil, equal, nil, err
	}
	if keys, err = w.differing(ctx, r); err != nil || w.Remedy == LookAgain {
		return keys, false, nil, err
	}
	cause = w.patiently(ctx, r)
	if cause != nil {
		if conn.IsLost(cause) || ctx.Err() != nil {
			return nil, false, nil, cause
		}
		return keys, false, cause, nil
	}
	if _, equal, err = w.equal(ctx, r); err != nil || equal {
		return nil, equal, nil, err
	}
	keys, err = w.differing(ctx, r)
	return keys, false, nil, err
}

// patiently copies a window again for as often as it fails for a lock that somebody else holds, within the bounds of the pace.
func (w *worker) patiently(ctx context.Context, r chunker.Range) error {
	defer w.course.waiting(w.number, "", "")
	began := w.Clock()
	for tries := 1; ; tries++ {
		err := w.recopy(ctx, r)
		if !conn.IsLockWait(err) && !conn.IsDeadlock(err) || ctx.Err() != nil {
			return err
		}
		if w.Pace.Tries > 0 && tries >= w.Pace.Tries || w.Clock().Sub(began) >= w.Pace.LockTime {
			return fmt.Errorf("gave up after %d tries: %w", tries, err)
		}
		w.course.waiting(w.number, "a row lock that another session holds", fmt.Sprintf("try %d of copying rows again: %v", tries, err))
		if err := w.pause(ctx, w.Pace.Wait); err != nil {
			return err
		}
	}
}

// differing names rows of a window that are on one side only or differ.
func (w *worker) differing(ctx context.Context, r chunker.Range) ([]string, error) {
	if err := w.send(ctx, beginSnapshot); err != nil {
		return nil, err
	}
	defer w.send(context.WithoutCancel(ctx), commit) //nolint:errcheck // a read that ends with the connection at the latest
	original, order, err := w.list(ctx, w.sql.original, r)
	if err != nil {
		return nil, err
	}
	altered, more, err := w.list(ctx, w.sql.altered, r)
	if err != nil {
		return nil, err
	}
	var keys []string
	note := func(key, what string) {
		if len(keys) < few {
			keys = append(keys, "("+key+") "+what)
		}
	}
	for _, k := range order {
		switch got, there := altered[k]; {
		case !there:
			note(k, "is missing from the new table")
		case got != original[k]:
			note(k, "has another value")
		}
	}
	for _, k := range more {
		if _, there := original[k]; !there {
			note(k, "is in the new table only")
		}
	}
	return keys, nil
}

// list is the digest of each row by its key.
func (w *worker) list(ctx context.Context, s side, r chunker.Range) (map[string]string, []string, error) {
	_, rows, err := w.session.Rows(ctx, s.rows(r, 100*window))
	if err != nil {
		return nil, nil, fmt.Errorf("list the rows that differ: %w", err)
	}
	digests := make(map[string]string, len(rows))
	var order []string
	for _, row := range rows {
		n := len(row) - 1
		p, err := w.Tables.Key.Point(row[:n])
		if err != nil {
			return nil, nil, err
		}
		if row[n] != nil {
			digests[p.SQL()] += *row[n] // rows that share a key of a non-unique index count together
		}
		order = append(order, p.SQL())
	}
	return digests, order, nil
}

// recopy puts the original's rows of a range in the place of what the new table has there. The original's rows are locked first, as an
// application's write locks them before its trigger gets to the new table: in the other order the two would deadlock.
func (w *worker) recopy(ctx context.Context, r chunker.Range) (err error) {
	defer func() {
		if err != nil && !w.session.Lost() {
			w.send(context.WithoutCancel(ctx), rollback) //nolint:errcheck // the first error counts
		}
	}()
	if err := w.send(ctx, begin); err != nil {
		return err
	}
	for _, query := range w.sql.recopy(r) {
		if err := w.send(ctx, query); err != nil {
			return err
		}
		warnings, err := conn.Warnings(ctx, w.session)
		if err != nil {
			return err
		}
		for _, warning := range warnings {
			if _, ok := w.Tables.Leave.Covers(warning.Code, warning.Message); !ok {
				return fmt.Errorf("%s %d: %s", warning.Level, warning.Code, warning.Message)
			}
		}
	}
	return w.send(ctx, commit)
}
