package torture

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
)

const mirror = "mirror"

// crowd is all writers of a run.
type crowd struct {
	table     table
	change    change
	through   bool             // the swap will come
	pools     map[bool]*sql.DB // true: values travel apart from the text
	committed atomic.Int64
	trades    atomic.Int64
	quit      chan struct{}
	done      sync.WaitGroup

	mu       sync.Mutex
	keys     [][]any
	errors   map[uint16]int
	findings []string
}

func join(list []string) string    { return strings.Join(list, ", ") }
func joinAnd(list []string) string { return strings.Join(list, " AND ") }

// targets are the table, with its old or new columns, and the mirror.
func (c *crowd) targets(after bool) [2]target {
	old := func(i int) string { return c.table.columns[i].name }
	now := func(i int) string {
		if c.change.dropped[i] {
			return ""
		}
		if name, ok := c.change.renamed[i]; ok {
			return name
		}
		return old(i)
	}
	if !after {
		now = old
	}
	return [2]target{{c.table.name, now, false}, {mirror, old, true}}
}

// routine is the name of a shape's stored procedure. The mirror has procedures too: a parameter may change a value.
func (c *crowd) routine(s shape, to target, after bool) string {
	switch {
	case to.mirror:
		return "mirror_" + s.name
	case after:
		return "after_" + s.name
	}
	return "before_" + s.name
}

// start connects the writers and lets them begin.
func (c *crowd) start(ctx context.Context, dsn string, r *rand.Rand, tolerated []uint16) error {
	c.pools, c.quit, c.errors = map[bool]*sql.DB{}, make(chan struct{}), map[uint16]int{}
	conf, err := mysql.ParseDSN(dsn)
	if err != nil {
		return fmt.Errorf("read the writers' DSN: %w", err)
	}
	for _, apart := range []bool{false, true} {
		conf.InterpolateParams = !apart
		conn, err := mysql.NewConnector(conf)
		if err != nil {
			return fmt.Errorf("read the writers' DSN: %w", err)
		}
		c.pools[apart] = sql.OpenDB(conn)
	}
	deck := c.table.shapes(c.change)
	if err := c.routines(ctx, deck); err != nil {
		return err
	}
	var all []*writer
	for n := range 3 + r.IntN(3) {
		w := &writer{crowd: c, deck: deck, r: rand.New(rand.NewPCG(r.Uint64(), uint64(n)))}
		w.session = c.session(w.r, n)
		w.session.tolerat = tolerated
		if err := w.open(ctx); err != nil {
			return err
		}
		all = append(all, w)
	}
	run := context.WithoutCancel(ctx)
	for _, w := range all {
		c.done.Go(func() {
			defer w.close()
			for {
				select {
				case <-c.quit:
					return
				default:
					w.transaction(run)
				}
			}
		})
	}
	return nil
}

// session draws how a writer talks to the server.
func (c *crowd) session(r *rand.Rand, n int) session {
	s := session{kind: []string{"text", "prepared", "procedure"}[n%3]}
	zone := pick(r, "+00:00", "-07:30", "+13:00", "SYSTEM")
	for _, x := range c.table.columns {
		if x.inKey && x.domain.base == "timestamp" {
			zone = "+00:00" // rows are found by texts that all must read alike
		}
	}
	mode := pick(r, "@@GLOBAL.sql_mode", "''", "CONCAT(@@GLOBAL.sql_mode, ',ANSI_QUOTES')", "'NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES'")
	s.zeroes = s.kind != "procedure" && strings.Contains(mode, "ON_ZERO") // a procedure has the mode of its making
	s.setup = "SET NAMES " + pick(r, "utf8mb4", "utf8mb4 COLLATE utf8mb4_bin") + ", time_zone = '" + zone + "', sql_mode = " + mode +
		", timestamp = 1700000000, innodb_lock_wait_timeout = 2"
	if s.kind != "procedure" && one(r, 3) {
		s.weak = true
		s.setup += "; SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
	}
	return s
}

// routines makes the stored procedures for the time before and after the swap.
func (c *crowd) routines(ctx context.Context, deck []shape) error {
	before, after := c.targets(false), c.targets(true)
	for n, to := range []target{before[onTable], after[onTable], before[onMirror]} {
		for _, s := range deck {
			st, ok := c.table.write(s, to)
			if !ok {
				continue
			}
			create, _ := c.table.procedure(c.routine(s, to, n == 1), st)
			if _, err := c.pools[false].ExecContext(ctx, create); err != nil {
				return fmt.Errorf("%s: %w", create, err)
			}
		}
	}
	return nil
}

// wait waits until so many more transactions were committed, or until the writers had their time.
func (c *crowd) wait(n int64) {
	limit := time.After(4 * time.Second)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for want := c.committed.Load() + n; c.committed.Load() < want; {
		select {
		case <-limit:
			return
		case <-tick.C:
		}
	}
}

// stop lets the writers end their transactions.
func (c *crowd) stop() {
	close(c.quit)
	c.done.Wait()
	for _, db := range c.pools {
		db.Close()
	}
}

func (c *crowd) pick(r *rand.Rand) []any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys[r.IntN(len(c.keys))]
}

func (c *crowd) keep(r *rand.Rand, key []any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys[r.IntN(len(c.keys))] = key
}

func (c *crowd) count(n uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.errors[n]++
}

// find notes something that must not be.
func (c *crowd) find(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.findings) < 10 {
		c.findings = append(c.findings, fmt.Sprintf(format, args...))
	}
}
