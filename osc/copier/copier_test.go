package copier_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"oscar/e2e/server"
	"oscar/osc/conn"
	"oscar/osc/copier"
	"oscar/osc/ident"
	"oscar/osc/plan"
	"oscar/osc/throttle"
)

const plain = "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL DEFAULT 7); CREATE TABLE n LIKE t"

func TestCopy(t *testing.T) {
	tests := map[string]struct {
		rows   int
		chunk  int64
		change func(*plan.Input)
		sql    string // after the rows are there
		result copier.Result
		left   int // rows of t that n must not have
	}{
		"an empty table":                       {chunk: 10, result: copier.Result{Counts: copier.Counts{}}},
		"one row":                              {rows: 1, chunk: 10, result: copier.Result{Rows: 1, Chunks: 1, Counts: copier.Counts{"INSERT": 1}}},
		"chunks and a rest":                    {rows: 25, chunk: 10, result: copier.Result{Rows: 25, Chunks: 3, Counts: copier.Counts{"INSERT": 3}}},
		"all at once":                          {rows: 25, chunk: 10, change: func(in *plan.Input) { in.OneChunk = true }, result: copier.Result{Rows: 25, Chunks: 1, Counts: copier.Counts{"INSERT": 1}}},
		"rows that a condition selects":        {rows: 25, chunk: 10, change: func(in *plan.Input) { in.Where = "id % 2 = 0 OR id = 1" }, result: copier.Result{Rows: 13, Chunks: 2, Counts: copier.Counts{"INSERT": 2}}, left: 12},
		"a condition that selects nothing":     {rows: 25, chunk: 10, change: func(in *plan.Input) { in.Where = "id < 0" }, result: copier.Result{Counts: copier.Counts{}}, left: 25},
		"a new table that has other rows":      {rows: 5, chunk: 10, sql: "INSERT INTO n VALUES (99, 7); INSERT INTO t VALUES (99, 7)", result: copier.Result{Rows: 5, Chunks: 1, Counts: copier.Counts{"INSERT": 1, "mysql_warning_1062": 1}}},
		"REPEATABLE READ under STATEMENT logs": {rows: 25, chunk: 10, change: func(in *plan.Input) { in.Binlog = "STATEMENT" }, result: copier.Result{Rows: 25, Chunks: 3, Counts: copier.Counts{"INSERT": 3}}},
	}
	server.Each(t, func(t *testing.T, srv *server.Server) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				b := newBench(t, srv, plain)
				if test.rows > 0 {
					b.numbers(t, test.rows)
				}
				if test.sql != "" {
					b.db.MustExec(test.sql)
				}
				c := b.copier(t, test.chunk)
				c.Plan = b.plan(t, test.change)
				var last copier.Progress
				c.Tell = func(p copier.Progress) { last = p }
				result, err := c.Run(t.Context())
				if diff := cmp.Diff(test.result, result); err != nil || diff != "" {
					t.Errorf("error %v (-want +got):\n%s", err, diff)
				}
				if last.Rows > result.Rows || last.Waiting != "" {
					t.Errorf("the last progress was %+v", last)
				}
				if n := b.count(t, "SELECT COUNT(*) FROM t LEFT JOIN n USING (id) WHERE n.id IS NULL"); n != test.left {
					t.Errorf("rows that the new table lacks\n got %d\nwant %d", n, test.left)
				}
				if test.left == 0 {
					b.same(t)
				}
			})
		}
	})
}

// A row that a trigger wrote is newer than the copy's.
func TestWhatATriggerWroteStays(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		b := newBench(t, srv, plain+"; INSERT INTO t (id) VALUES (1), (2), (3); INSERT INTO n VALUES (2, 8)")
		if _, err := b.copier(t, 2).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := b.count(t, "SELECT v FROM n WHERE id = 2"); got != 8 || b.count(t, "SELECT COUNT(*) FROM n") != 3 {
			t.Errorf("the row of the trigger became %d", got)
		}
	})
}

