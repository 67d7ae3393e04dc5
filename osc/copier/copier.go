// Package copier copies every chunk of a table, pacing itself.
package copier

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"oscar/chunker"
	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/plan"
	"oscar/osc/throttle"
)

// Session is the connection that copies; *conn.Session is one.
type Session interface {
	conn.Querier
	Rows(ctx context.Context, query string, args ...any) ([]string, [][]*string, error)
	Texts(ctx context.Context, most int, query string) (texts []string, full bool, err error)
	Reconnect(ctx context.Context, patience time.Duration) error
}

// Pace is how the copy is steered.
type Pace struct {
	ChunkRows int64         // of the first chunk
	ChunkTime time.Duration // what a chunk should take; 0 keeps the size
	Sleep     time.Duration // after each chunk
	Gate      throttle.Gate // asked before each chunk
	Tick      time.Duration // between two looks at a gate that holds
	Tries     int           // of a chunk that cannot get its row locks; 0 means no limit
	Wait      time.Duration // between tries
	Patience  time.Duration // for reconnecting
}

// Progress is how far the copy is. It is told after each chunk and when what is waited for changes.
type Progress struct {
	Rows    int64 // inserted so far
	Chunks  int64
	Next    int64  // rows of the next chunk
	Waiting string // empty when nothing is waited for
	Note    string // something that happened, for the log
}

// Result is what the copy has done, also when it failed.
type Result struct {
	Rows   int64 // inserted by the copy; rows that a trigger had written before are not counted
	Chunks int64
	Counts Counts
	// Changed counts values that the copy changed, with leave, by the column's name in the new table. What triggers changed is not among them, and a value that
	// was rounded without a warning is not either.
	Changed map[ident.Name]int64
}

// Copier copies one table once.
type Copier struct {
	Session Session
	Plan    plan.Plan
	Pace    Pace
	Clock   func() time.Time
	Alive   func(ctx context.Context) error // after a reconnect and now and then: capture and new table are still there; its error ends the copy
	Tell    func(Progress)

	result Result
	sizer  *chunker.Sizer
	at     chunker.Point // end of the last chunk that is done
	// doubt is a range whose copy statement may have been committed, with warnings that nobody saw, when the connection went. It is
	// copied again as it was, not cut anew: rows come and go, and a smaller range would leave the rest of it in doubt.
	doubt *chunker.Range
}

// aliveEvery is how often the copy looks whether capture still works.
const aliveEvery = 30 * time.Second

// Run copies. It returns when every row that the table had when it began is in the new table, or with the reason why not.
func (c *Copier) Run(ctx context.Context) (Result, error) {
	c.result.Counts = Counts{}
	c.sizer = chunker.NewSizer(c.Pace.ChunkRows, c.Pace.ChunkTime).AtMost(conn.MaxWarnings / (c.warningsEach() + 1))
	err := c.run(ctx)
	if err != nil && c.at != nil {
		err = fmt.Errorf("copy %s after (%s): %w", c.Plan.Original.Name, c.at.SQL(), err)
	} else if err != nil {
		err = fmt.Errorf("copy %s: %w", c.Plan.Original.Name, err)
	}
	return c.result, err
}

func (c *Copier) run(ctx context.Context) error {
	if err := c.prepare(ctx); err != nil {
		return err
	}
	if c.Plan.OneChunk {
		if err := c.clear(ctx); err != nil {
			return err
		}
		return c.try(ctx, func() error {
			_, err := c.chunk(ctx, chunker.Range{}, c.Plan.Copy.AllSQL(c.mode()))
			return err
		})
	}
	var last chunker.Point
	err := c.try(ctx, func() (err error) { last, err = c.point(ctx, c.Plan.Copy.LastSQL()); return err })
	if err != nil {
		return fmt.Errorf("read the last key: %w", err)
	}
	looked := c.Clock()
	for walk := chunker.NewWalker(last); !walk.Done(); {
		if err := c.clear(ctx); err != nil {
			return err
		}
		// A trigger that was dropped makes all further copying useless; that should not come out only at the end.
		if now := c.Clock(); now.Sub(looked) >= aliveEvery {
			looked = now
			if err := c.Alive(ctx); err != nil {
				return err
			}
		}
		if err := c.try(ctx, func() error { return c.step(ctx, walk) }); err != nil {
			return err
		}
		if err := c.sleep(ctx, c.Pace.Sleep); err != nil {
			return err
		}
	}
	return nil
}

// step copies the next range.
func (c *Copier) step(ctx context.Context, walk *chunker.Walker) error {
	var r chunker.Range
	if c.doubt != nil {
		r = *c.doubt
	} else {
		var err error
		if r, err = walk.Cut(ctx, c, c.sizer.Rows()); err != nil {
			return fmt.Errorf("find the next chunk boundary: %w", err)
		}
	}
	began := c.Clock()
	rows, err := c.copy(ctx, r)
	if err != nil {
		return err
	}
	c.sizer.Observe(rows, c.Clock().Sub(began))
	walk.Advance(r)
	c.at = r.Upto
	c.tell("", "")
	return nil
}

