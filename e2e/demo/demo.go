package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/compare"
	"oscar/e2e/load"
	"oscar/e2e/orders"
	"oscar/e2e/server"
)

const (
	schema = "shop"
	// alter is what a DBA might want of such a table: a column, a wider type, an index.
	alter = "ADD COLUMN note varchar(64) NULL, MODIFY amount decimal(14,2) NOT NULL, ADD INDEX customer_amount (customer_id, amount)"
	// rate keeps the writers at a steady pace: they show stalls, they do not race with oscar for the processors.
	rate = 25 // transactions a second of each writer
	// onward is how many statements the writers still commit once the table is altered, prepared statements from before included.
	onward = 300
)

// demo is one showing.
type demo struct {
	engine  server.Engine
	rows    int
	writers int
	alone   time.Duration // how long the writers run before oscar, so that there is something to compare its stalls with
	oscar   string
	out     io.Writer // the narration
	show    io.Writer // oscar's progress

	sabotage func(context.Context, *sqlx.DB) error // damages the table before it is compared; tests only
	stage    int
}

// result is what the summary tells.
type result struct {
	before    int // rows when oscar started
	oscar     child
	stats     load.Stats
	alone     pace // before oscar
	meanwhile pace // while it ran
	diff      compare.Diff
	wrong     []string
}

// pace is how many statements were committed in how much time.
type pace struct {
	ops  int
	took time.Duration
}

func (p pace) String() string { return grouped(int(float64(p.ops)/p.took.Seconds())) + " statements/s" }

// say narrates one stage with one line.
func (d *demo) say(format string, args ...any) {
	d.stage++
	fmt.Fprintf(d.out, "\n[%d/6] %s\n", d.stage, fmt.Sprintf(format, args...))
}

func (d *demo) note(format string, args ...any) {
	fmt.Fprintf(d.out, "      %s\n", fmt.Sprintf(format, args...))
}

func (d *demo) run(ctx context.Context) (err error) {
	if _, err := os.Stat(d.oscar); err != nil {
		return fmt.Errorf("find the oscar binary (run `make build`): %w", err)
	}
	began := time.Now()
	d.say("Starting a throw-away %s server in a temporary folder.", d.engine)
	s, err := d.start(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := s.Close(); cerr != nil {
			err = errors.Join(err, fmt.Errorf("remove the server: %w", cerr))
		}
	}()
	db, err := d.fill(ctx, s)
	if err != nil {
		return err
	}
	defer db.Close()
	r, err := d.alterUnderLoad(ctx, s, db)
	if err != nil {
		return err
	}
	if err := d.judge(ctx, db, &r); err != nil {
		return err
	}
	r.tell(d.out, time.Since(began))
	if len(r.wrong) > 0 {
		return errors.New("the demo found what must not be; see above")
	}
	return nil
}

// start starts the server. The kit's cache of data folders goes where it is removed again, since a demo leaves nothing behind.
func (d *demo) start(ctx context.Context) (*server.Server, error) {
	trees, err := server.TreesDir()
	if err != nil {
		return nil, err
	}
	cache, err := os.MkdirTemp("", "oscar-demo-")
	if err != nil {
		return nil, fmt.Errorf("make a temporary folder: %w", err)
	}
	defer os.RemoveAll(cache)
	if err := errors.Join(os.Setenv(server.EnvTrees, trees), os.Setenv(server.EnvCache, cache)); err != nil {
		return nil, err
	}
	return server.Start(ctx, d.engine, server.WithBufferPool("512M"))
}

// fill makes the schema and the table.
func (d *demo) fill(ctx context.Context, s *server.Server) (*sqlx.DB, error) {
	root, err := s.Open(ctx, "")
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var version string
	if err := root.GetContext(ctx, &version, "SELECT VERSION()"); err != nil {
		return nil, fmt.Errorf("ask the server for its version: %w", err)
	}
	d.note("version %s, port %d on loopback, process %d", version, s.Port(), s.Pid())
	d.say("Filling table %s with %s rows and three secondary indexes.", orders.Table, grouped(d.rows))
	if _, err := root.ExecContext(ctx, "CREATE SCHEMA "+schema+" CHARACTER SET utf8mb4"); err != nil {
		return nil, fmt.Errorf("create schema %s: %w", schema, err)
	}
	db, err := s.Open(ctx, schema)
	if err != nil {
		return nil, err
	}
	at := time.Now()
	if err := orders.Make(ctx, db, d.rows); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	d.note("%s", since(at))
	return db, nil
}

// alterUnderLoad runs the writers, and oscar in their midst. What it returns lacks the judgement.
func (d *demo) alterUnderLoad(ctx context.Context, s *server.Server, db *sqlx.DB) (result, error) {
	r := result{}
	d.say("Starting %d writers: inserts, updates, changed keys, deletes; as plain text, prepared statements and stored procedures.", d.writers)
	// The ledger first reads the whole table, so that it can tell at the end what each row must be.
	w, err := load.Start(ctx, s.DSN(schema), load.Spec{Table: orders.Table, Seed: 1, Workers: d.writers, Rate: rate, Ledger: true,
		Tolerate: []uint16{errAutoinc}})
	if err != nil {
		return r, err
	}
	stopped := false
	defer func() {
		if !stopped {
			w.Stop()
		}
	}()
	began := time.Now()
	d.note("they note every row they commit, and write alone for %s first", d.alone)
	select {
	case <-time.After(d.alone):
	case <-ctx.Done():
		return r, ctx.Err()
	}
	if err := db.GetContext(ctx, &r.before, "SELECT COUNT(*) FROM "+orders.Table); err != nil {
		return r, fmt.Errorf("count rows: %w", err)
	}

	d.say("Running oscar while they write on.")
	args := []string{"--alter", alter, "--execute", "S=" + s.Socket() + ",u=root,D=" + schema + ",t=" + orders.Table}
	fmt.Fprintf(d.out, "      $ %s\n\n", commandLine(d.oscar, args))
	r.alone = pace{w.Ops(), time.Since(began)}
	if r.oscar, err = runChild(ctx, d.out, d.show, d.oscar, args...); err != nil {
		return r, err
	}
	r.meanwhile = pace{w.Ops() - r.alone.ops, r.oscar.took}

	d.say("The writers go on with the altered table, then stop.")
	if err := writeOn(ctx, w); err != nil {
		return r, err
	}
	r.stats, stopped = w.Stop(), true
	d.note("%s statements were committed in all", grouped(r.stats.Total()))
	if d.sabotage != nil {
		if err := d.sabotage(ctx, db); err != nil {
			return r, err
		}
	}

	d.say("Comparing every row, value by value, with what the writers know they committed.")
	at := time.Now()
	if r.diff, err = w.Ledger().Check(ctx, db, orders.Table, nil); err != nil {
		return r, err
	}
	d.note("%s", since(at))
	return r, nil
}

// writeOn waits until the writers have shown that the altered table takes their statements. Should it take none, they have met errors, which the
// judgement reports.
func writeOn(ctx context.Context, w *load.Writers) error {
	limited, stop := context.WithTimeout(ctx, 20*time.Second)
	defer stop()
	if err := w.WaitOps(limited, onward); err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return nil
}
