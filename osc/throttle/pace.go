package throttle

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Clock tells the time; time.Now is one.
type Clock func() time.Time

// Every is a gate that measures g at most once in d and gives the last verdict in between, so a run on a healthy server pays at most one
// measurement per d however often it asks. The time counts from the start of a measurement: who waits d after a check gets a new one. An
// error is not kept; the next check measures again. Checks may come from several goroutines at once; one of them measures.
func Every(d time.Duration, clock Clock, g Gate) Gate {
	var (
		mu    sync.Mutex
		known bool
		since time.Time
		last  Verdict
	)
	return GateFunc(func(ctx context.Context) (Verdict, error) {
		mu.Lock()
		defer mu.Unlock()
		now := clock()
		if known && now.Sub(since) < d {
			return last, nil
		}
		v, err := g.Check(ctx)
		if err != nil {
			known = false
			return Verdict{}, err
		}
		known, since, last = true, now, v
		return v, nil
	})
}

// FailClosed is a gate that holds while g cannot be measured, since a signal that nobody can read must never mean "go on". After patience
// without a single measurement it returns the error. An ended context is returned at once.
func FailClosed(g Gate, patience time.Duration) Gate {
	var (
		mu    sync.Mutex
		since time.Time // of the first error in a row; zero after a success
	)
	return GateFunc(func(ctx context.Context) (Verdict, error) {
		v, err := g.Check(ctx)
		if ctx.Err() != nil {
			return Verdict{}, context.Cause(ctx)
		}
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			since = time.Time{}
			return v, nil
		}
		now := time.Now()
		if since.IsZero() {
			since = now
		}
		if gone := now.Sub(since); gone >= patience {
			return Verdict{}, fmt.Errorf("measure for %s: %w", gone.Round(time.Second), err)
		}
		return Verdict{State: Hold, Why: "cannot measure: " + err.Error()}, nil
	})
}

// ErrStop is the error of a wait that met a Stop.
type ErrStop struct {
	Why string
}

func (e *ErrStop) Error() string { return e.Why }

// Wait returns nil once g says Go, and only then; at once if it says so at once. While g holds it is asked again every tick. A Stop is an
// *ErrStop, an ended context its cause, a failed measurement its error. onChange, if not nil, is told each new reason to hold, and the Go
// that ends a hold; it is not called when there was nothing to wait for.
func Wait(ctx context.Context, g Gate, tick time.Duration, onChange func(Verdict)) error {
	var last Verdict
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		v, err := g.Check(ctx)
		if err != nil {
			return err
		}
		if v != last && v.State != Stop && onChange != nil {
			onChange(v)
		}
		last = v
		switch v.State {
		case Go:
			return nil
		case Stop:
			return &ErrStop{Why: v.Why}
		case Hold:
			if err := pause(ctx, tick); err != nil {
				return err
			}
		default:
			return fmt.Errorf("throttle: %s", v.State)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}
