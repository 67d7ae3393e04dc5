package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jmoiron/sqlx"
)

// stopGrace is how long Stop waits for statements under way before it cuts their connections.
const stopGrace = 60 * time.Second

// Writers are the running writers of one table.
type Writers struct {
	spec    Spec
	table   *table
	tally   *tally
	ledger  *Ledger // nil without one
	pool    *pool
	sources map[Kind]*source
	db      *sqlx.DB

	gate   sync.RWMutex // held for reading during a transaction
	quit   chan struct{}
	cancel context.CancelFunc
	done   sync.WaitGroup
	stop   func() Stats
}

var loads atomic.Int64

// Start reads the table and starts the writers. When it returns, every writer is connected and the statements of every
// Prepared writer are prepared. The DSN is the driver's and names the schema. The context bounds the start alone; Stop ends
// the writers.
func Start(ctx context.Context, dsn string, spec Spec) (_ *Writers, err error) {
	if spec, err = spec.filled(); err != nil {
		return nil, fmt.Errorf("start writers: %w", err)
	}
	w := &Writers{spec: spec, sources: map[Kind]*source{}, quit: make(chan struct{}), cancel: func() {}}
	w.stop = sync.OnceValue(w.end)
	if w.db, err = sqlx.ConnectContext(ctx, "mysql", dsn); err != nil {
		return nil, fmt.Errorf("start writers on %s: %w", spec.Table, err)
	}
	if err := w.start(ctx, dsn); err != nil {
		return nil, errors.Join(fmt.Errorf("start writers on %s: %w", spec.Table, err), w.close())
	}
	return w, nil
}

func (w *Writers) start(ctx context.Context, dsn string) (err error) {
	if w.table, err = readTable(ctx, w.db, w.spec); err != nil {
		return err
	}
	if w.pool, err = readPool(ctx, w.db, w.table); err != nil {
		return err
	}
	var looks []shape
	if w.spec.Ledger {
		if w.ledger, err = readLedger(ctx, w.db, w.table); err != nil {
			return err
		}
		looks = append(looks, w.table.near())
		for _, u := range w.table.uniques {
			looks = append(looks, w.table.look(u))
		}
	}
	prefix := fmt.Sprintf("load%d_%d_", os.Getpid(), loads.Add(1))
	for _, k := range w.spec.Kinds {
		if w.sources[k] != nil {
			continue
		}
		if w.sources[k], err = newSource(dsn, k, w.table, looks, prefix); err != nil {
			return err
		}
		if k == Procedure {
			if err := w.sources[k].procedures(ctx, create); err != nil {
				return err
			}
		}
	}
	workers := make([]*worker, w.spec.Workers)
	for i := range workers {
		if workers[i], err = newWorker(ctx, w, i); err != nil {
			for _, ready := range workers[:i] {
				ready.session.close()
			}
			return err
		}
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w.cancel, w.tally = cancel, newTally()
	for _, one := range workers {
		w.done.Go(func() { one.run(run) })
	}
	return nil
}

// Ops returns how many statements were committed so far.
func (w *Writers) Ops() int { return int(w.tally.done.Load()) }

// Longest returns the longest time that one statement took so far.
func (w *Writers) Longest() time.Duration { return time.Duration(w.tally.longest.Load()) }

// WaitOps waits until n more statements were committed than now.
func (w *Writers) WaitOps(ctx context.Context, n int) error {
	want := w.Ops() + n
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for w.Ops() < want {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %d writes, %d missing: %w", n, want-w.Ops(), ctx.Err())
		case <-w.quit:
			return fmt.Errorf("wait for %d writes, %d missing: the writers were stopped", n, want-w.Ops())
		case <-tick.C:
		}
	}
	return nil
}

// Pause waits until no transaction is open and holds the writers there, connected and with their statements prepared,
// until resume is called. Meanwhile the table stands still.
func (w *Writers) Pause() (resume func()) {
	w.gate.Lock()
	return sync.OnceFunc(w.gate.Unlock)
}

// Ledger returns what the table must hold, or nil when the Spec asked for none.
func (w *Writers) Ledger() *Ledger { return w.ledger }

// Stop lets every writer end its transaction, disconnects them and removes the stored procedures. A second call returns the
// same numbers.
func (w *Writers) Stop() Stats { return w.stop() }

func (w *Writers) end() Stats {
	close(w.quit)
	ended := make(chan struct{})
	go func() { w.done.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(stopGrace):
		w.tally.failure("", "stop", fmt.Errorf("a writer was still waiting for the server after %s", stopGrace))
		w.cancel()
		<-ended
	}
	w.cancel()
	stats := w.tally.result()
	if err := w.close(); err != nil {
		stats.Unexpected = append(stats.Unexpected, err.Error())
	}
	return stats
}

// close removes the procedures and closes the pools. A server that is gone has nothing to be removed from.
func (w *Writers) close() error {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	var err error
	if s := w.sources[Procedure]; s != nil {
		if err = s.procedures(ctx, drop); number(err) == errLost {
			err = nil
		}
	}
	for _, s := range w.sources {
		if s != nil {
			err = errors.Join(err, s.db.Close())
		}
	}
	return errors.Join(err, w.db.Close())
}
