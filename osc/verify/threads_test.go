package verify

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"

	"oscar/e2e/server"
	"oscar/osc/conn"
	"oscar/osc/throttle"
)

// limit is how long any wait of a test may take.
const limit = time.Minute

// another opens one more session, set up as the first.
func (b *bench) another(s *server.Server) *conn.Session {
	b.t.Helper()
	cfg, err := mysql.ParseDSN(s.DSN(b.schema))
	if err != nil {
		b.t.Fatal(err)
	}
	vars, err := conn.ParseVars(nil)
	if err != nil {
		b.t.Fatal(err)
	}
	more, err := conn.Open(b.t.Context(), cfg, conn.Setup{Vars: vars})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { more.Close() })
	return more
}

// verifier compares t and n on some sessions, in ranges of seven rows.
func (b *bench) verifier(s *server.Server, sessions int, change string) *Verifier {
	b.t.Helper()
	v := &Verifier{
		Sessions: []Session{b.session}, Tables: b.tables(change), Setup: []string{"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"},
		Clock: time.Now, Tell: func(Progress) {},
		Pace: Pace{Rows: 7, Gate: throttle.All(), Tick: time.Second, Patience: limit, Wait: 50 * time.Millisecond, LockTime: limit},
	}
	for range sessions - 1 {
		v.Sessions = append(v.Sessions, b.another(s))
	}
	return v
}

// numbers fills t with rows from 1 to n.
func (b *bench) numbers(n int, value string) {
	b.t.Helper()
	var values []string
	for i := 1; i <= n; i++ {
		values = append(values, fmt.Sprintf("(%d, %s)", i, value))
	}
	b.exec("INSERT INTO t VALUES " + strings.Join(values, ","))
}

// However many sessions compare: what is named, what is mended, what is counted and the order of what is told are the same.
func TestSeveralSessionsFindWhatOneFinds(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		b := newBench(t, s, "id int PRIMARY KEY, a datetime(6)", "", "MODIFY a datetime")
		b.exec("SET SESSION sql_mode=''")
		b.numbers(700, "'2024-01-01'")
		var want []string
		for i := range 40 { // what no copy mends
			id := 5 + 17*i
			b.exec(fmt.Sprintf("UPDATE t SET a = '2024-01-01 00:00:00.25' WHERE id = %d", id))
			if i < 20 {
				want = append(want, fmt.Sprintf("(%d) has another value", id))
			}
		}
		b.copyAll("MODIFY a datetime")
		for _, sessions := range []int{1, 2, 5} {
			t.Run(fmt.Sprintf("%d sessions name the first twenty", sessions), func(t *testing.T) {
				v := b.verifier(s, sessions, "MODIFY a datetime")
				_, clean, err := v.Run(t.Context())
				var m *Mismatch
				if !errors.As(err, &m) || clean.Allows() {
					t.Fatalf("got %v", err)
				}
				if diff := cmp.Diff(want, m.Keys); diff != "" {
					t.Errorf("keys (-want +got):\n%s", diff)
				}
			})
		}
		b.exec("UPDATE t SET a = '2024-01-01'")
		b.exec("DELETE FROM n")
		b.copyAll("MODIFY a datetime")
		for _, sessions := range []int{1, 2, 5} {
			t.Run(fmt.Sprintf("%d sessions mend", sessions), func(t *testing.T) {
				b.exec("DELETE FROM n WHERE id % 100 = 0")
				b.exec("INSERT INTO n VALUES (-3, NULL), (9000, NULL)")
				v := b.verifier(s, sessions, "MODIFY a datetime")
				var rows, ranges int64
				v.Tell = func(p Progress) {
					if p.Rows < rows || p.Ranges < ranges {
						t.Errorf("progress went back from %d rows, %d ranges to %d, %d", rows, ranges, p.Rows, p.Ranges)
					}
					rows, ranges = p.Rows, p.Ranges
				}
				result, clean, err := v.Run(t.Context())
				// 9 ranges: seven hundreds, the first and what lies beyond the last key
				if err != nil || !clean.Allows() || result.Rows != 700 || result.Ranges != 101 || result.Mismatches != 9 || result.Repaired != 9 {
					t.Errorf("got %+v, %v", result, err)
				}
				if again, _, err := b.verifier(s, sessions, "MODIFY a datetime").Run(t.Context()); err != nil || again.Mismatches != 0 {
					t.Errorf("after mending: %+v, %v", again, err)
				}
			})
		}
	})
}

