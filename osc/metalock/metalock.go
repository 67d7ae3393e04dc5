// Package metalock asks for exclusive metadata locks without making the application wait for oscar.
//
// A statement that waits for such a lock makes every later statement on the table queue behind it. So oscar asks for one second at a time
// and stands back in between, for as long as the operator's patience lasts.
package metalock

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"oscar/osc/conn"
)

// Ask is one second: the shortest lock_wait_timeout that every server takes.
const Ask = time.Second

// LongAsk is for a statement that does long work before it needs the lock, and would do it again after being refused.
const LongAsk = 5 * time.Second

// Asker runs statements that need an exclusive metadata lock.
type Asker struct {
	Q        conn.Querier
	Patience time.Duration // of one try: asks follow one another until it is over
	Tries    int
	Ask      time.Duration                   // how long one ask may make the application wait, in whole seconds; 0 means Ask
	Wait     time.Duration                   // between tries
	OnWait   func(try int, so time.Duration) // after an ask that was not granted: which try, and how long it has been in all; may be nil
}

// GaveUp says that the lock was never granted.
type GaveUp struct {
	Asks int
	For  time.Duration
	Err  error
}

func (g *GaveUp) Error() string {
	return fmt.Sprintf("another session has held the table for %s (asked %d times): %v", g.For.Round(time.Second), g.Asks, g.Err)
}

func (g *GaveUp) Unwrap() error { return g.Err }

// Do runs act until it no longer fails for want of a lock (1205, 1213). act may run many times; it must leave nothing behind when it fails.
// lock_wait_timeout is Ask while it runs.
func (a Asker) Do(ctx context.Context, act func(context.Context) error) error {
	ask := a.Ask
	if ask == 0 {
		ask = Ask
	}
	return conn.WithLockWait(ctx, a.Q, ask, func() error { return a.ask(ctx, act) })
}

func (a Asker) ask(ctx context.Context, act func(context.Context) error) error {
	began, asks := time.Now(), 0
	for try := 1; ; try++ {
		for deadline := time.Now().Add(a.Patience); ; {
			asks++
			err := act(ctx)
			if err == nil || !conn.IsLockWait(err) && !conn.IsDeadlock(err) {
				return err
			}
			if a.OnWait != nil {
				a.OnWait(try, time.Since(began))
			}
			if over := time.Now().After(deadline); over && try >= a.Tries {
				return &GaveUp{Asks: asks, For: time.Since(began), Err: err}
			} else if over {
				break
			}
			// The application works through its queue meanwhile; two migrations do not ask in step.
			if err := pause(ctx, Ask+rand.N(2*Ask)); err != nil {
				return err
			}
		}
		if err := pause(ctx, a.Wait); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
