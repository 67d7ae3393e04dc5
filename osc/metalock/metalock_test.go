package metalock

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"
)

// session keeps the statements that set lock_wait_timeout.
type session struct {
	sent    []string
	refuses error
}

func (s *session) ExecContext(ctx context.Context, query string, _ ...any) (sql.Result, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	s.sent = append(s.sent, query)
	return nil, s.refuses
}

func (s *session) GetContext(_ context.Context, dest any, _ string, _ ...any) error {
	*dest.(*int64) = 57
	return nil
}

func (s *session) SelectContext(context.Context, any, string, ...any) error { return nil }

var (
	errLocked   = fmt.Errorf("create trigger: %w", &mysql.MySQLError{Number: 1205})
	errDeadlock = &mysql.MySQLError{Number: 1213}
	errParse    = &mysql.MySQLError{Number: 1064}
	errStopped  = errors.New("the operator stopped it")
	short, back = "SET SESSION lock_wait_timeout=1", "SET SESSION lock_wait_timeout=57"
)

// after gives the answers in turn, then no error.
func after(answers ...error) func(n int) error {
	return func(n int) error {
		if n <= len(answers) {
			return answers[n-1]
		}
		return nil
	}
}

func always(err error) func(int) error { return func(int) error { return err } }

// An ask takes a second of the server's time when it is not granted; what is between two asks is a second to three.
func TestAsker(t *testing.T) {
	tests := map[string]struct {
		asker    Asker
		answer   func(n int) error
		asks     [2]int // at least, at most
		took     [2]time.Duration
		err      error
		gaveUp   bool
		restored bool
	}{
		"a lock that is granted at once is asked for once": {
			asker: Asker{Patience: time.Minute, Tries: 10}, answer: after(), asks: [2]int{1, 1}, restored: true,
		},
		"it asks again and stands back in between": {
			asker: Asker{Patience: time.Minute, Tries: 1}, answer: after(errLocked, errLocked, errLocked),
			asks: [2]int{4, 4}, took: [2]time.Duration{6 * time.Second, 12 * time.Second}, restored: true,
		},
		"a deadlock is asked again": {
			asker: Asker{Patience: time.Minute, Tries: 1}, answer: after(errDeadlock), asks: [2]int{2, 2}, took: [2]time.Duration{2 * time.Second, 4 * time.Second}, restored: true,
		},
		"another error ends it at once": {
			asker: Asker{Patience: time.Minute, Tries: 10}, answer: always(errParse), asks: [2]int{1, 1}, took: [2]time.Duration{time.Second, time.Second}, err: errParse, restored: true,
		},
		"another error after some asks ends it too": {
			asker: Asker{Patience: time.Minute, Tries: 10}, answer: after(errLocked, errParse), asks: [2]int{2, 2}, took: [2]time.Duration{3 * time.Second, 5 * time.Second}, err: errParse, restored: true,
		},
		"it gives up after all tries, each of all the patience": {
			asker: Asker{Patience: time.Minute, Tries: 3, Wait: 10 * time.Second}, answer: always(errLocked),
			// A try begins its last ask within its minute; that ask takes a second more.
			asks: [2]int{45, 93}, took: [2]time.Duration{200 * time.Second, 215 * time.Second}, err: errLocked, gaveUp: true, restored: true,
		},
		"no patience at all is one ask a try": {
			asker: Asker{Tries: 2, Wait: time.Second}, answer: always(errLocked), asks: [2]int{2, 2}, took: [2]time.Duration{3 * time.Second, 3 * time.Second}, err: errLocked, gaveUp: true, restored: true,
		},
		"a lost connection has no variable to give back": {
			asker: Asker{Patience: time.Minute, Tries: 10}, answer: always(mysql.ErrInvalidConn), asks: [2]int{1, 1}, took: [2]time.Duration{time.Second, time.Second}, err: mysql.ErrInvalidConn,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, asks, began := &session{}, 0, time.Now()
				test.asker.Q = q
				err := test.asker.Do(t.Context(), func(context.Context) error {
					asks++
					answer := test.answer(asks)
					if answer != nil {
						time.Sleep(Ask) // the fake clock's
					}
					return answer
				})
				took := time.Since(began)
				if asks < test.asks[0] || asks > test.asks[1] {
					t.Errorf("asks\n got %d\nwant %d to %d", asks, test.asks[0], test.asks[1])
				}
				if took < test.took[0] || took > test.took[1] {
					t.Errorf("took\n got %s\nwant %s to %s", took, test.took[0], test.took[1])
				}
				if !errors.Is(err, test.err) || (err == nil) != (test.err == nil) {
					t.Errorf("error\n got %v\nwant %v", err, test.err)
				}
				var gaveUp *GaveUp
				if errors.As(err, &gaveUp) != test.gaveUp {
					t.Errorf("gave up is %v, error %v", test.gaveUp, err)
				}
				if gaveUp != nil && (gaveUp.Asks != asks || gaveUp.For != took) {
					t.Errorf("the error says %d asks in %s, it were %d in %s", gaveUp.Asks, gaveUp.For, asks, took)
				}
				want := []string{short}
				if test.restored {
					want = append(want, back)
				}
				if diff := cmp.Diff(want, q.sent); diff != "" {
					t.Errorf("lock_wait_timeout (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestAskerSaysThatItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tries []int
		a := Asker{Q: &session{}, Tries: 3, Wait: 5 * time.Second, OnWait: func(try int, so time.Duration) {
			tries = append(tries, try)
			if want := time.Duration(try)*Ask + time.Duration(try-1)*5*time.Second; so != want {
				t.Errorf("waited so far in try %d\n got %s\nwant %s", try, so, want)
			}
		}}
		if err := a.Do(t.Context(), func(context.Context) error { time.Sleep(Ask); return errLocked }); err == nil {
			t.Error("no error")
		}
		if diff := cmp.Diff([]int{1, 2, 3}, tries); diff != "" {
			t.Errorf("tries (-want +got):\n%s", diff)
		}
	})
}

func TestAskerEndsWithItsContext(t *testing.T) {
	for name, a := range map[string]Asker{
		"between two asks":  {Patience: time.Hour, Tries: 1},
		"between two tries": {Tries: 2, Wait: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				q, began := &session{}, time.Now()
				a.Q = q
				err := a.Do(ctx, func(context.Context) error {
					time.AfterFunc(500*time.Millisecond, func() { cancel(errStopped) })
					return errLocked
				})
				if !errors.Is(err, errStopped) || time.Since(began) != 500*time.Millisecond {
					t.Errorf("error %v after %s", err, time.Since(began))
				}
				// The context is over, the session is not: it gets its own timeout back.
				if diff := cmp.Diff([]string{short, back}, q.sent); diff != "" {
					t.Errorf("lock_wait_timeout (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestAskerNeedsTheShortTimeout(t *testing.T) {
	q := &session{refuses: errParse}
	err := Asker{Q: q, Tries: 1}.Do(t.Context(), func(context.Context) error {
		t.Error("asked for the lock under the session's own timeout")
		return nil
	})
	if !errors.Is(err, errParse) {
		t.Errorf("error %v", err)
	}
}
