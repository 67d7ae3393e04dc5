package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/orders"
	"oscar/e2e/server"
)

const (
	schema = "bench"
	// pristine is the table from which each run's table is made.
	pristine = "orders_pristine"
	// settleLimit bounds the wait for a server that writes its pages out.
	settleLimit = 2 * time.Minute
)

// bench is one comparison.
type bench struct {
	engine server.Engine
	rows   int
	rounds int
	change alteration
	tools  []tool
	out    io.Writer
}

// run measures and prints. A tool that fails is told and left out of the rest; the others go on, and the error comes at the end.
func (b *bench) run(ctx context.Context) (err error) {
	versions := map[string]string{}
	for _, t := range b.tools {
		if t.version == nil {
			continue
		}
		if versions[t.name], err = t.version(ctx); err != nil {
			return err
		}
	}
	s, err := server.Start(ctx, b.engine, server.WithBufferPool("1G"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	db, err := b.prepare(ctx, s)
	if err != nil {
		return err
	}
	defer db.Close()
	var version string
	if err := db.GetContext(ctx, &version, "SELECT VERSION()"); err != nil {
		return fmt.Errorf("ask the server for its version: %w", err)
	}
	var size float64
	if err := db.GetContext(ctx, &size, "SELECT (DATA_LENGTH + INDEX_LENGTH) / 1048576 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
		pristine); err != nil {
		return fmt.Errorf("ask for the table's size: %w", err)
	}
	fmt.Fprintf(b.out, "server   %s %s, buffer pool 1G, idle\ntable    %d rows, three secondary indexes, %.0f MB\nchange   %s\n",
		b.engine, version, b.rows, size, b.change.alter)
	for _, t := range b.tools {
		if v := versions[t.name]; v != "" {
			fmt.Fprintf(b.out, "%-8s %s\n", t.name, v)
		}
	}
	costs, err := b.measure(ctx, target{s, schema, db})
	tell(b.out, b.tools, costs)
	return err
}

// prepare makes the schema and the pristine table.
func (b *bench) prepare(ctx context.Context, s *server.Server) (*sqlx.DB, error) {
	root, err := s.Open(ctx, "")
	if err != nil {
		return nil, err
	}
	defer root.Close()
	if _, err := root.ExecContext(ctx, "CREATE SCHEMA "+schema+" CHARACTER SET utf8mb4"); err != nil {
		return nil, fmt.Errorf("create schema %s: %w", schema, err)
	}
	db, err := s.Open(ctx, schema)
	if err != nil {
		return nil, err
	}
	if err = orders.Make(ctx, db, b.rows); err == nil {
		_, err = db.ExecContext(ctx, "RENAME TABLE "+orders.Table+" TO "+pristine)
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// measure lets each tool run in each round. Who begins changes from round to round, so that nobody has the better place.
func (b *bench) measure(ctx context.Context, t target) (map[string][]cost, error) {
	costs := map[string][]cost{}
	var failures error
	failed := map[string]bool{}
	for round := range b.rounds {
		order := slices.Clone(b.tools)
		turn := round % len(order)
		order = append(order[turn:], order[:turn]...)
		for _, one := range order {
			if failed[one.name] {
				continue
			}
			c, err := b.once(ctx, t, one)
			if ctx.Err() != nil {
				return costs, ctx.Err()
			}
			if err != nil {
				failed[one.name] = true
				failures = errors.Join(failures, fmt.Errorf("round %d, %s: %w", round+1, one.name, err))
				fmt.Fprintf(b.out, "round %d  %-12s failed\n", round+1, one.name)
				continue
			}
			fmt.Fprintf(b.out, "round %d  %-12s %7.2f s\n", round+1, one.name, c.took.Seconds())
			costs[one.name] = append(costs[one.name], c)
		}
	}
	return costs, failures
}

// once restores the table, lets one tool alter it, and checks that it did.
func (b *bench) once(ctx context.Context, t target, one tool) (cost, error) {
	if err := restore(ctx, t.db); err != nil {
		return cost{}, err
	}
	c, err := one.alter(ctx, t, b.change)
	if err != nil {
		return c, err
	}
	var rows, done int
	if err := t.db.GetContext(ctx, &rows, "SELECT COUNT(*) FROM "+orders.Table); err != nil {
		return c, fmt.Errorf("count rows: %w", err)
	}
	if err := t.db.GetContext(ctx, &done, b.change.done); err != nil {
		return c, fmt.Errorf("look for the change: %w", err)
	}
	if rows != b.rows || done != 1 {
		return c, fmt.Errorf("the table has %d rows of %d; the change is there: %v", rows, b.rows, done == 1)
	}
	return c, nil
}

// restore makes the table as new, brings all of it into the buffer pool, and waits until the server has nothing left to write: every run starts from
// the same state, and none pays for the one before.
func restore(ctx context.Context, db *sqlx.DB) error {
	conn, err := db.Connx(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close()
	// What a failed run may have left; its triggers go with the table.
	var left []string
	if err := conn.SelectContext(ctx, &left, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME <> ?", pristine); err != nil {
		return fmt.Errorf("list tables: %w", err)
	}
	slices.Sort(left)
	slices.Reverse(left) // orders before _orders_new
	for _, name := range left {
		if _, err := conn.ExecContext(ctx, "DROP TABLE IF EXISTS `"+name+"`"); err != nil {
			return fmt.Errorf("drop %s: %w", name, err)
		}
	}
	if err := orders.Copy(ctx, db, pristine); err != nil {
		return err
	}
	// The binary log of the runs before would fill the disk.
	for _, act := range []string{"FLUSH BINARY LOGS", "PURGE BINARY LOGS BEFORE NOW() + INTERVAL 1 DAY"} {
		if _, err := conn.ExecContext(ctx, act); err != nil {
			return fmt.Errorf("drop old binary logs: %w", err)
		}
	}
	for _, index := range []string{"PRIMARY", "customer", "status_amount", "tracking"} {
		if _, err := conn.ExecContext(ctx, "SELECT COUNT(*) FROM "+orders.Table+" FORCE INDEX ("+index+") WHERE placed_at > '2000-01-01' OR amount >= 0"); err != nil {
			return fmt.Errorf("warm up: %w", err)
		}
	}
	return settle(ctx, conn)
}

// settle has the server write all dirty pages at full speed and waits until it has. Its settings are then as before.
func settle(ctx context.Context, conn *sqlx.Conn) error {
	var before flushing
	if err := conn.GetContext(ctx, &before, `SELECT @@innodb_max_dirty_pages_pct dirty, @@innodb_max_dirty_pages_pct_lwm low,
		@@innodb_io_capacity_max top, @@innodb_io_capacity capacity`); err != nil {
		return fmt.Errorf("read how pages are written: %w", err)
	}
	if err := (flushing{Top: 20_000, Capacity: 20_000}).set(ctx, conn); err != nil {
		return err
	}
	wait, stop := context.WithTimeout(ctx, settleLimit)
	defer stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		var name string
		var dirty int
		if err := conn.QueryRowxContext(ctx, "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'").Scan(&name, &dirty); err != nil {
			return fmt.Errorf("read how many pages are dirty: %w", err)
		}
		if dirty < 100 {
			return before.set(ctx, conn)
		}
		select {
		case <-wait.Done():
			return fmt.Errorf("wait until pages are written, %d are not: %w", dirty, wait.Err())
		case <-tick.C:
		}
	}
}

// flushing is how eagerly the server writes dirty pages.
type flushing struct {
	Dirty, Low    float64 // percent of dirty pages from which it hurries, and from which it begins
	Top, Capacity uint64  // pages a second
}

// set applies it. The order is that in which the server takes the values whatever they were before.
func (f flushing) set(ctx context.Context, conn *sqlx.Conn) error {
	_, err := conn.ExecContext(ctx, fmt.Sprintf(`SET GLOBAL innodb_max_dirty_pages_pct_lwm = 0, GLOBAL innodb_max_dirty_pages_pct = %g,
		GLOBAL innodb_max_dirty_pages_pct_lwm = %g, GLOBAL innodb_io_capacity = 100, GLOBAL innodb_io_capacity_max = %d, GLOBAL innodb_io_capacity = %d`,
		f.Dirty, f.Low, f.Top, f.Capacity))
	if err != nil {
		return fmt.Errorf("set how pages are written: %w", err)
	}
	return nil
}