// Looking changes nothing, and names the rows all the same.
func TestLookingChangesNothing(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		b := newBench(t, s, "id int PRIMARY KEY, a int", "", "")
		b.numbers(100, "1")
		b.copyAll("")
		b.exec("DELETE FROM n WHERE id = 60")
		b.exec("UPDATE n SET a = 2 WHERE id = 7")
		b.exec("INSERT INTO n VALUES (101, 1)")
		for range 2 {
			v := b.verifier(s, 3, "")
			v.Remedy = LookAgain
			v.Setup = append(v.Setup, "SET SESSION TRANSACTION READ ONLY")
			result, clean, err := v.Run(t.Context())
			var m *Mismatch
			if !errors.As(err, &m) || clean.Allows() || result.Repaired != 0 {
				t.Fatalf("got %+v, %v", result, err)
			}
			want := []string{"(7) has another value", "(60) is missing from the new table", "(101) is in the new table only"}
			if diff := cmp.Diff(want, m.Keys); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
		}
	})
}

// A condition holds for both tables.
func TestOnlyTheRowsOfACondition(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		b := newBench(t, s, "id int PRIMARY KEY, a int", "", "")
		b.numbers(100, "id % 2")
		b.copyAll("")
		b.exec("DELETE FROM n WHERE a = 0")
		b.exec("INSERT INTO n VALUES (9000, 0)")
		v := b.verifier(s, 2, "")
		v.Tables.Where = "a = 1 OR FALSE"
		if result, clean, err := v.Run(t.Context()); err != nil || !clean.Allows() || result.Rows != 50 || result.Mismatches != 0 {
			t.Errorf("got %+v, %v", result, err)
		}
		v = b.verifier(s, 2, "")
		v.Tables.Where, v.Remedy = "a = 0", LookAgain
		if _, _, err := v.Run(t.Context()); err == nil {
			t.Error("rows that are missing were not found")
		}
	})
}

// Sessions that are killed, each of them and more than once, are had anew, and every row is compared.
func TestEverySessionMayBeLost(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		b := newBench(t, s, "id int PRIMARY KEY, a int", "", "")
		b.numbers(700, "1")
		b.copyAll("")
		b.exec("DELETE FROM n WHERE id = 350")
		v := b.verifier(s, 3, "")
		v.Pace.Sleep = 5 * time.Millisecond
		var mu sync.Mutex
		lost := 0
		v.Tell = func(p Progress) {
			mu.Lock()
			defer mu.Unlock()
			if strings.HasPrefix(p.Note, "lost the connection") {
				lost++
			}
		}
		done := make(chan error, 1)
		var result Result
		go func() {
			var err error
			result, _, err = v.Run(t.Context())
			done <- err
		}()
		for kills := 0; ; {
			select {
			case err := <-done:
				mu.Lock()
				defer mu.Unlock()
				if err != nil || result.Rows != 700 || result.Repaired != 1 {
					t.Errorf("got %+v, %v", result, err)
				}
				if lost < 3 {
					t.Errorf("%d connections were lost after %d kills", lost, kills)
				}
				return
			case <-time.After(20 * time.Millisecond):
			}
			if kills >= 6 {
				continue
			}
			kills++
			var ids []int64
			if err := b.db.Select(&ids, "SELECT id FROM information_schema.processlist WHERE db = ? AND id <> CONNECTION_ID()", b.schema); err != nil {
				t.Fatal(err)
			}
			for _, id := range ids {
				b.db.Exec(fmt.Sprintf("KILL %d", id)) //nolint:errcheck // it may have gone by itself
			}
		}
	})
}

// When the context ends, the statements of all sessions end with it, and Run returns.
func TestTheEndOfTheContextEndsAllSessions(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		b := newBench(t, s, "id int PRIMARY KEY, a int", "", "")
		b.numbers(100, "1")
		b.copyAll("")
		v := b.verifier(s, 3, "")
		locker, err := b.db.Connx(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer locker.Close()
		if _, err := locker.ExecContext(t.Context(), "LOCK TABLES n WRITE"); err != nil { // boundaries are still found in t
			t.Fatal(err)
		}
		defer locker.ExecContext(context.WithoutCancel(t.Context()), "UNLOCK TABLES") //nolint:errcheck // the end of the connection does it as well
		running := func() (n int) {
			if err := b.db.Get(&n, "SELECT COUNT(*) FROM information_schema.processlist WHERE db = ? AND info LIKE '%oscar verify%' AND id <> CONNECTION_ID()", b.schema); err != nil {
				t.Fatal(err)
			}
			return n
		}
		ctx, end := context.WithCancelCause(t.Context())
		done := make(chan error, 1)
		go func() {
			_, _, err := v.Run(ctx)
			done <- err
		}()
		for began := time.Now(); running() < 3; {
			if time.Since(began) > limit {
				t.Fatal("three statements never ran at once")
			}
		}
		enough := errors.New("enough")
		end(enough)
		select {
		case err := <-done:
			if !errors.Is(err, enough) {
				t.Errorf("error %v", err)
			}
		case <-time.After(limit / 4): // the statements themselves would wait for all of it
			t.Fatal("Run did not return")
		}
		if n := running(); n > 0 {
			t.Errorf("%d statements go on", n)
		}
	})
}

// watched counts the repairs that go on at the same time.
type watched struct {
	*conn.Session
	now, most *atomic.Int32
}

