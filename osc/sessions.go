package osc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/report"
)

// active are the sessions whose statements must not go on once the process is gone. Its methods may be called from any goroutine.
type active struct {
	mu       sync.Mutex
	sessions []*conn.Session
}

func (a *active) add(s *conn.Session) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sessions = append(a.sessions, s)
}

// close takes a session out and closes it.
func (a *active) close(s *conn.Session) {
	a.mu.Lock()
	a.sessions = slices.DeleteFunc(a.sessions, func(have *conn.Session) bool { return have == s })
	a.mu.Unlock()
	s.Close()
}

// has reports whether a connection is one of ours.
func (a *active) has(id int64) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.ContainsFunc(a.sessions, func(s *conn.Session) bool { return s.ID() == id })
}

// halt ends what all of them are doing, at the same time.
func (a *active) halt(ctx context.Context) error {
	a.mu.Lock()
	sessions := slices.Clone(a.sessions)
	a.mu.Unlock()
	errs := make([]error, len(sessions))
	var all sync.WaitGroup
	for i, s := range sessions {
		all.Go(func() { errs[i] = s.Halt(ctx) })
	}
	all.Wait()
	return errors.Join(errs...)
}

// crew is the job's session and as many more as there are to be n of them, all set up alike. A server that gives no more is no reason to
// fail: fewer do the same. release closes all but the job's own.
func (r *Job) crew(ctx context.Context, n int, schema ident.Name) (sessions []*conn.Session, release func(), err error) {
	sessions = []*conn.Session{r.session}
	release = func() {
		for _, s := range sessions[1:] {
			r.active.close(s)
		}
	}
	for len(sessions) < n {
		s, err := r.dial(ctx)
		if err == nil {
			r.active.add(s)
			sessions = append(sessions, s)
			err = s.Use(ctx, schema)
		}
		if ctx.Err() != nil {
			release()
			return nil, nil, context.Cause(ctx)
		}
		if err != nil {
			if len(sessions) > 1 && sessions[len(sessions)-1] == s {
				r.active.close(s)
				sessions = sessions[:len(sessions)-1]
			}
			r.sink.Event(report.Event{Level: report.Warn, Text: fmt.Sprintf("comparing with %d of %d sessions, since the server gives no more: %v", len(sessions), n, err)})
			break
		}
	}
	return sessions, release, nil
}
