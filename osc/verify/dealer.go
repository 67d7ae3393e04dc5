package verify

import (
	"context"
	"fmt"
	"sync"
	"time"

	"oscar/chunker"
	"oscar/osc/throttle"
)

// dealer cuts the ranges and deals them out in the order of the key, one at a time. Throttle and sleep hold there, for all sessions at once.
type dealer struct {
	mu     sync.Mutex
	ranged bool // false: one range for the whole table
	last   chunker.Point
	walk   *chunker.Walker
	number int64 // of ranges dealt
	ended  bool
}

// share is a range that somebody has to compare.
type share struct {
	chunker.Range
	number int64
}

// begin sets the first session up and finds the last key.
func (d *dealer) begin(ctx context.Context, w *worker) error {
	if err := w.again(ctx, func() error { return w.prepare(ctx) }); err != nil || !d.ranged {
		return err
	}
	err := w.again(ctx, func() (err error) { d.last, err = w.point(ctx, w.source.LastSQL()); return err })
	if err != nil {
		return fmt.Errorf("read the last key: %w", err)
	}
	d.walk = chunker.NewWalker(d.last)
	return nil
}

// next cuts a range with the session of the one who asks; false when there is none any more. The last range is what lies beyond the last key that
// there was at the start.
func (d *dealer) next(ctx context.Context, w *worker) (share, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ended || w.course.enough() {
		return share{}, false, nil
	}
	if err := w.clear(ctx); err != nil {
		return share{}, false, err
	}
	if w.course.enough() { // found meanwhile
		return share{}, false, nil
	}
	s := share{number: d.number}
	switch {
	case !d.ranged:
		d.ended = true
	case d.walk.Done():
		s.After, d.ended = d.last, true
	default:
		err := w.again(ctx, func() (err error) { s.Range, err = d.walk.Cut(ctx, w, w.course.size()); return err })
		if err != nil {
			return share{}, false, fmt.Errorf("find the next boundary: %w", err)
		}
		d.walk.Advance(s.Range)
	}
	d.number++
	w.course.sleep(w.Clock().Add(w.Pace.Sleep))
	return s, true, nil
}

// clear waits until neither a throttle nor --sleep holds the comparison.
func (w *worker) clear(ctx context.Context) error {
	if err := w.pause(ctx, w.course.awake().Sub(w.Clock())); err != nil {
		return err
	}
	return throttle.Wait(ctx, w.Pace.Gate, w.Pace.Tick, func(v throttle.Verdict) { w.course.waiting(w.number, v.Why, "") })
}

func (w *worker) pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