// copy copies a range in the plan's form. It returns how many rows were read.
func (c *Copier) copy(ctx context.Context, r chunker.Range) (int64, error) {
	if len(c.Plan.Copy.Carry) > 0 {
		if rows, done, err := c.carry(ctx, r); done || err != nil {
			return rows, err
		}
	}
	return c.chunk(ctx, r, c.Plan.Copy.RangeSQL(r, c.mode()))
}

// Next finds a chunk's end; see chunker.Walker.
func (c *Copier) Next(ctx context.Context, left chunker.Range, n int64) (chunker.Point, error) {
	return c.point(ctx, c.Plan.Copy.NextSQL(left, n))
}

func (c *Copier) point(ctx context.Context, query string) (chunker.Point, error) {
	_, rows, err := c.Session.Rows(ctx, query)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return c.Plan.Copy.Key.Point(rows[0])
}

// chunk runs one copy statement and looks at every warning of it. It returns how many rows the statement read.
func (c *Copier) chunk(ctx context.Context, r chunker.Range, query string) (int64, error) {
	again := c.doubt != nil
	c.doubt = &r
	result, err := c.Session.ExecContext(ctx, query)
	if err != nil {
		if !again && !conn.IsLost(err) {
			c.doubt = nil // the statement was rolled back
		}
		return 0, err
	}
	inserted, err := affected(result)
	if err != nil {
		return 0, err
	}
	duplicates, err := c.inspect(ctx, query)
	if err != nil {
		return 0, err
	}
	c.doubt = nil
	if again {
		inserted = max(0, inserted-duplicates) // rows replaced count twice; this is for the progress only
	}
	c.result.Rows += inserted
	c.result.Chunks++
	c.result.Counts["INSERT"]++
	return inserted + duplicates, nil
}

func affected(r sql.Result) (int64, error) {
	n, err := r.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("count the copied rows: %w", err)
	}
	return n, nil
}

// mode is Fresh, or Again after a connection was lost in the middle of a chunk: IGNORE would leave the rows that the lost statement may have
// committed as they are, and with them a changed value whose warning nobody saw.
func (c *Copier) mode() chunker.CopyMode {
	if c.doubt != nil {
		return chunker.Again
	}
	return chunker.Fresh
}

// try repeats act for as long as it fails for a reason that passes: a lock that was not granted (then with half the chunk) or a lost
// connection. Copying a range twice does no harm: rows that are there already are left alone, or written again as they are.
func (c *Copier) try(ctx context.Context, act func() error) error {
	for tries := 1; ; tries++ {
		err := act()
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if conn.IsNoSuchTable(err) {
			if what := c.Alive(ctx); what != nil {
				return what // says more than the server does
			}
		}
		switch reason := c.result.Counts.count(err); {
		case conn.IsLost(err):
			c.tell("the server to come back", "lost the connection while copying: "+err.Error())
			if err := c.reconnect(ctx); err != nil {
				return err
			}
			c.tell("", "connected again")
		case reason == "" || c.Pace.Tries > 0 && tries >= c.Pace.Tries:
			if reason != "" {
				c.result.Counts["retry_fail"]++
				return fmt.Errorf("gave up after %d tries: %w", tries, err)
			}
			return err
		default:
			c.sizer.Halve()
			c.tell("a row lock that another session holds", fmt.Sprintf("try %d of a chunk: %v", tries, err))
			if err := c.sleep(ctx, c.Pace.Wait); err != nil {
				return err
			}
		}
	}
}

func (c *Copier) reconnect(ctx context.Context) error {
	if err := c.Session.Reconnect(ctx, c.Pace.Patience); err != nil {
		return err
	}
	if err := c.Alive(ctx); err != nil {
		return err
	}
	return c.prepare(ctx)
}

// prepare sets the session up for copying.
func (c *Copier) prepare(ctx context.Context) error {
	for _, s := range c.Plan.Session {
		if _, err := c.Session.ExecContext(ctx, s.SQL); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

// clear waits until no throttle holds the copy.
func (c *Copier) clear(ctx context.Context) error {
	err := throttle.Wait(ctx, c.Pace.Gate, c.Pace.Tick, func(v throttle.Verdict) { c.tell(v.Why, "") })
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (c *Copier) tell(waiting, note string) {
	c.Tell(Progress{Rows: c.result.Rows, Chunks: c.result.Chunks, Next: c.sizer.Rows(), Waiting: waiting, Note: note})
}

func (c *Copier) sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}