func TestALockedRowMakesTheChunkSmaller(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		b := newBench(t, srv, plain)
		b.numbers(t, 40)
		lock := b.db.MustBegin()
		defer lock.Rollback()
		lock.MustExec("UPDATE t SET v = 8 WHERE id = 30")
		c := b.copier(t, 20)
		var sizes []int64
		c.Tell = func(p copier.Progress) {
			if p.Waiting != "" {
				sizes = append(sizes, p.Next)
			}
			if len(sizes) == 2 {
				lock.Commit()
			}
		}
		result, err := c.Run(t.Context())
		// 20 rows are copied, then 11 to 30 wait for row 30; as few as 5 do not reach it, and it is free by then.
		if err != nil || !slices.Equal(sizes, []int64{10, 5}) && !slices.Equal(sizes, []int64{10}) || result.Counts["lock_wait_timeout"] != len(sizes) {
			t.Errorf("error %v, sizes %v, counts %v", err, sizes, result.Counts)
		}
		b.same(t)
	})
}

func TestTriesOfALockedChunkEnd(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		b := newBench(t, srv, plain)
		b.numbers(t, 10)
		lock := b.db.MustBegin()
		defer lock.Rollback()
		lock.MustExec("UPDATE t SET v = 8 WHERE id = 1")
		c := b.copier(t, 10)
		c.Pace.Tries = 1
		result, err := c.Run(t.Context())
		if !conn.IsLockWait(err) || !strings.Contains(err.Error(), "gave up after 1 tries") || result.Counts["retry_fail"] != 1 {
			t.Errorf("error %v, counts %v", err, result.Counts)
		}
	})
}

// While a chunk waits for a row somebody kills the statement, then the connection.
func TestAKilledChunkIsCopiedAgain(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		for kill, want := range map[string]string{"KILL QUERY %d": "query_killed", "KILL %d": "lost_connection"} {
			t.Run(want, func(t *testing.T) {
				b := newBench(t, srv, plain, "innodb_lock_wait_timeout=50")
				b.numbers(t, 40)
				lock := b.db.MustBegin()
				defer lock.Rollback()
				lock.MustExec("UPDATE t SET v = 8 WHERE id = 25")
				c := b.copier(t, 10)
				alive := 0
				c.Alive = func(context.Context) error { alive++; return nil }
				id := b.session.ID()
				var killer sync.WaitGroup
				killer.Go(func() {
					b.blocked(t, id)
					b.db.MustExec(fmt.Sprintf(kill, id))
					lock.Commit()
				})
				result, err := c.Run(t.Context())
				killer.Wait()
				if err != nil || result.Counts[want] != 1 || result.Rows != 40 {
					t.Errorf("error %v, %d rows, counts %v", err, result.Rows, result.Counts)
				}
				if lost := want == "lost_connection"; lost != (alive == 1) || lost != (b.session.ID() != id) {
					t.Errorf("asked %d times whether the triggers are there; connection %d after %d", alive, b.session.ID(), id)
				}
				var level, zone string
				if err := b.session.GetContext(t.Context(), &zone, "SELECT @@SESSION.time_zone"); err != nil || zone != "+00:00" {
					t.Errorf("the session was not set up again: time zone %q, %v", zone, err)
				}
				if err := b.session.GetContext(t.Context(), &level, "SELECT @@SESSION.transaction_isolation"); err != nil && !strings.Contains(err.Error(), "1193") || level != "" && level != "READ-COMMITTED" {
					t.Errorf("isolation level %q, %v", level, err)
				}
				b.same(t)
			})
		}
	})
}

// faulty loses the connection when the n-th chunk has been committed, before anyone sees its warnings.
type faulty struct {
	*conn.Session
	at, chunks int
	sent       []string // first words
	ranges     []string
	then       func() // happens while the connection is lost; may be nil
}