func (w watched) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	if query == begin {
		n := w.now.Add(1)
		for m := w.most.Load(); n > m && !w.most.CompareAndSwap(m, n); m = w.most.Load() {
		}
	}
	result, err := w.Session.ExecContext(ctx, query, args...)
	if query == commit && w.now.Load() > 0 || query == rollback {
		w.now.Add(-1)
	}
	return result, err
}

// Two sessions that mend at once could wait for each other's locks.
func TestOneSessionMendsAtATime(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		b := newBench(t, s, "id int PRIMARY KEY, a int", "", "")
		b.numbers(700, "1")
		var now, most atomic.Int32
		v := b.verifier(s, 4, "")
		for i, session := range v.Sessions {
			v.Sessions[i] = watched{session.(*conn.Session), &now, &most}
		}
		result, clean, err := v.Run(t.Context()) // nothing was copied yet
		if err != nil || !clean.Allows() || result.Repaired != 100 {
			t.Fatalf("got %+v, %v", result, err)
		}
		if most.Load() != 1 {
			t.Errorf("%d sessions mended at once", most.Load())
		}
	})
}

// The pace holds for all sessions together.
func TestThePaceIsCommon(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		b := newBench(t, s, "id int PRIMARY KEY, a int", "", "")
		b.numbers(70, "1")
		b.copyAll("")
		v := b.verifier(s, 4, "")
		v.Pace.Sleep = 50 * time.Millisecond
		began := time.Now()
		if result, _, err := v.Run(t.Context()); err != nil || result.Ranges != 11 {
			t.Fatalf("got %+v, %v", result, err)
		}
		if took := time.Since(began); took < 10*v.Pace.Sleep {
			t.Errorf("11 ranges took %s, want at least 10 sleeps of %s", took, v.Pace.Sleep)
		}
		v = b.verifier(s, 4, "")
		var told []string
		held := 0
		v.Pace.Tick = time.Millisecond
		v.Pace.Gate = throttle.GateFunc(func(context.Context) (throttle.Verdict, error) {
			if held++; held <= 30 {
				return throttle.Verdict{State: throttle.Hold, Why: "the load"}, nil
			}
			return throttle.Verdict{}, nil
		})
		v.Tell = func(p Progress) {
			if len(told) < 3 {
				told = append(told, fmt.Sprintf("%d %s", p.Ranges, p.Waiting))
			}
		}
		if _, _, err := v.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := []string{"0 the load", "0 ", "1 "}; !slices.Equal(told, want) {
			t.Errorf("told %q, want %q: nobody compares while the load holds", told, want)
		}
	})
}

// A row that somebody holds is waited for; it is no reason to call the rows different.
func TestRepairWaitsForRowLocks(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		b := newBench(t, s, "id int PRIMARY KEY, a int", "", "")
		b.numbers(100, "1")
		b.copyAll("")
		hold := func(query string) func() {
			tx, err := b.db.BeginTxx(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tx.Exec(query); err != nil {
				t.Fatal(err)
			}
			return func() { tx.Rollback() } //nolint:errcheck // the end of the connection ends it as well
		}
		for name, query := range map[string]string{"of the original": "SELECT * FROM t WHERE id = 50 FOR UPDATE", "of the new table": "SELECT * FROM n WHERE id = 51 FOR UPDATE"} {
			t.Run(name, func(t *testing.T) {
				b.exec("UPDATE n SET a = 2 WHERE id = 50")
				release := hold(query)
				v := b.verifier(s, 2, "")
				tries := 0
				v.Tell = func(p Progress) {
					if strings.Contains(p.Note, "of copying rows again") {
						if p.Waiting == "" {
							t.Error("it does not say that it waits")
						}
						if tries++; tries == 3 { // more than three seconds: a try lasts for innodb_lock_wait_timeout
							release()
						}
					}
				}
				result, clean, err := v.Run(t.Context())
				if err != nil || !clean.Allows() || result.Repaired != 1 || tries < 3 {
					t.Errorf("got %+v after %d tries, %v", result, tries, err)
				}
			})
		}
		t.Run("not without an end", func(t *testing.T) {
			b.exec("UPDATE n SET a = 2 WHERE id = 50")
			defer hold("SELECT * FROM t WHERE id = 50 FOR UPDATE")()
			for says, bound := range map[string]func(*Pace){"gave up after 2 tries": func(p *Pace) { p.Tries = 2 }, "gave up after 1 tries": func(p *Pace) { p.LockTime = time.Second }} {
				v := b.verifier(s, 2, "")
				bound(&v.Pace)
				_, clean, err := v.Run(t.Context())
				var m *Mismatch
				if !errors.As(err, &m) || clean.Allows() || !conn.IsLockWait(err) || !slices.Equal(m.Keys, []string{"(50) has another value"}) || !strings.Contains(err.Error(), says) {
					t.Errorf("got %v, want %q", err, says)
				}
			}
		})
	})
}
