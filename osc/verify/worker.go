package verify

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"oscar/chunker"
	"oscar/osc/conn"
)

// worker compares ranges on one session.
type worker struct {
	*Verifier
	session Session
	number  int
}

// run compares until no range is left.
func (w *worker) run(ctx context.Context) error {
	if w.number > 0 { // the first one is set up
		if err := w.again(ctx, func() error { return w.prepare(ctx) }); err != nil {
			return err
		}
	}
	for {
		s, ok, err := w.dealer.next(ctx, w)
		if err != nil || !ok {
			return err
		}
		if err := w.step(ctx, s); err != nil {
			return err
		}
	}
}

// step compares one range and sees to it that it becomes equal.
func (w *worker) step(ctx context.Context, s share) error {
	began := w.Clock()
	rows, equal, err := w.equal(ctx, s.Range)
	if err != nil {
		return err
	}
	w.course.did(rows, w.Clock().Sub(began), equal)
	if !equal {
		if err := w.settle(ctx, s); err != nil {
			return err
		}
	}
	w.course.sleep(w.Clock().Add(w.Pace.Sleep))
	return nil
}

// Next finds a range's end; see chunker.Walker.
func (w *worker) Next(ctx context.Context, left chunker.Range, n int64) (chunker.Point, error) {
	return w.point(ctx, w.source.NextSQL(left, n))
}

func (w *worker) point(ctx context.Context, query string) (chunker.Point, error) {
	_, rows, err := w.session.Rows(ctx, query)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return w.Tables.Key.Point(rows[0])
}

// equal reads both sides of a range and says how many rows the original has there.
func (w *worker) equal(ctx context.Context, r chunker.Range) (int64, bool, error) {
	var row []*string
	err := w.again(ctx, func() error {
		_, rows, err := w.session.Rows(ctx, w.sql.compare(r))
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

// again repeats an act after a lost connection.
func (w *worker) again(ctx context.Context, act func() error) error {
	for {
		err := act()
		if !conn.IsLost(err) || ctx.Err() != nil {
			return err
		}
		w.course.waiting(w.number, "the server to come back", "lost the connection while comparing: "+err.Error())
		if err := w.session.Reconnect(ctx, w.Pace.Patience); err != nil {
			return err
		}
		if err := w.prepare(ctx); err != nil && !conn.IsLost(err) {
			return err
		}
		w.course.waiting(w.number, "", "connected again")
	}
}

func (w *worker) prepare(ctx context.Context) error {
	for _, query := range w.Setup {
		if err := w.send(ctx, query); err != nil {
			return fmt.Errorf("set up the session: %w", err)
		}
	}
	return nil
}

func (w *worker) send(ctx context.Context, query string) error {
	_, err := w.session.ExecContext(ctx, query)
	return err
}