func (f *faulty) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	res, err := f.Session.ExecContext(ctx, query, args...)
	if strings.Contains(query, "copy chunk") {
		f.chunks++
		f.sent = append(f.sent, query[:strings.Index(query, " ")])
		f.ranges = append(f.ranges, query[strings.Index(query, " WHERE "):])
		if f.chunks == f.at {
			if f.then != nil {
				f.then()
			}
			return nil, mysql.ErrInvalidConn
		}
	}
	return res, err
}

func TestAChunkThatMayBeCommittedIsCopiedAgainInFull(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		t.Run("values that fit", func(t *testing.T) {
			b := newBench(t, srv, plain)
			b.numbers(t, 40)
			b.db.MustExec("UPDATE t SET id = id * 10 ORDER BY id DESC")
			// New rows in the range: cut anew it would end earlier.
			f := &faulty{Session: b.session, at: 2, then: func() { b.db.MustExec("INSERT INTO t (id) VALUES (111), (112), (113)") }}
			c := b.copier(t, 10)
			c.Session = f
			if _, err := c.Run(t.Context()); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff([]string{"INSERT", "INSERT", "REPLACE", "INSERT", "INSERT"}, f.sent); diff != "" {
				t.Errorf("statements (-want +got):\n%s", diff)
			} else if f.ranges[1] != f.ranges[2] {
				t.Errorf("the chunk in doubt\n got %s\nwant %s", f.ranges[2], f.ranges[1])
			}
			b.same(t)
		})
		t.Run("a value that was changed is not overlooked", func(t *testing.T) {
			b := newBench(t, srv, "CREATE TABLE t (id INT PRIMARY KEY, v INT NOT NULL DEFAULT 7); CREATE TABLE n (id INT PRIMARY KEY, v TINYINT NOT NULL)")
			b.numbers(t, 40)
			b.db.MustExec("UPDATE t SET v = 1000 WHERE id = 15")
			c := b.copier(t, 10)
			c.Session = &faulty{Session: b.session, at: 2}
			_, err := c.Run(t.Context())
			var warning *copier.Warning
			if conn.Number(err) != 1264 && !errors.As(err, &warning) {
				t.Errorf("the copy went on with 127 in place of 1000: %v", err)
			}
		})
	})
}

func TestCaptureThatIsGoneEndsTheCopy(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		b := newBench(t, srv, plain)
		b.numbers(t, 40)
		c := b.copier(t, 10)
		c.Session = &faulty{Session: b.session, at: 2}
		c.Alive = func(context.Context) error { return errEnough }
		if _, err := c.Run(t.Context()); !errors.Is(err, errEnough) || !strings.Contains(err.Error(), "after (10)") {
			t.Errorf("error %v", err)
		}
	})
}

func TestAChangedValueStopsTheCopy(t *testing.T) {
	tests := map[string]struct {
		from, to, value string
		code            int
	}{
		"a number out of range":               {"INT", "TINYINT", "1000", 1264},
		"a text that is too long":             {"VARCHAR(20)", "VARCHAR(3)", "'abcdef'", 1265},
		"a member that is gone":               {"ENUM('a','b')", "ENUM('a')", "'b'", 1265},
		"a character that the charset lacks":  {"VARCHAR(20) CHARACTER SET utf8mb4", "VARCHAR(20) CHARACTER SET latin1", "_utf8mb4 X'E4B8AD'", 1366},
		"NULL where none may be":              {"INT", "INT NOT NULL", "NULL", 1048},
		"a text that is no number":            {"VARCHAR(20)", "INT", "'abc'", 1366},
		"a fraction that is cut off a number": {"DECIMAL(10,4)", "DECIMAL(10,2)", "1.2345", 1265},
	}
	server.Each(t, func(t *testing.T, srv *server.Server) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				b := newBench(t, srv, "CREATE TABLE t (id INT PRIMARY KEY, v "+test.from+"); CREATE TABLE n (id INT PRIMARY KEY, v "+test.to+")")
				for i := range 3 {
					b.db.MustExec("INSERT INTO t VALUES (?, "+test.value+")", i+1)
				}
				result, err := b.copier(t, 1).Run(t.Context())
				var warning *copier.Warning
				if !errors.As(err, &warning) || warning.Code != test.code && !(test.code == 1265 && warning.Code == 1406) {
					t.Fatalf("error\n got %v\nwant a warning %d", err, test.code)
				}
				if warning.Try() == "" || !strings.Contains(warning.Query, "copy chunk") || result.Counts[fmt.Sprintf("mysql_warning_%d", warning.Code)] != 1 || result.Chunks != 0 {
					t.Errorf("warning %+v, result %+v", warning, result)
				}
			})
		}
	})
}

func TestAGateSteersTheCopy(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		b := newBench(t, srv, plain)
		b.numbers(t, 40)
		gate := func(answers ...throttle.Verdict) throttle.Gate {
			return throttle.GateFunc(func(context.Context) (throttle.Verdict, error) {
				if len(answers) == 0 {
					return throttle.Verdict{}, nil
				}
				v := answers[0]
				answers = answers[1:]
				return v, nil
			})
		}
		t.Run("it is asked before each chunk and holds", func(t *testing.T) {
			c := b.copier(t, 10)
			c.Pace.Gate = gate(throttle.Verdict{State: throttle.Hold, Why: "first"}, throttle.Verdict{}, throttle.Verdict{State: throttle.Hold, Why: "second"}, throttle.Verdict{State: throttle.Hold, Why: "second"})
			var waits notes
			chunks := map[string]int64{}
			c.Tell = func(p copier.Progress) { waits.add(p.Waiting); chunks[p.Waiting] = p.Chunks }
			if _, err := c.Run(t.Context()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(notes{"first", "second"}, waits); diff != "" || chunks["first"] != 0 || chunks["second"] != 1 {
				t.Errorf("waited for %v, chunks then %v", waits, chunks)
			}
			b.same(t)
		})
		t.Run("it ends the copy", func(t *testing.T) {
			b.db.MustExec("TRUNCATE n")
			c := b.copier(t, 10)
			c.Pace.Gate = gate(throttle.Verdict{}, throttle.Verdict{}, throttle.Verdict{State: throttle.Stop, Why: "too much"})
			result, err := c.Run(t.Context())
			var stop *throttle.ErrStop
			if !errors.As(err, &stop) || result.Chunks != 2 || b.count(t, "SELECT COUNT(*) FROM n") != 20 {
				t.Errorf("error %v, result %+v", err, result)
			}
		})
		t.Run("a cancelled copy ends in its wait, and says only why", func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			c := b.copier(t, 10)
			c.Pace.Gate = throttle.GateFunc(func(context.Context) (throttle.Verdict, error) {
				return throttle.Verdict{State: throttle.Hold, Why: "load"}, nil
			})
			c.Tell = func(copier.Progress) { cancel(errEnough) }
			if _, err := c.Run(ctx); !errors.Is(err, errEnough) || err.Error() != "copy `"+b.schema+"`.`t`: "+errEnough.Error() {
				t.Errorf("error %v", err)
			}
		})
		t.Run("a cancelled copy ends in its sleep", func(t *testing.T) {
			b.db.MustExec("TRUNCATE n")
			ctx, cancel := context.WithCancelCause(t.Context())
			c := b.copier(t, 10)
			c.Pace.Sleep = time.Hour
			c.Tell = func(p copier.Progress) {
				if p.Chunks == 1 {
					cancel(errEnough)
				}
			}
			if result, err := c.Run(ctx); !errors.Is(err, errEnough) || result.Rows != 10 {
				t.Errorf("error %v, result %+v", err, result)
			}
		})
	})
}

func TestASessionThatCannotBeSetUpIsAnError(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		b := newBench(t, srv, plain)
		c := b.copier(t, 10)
		c.Plan.Session = []plan.Stmt{{Name: "set time zone", SQL: "SET SESSION time_zone='nowhere'"}}
		if _, err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "set time zone") || !strings.Contains(err.Error(), ident.Table{Schema: ident.Name(b.schema), Name: "t"}.String()) {
			t.Errorf("error %v", err)
		}
	})
}
