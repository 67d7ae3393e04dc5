// Package conn is the only door to a server: it opens sessions, sets them up, interrupts and reconnects them, and classifies errors.
package conn

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"oscar/osc/ident"
)

// Querier runs statements on one server. *Session satisfies it.
type Querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	GetContext(ctx context.Context, dest any, query string, args ...any) error
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
}

var _ Querier = (*Session)(nil)

// How long a statement may go on after its context ended and it was killed on the server, before the connection is closed under it.
const killGrace = 10 * time.Second

// The statements around a transaction.
const (
	Begin    = "START TRANSACTION"
	Commit   = "COMMIT"
	Rollback = "ROLLBACK"
)

// Session is one connection with its own state: variables, locked tables, named locks. It never moves to another connection by itself;
// after a loss every call fails until Reconnect. A Session serves one goroutine at a time.
//
// When a context ends during a statement the statement is killed on the server (KILL QUERY) and the session stays usable, so that what was
// begun can be undone on the same connection, and no statement goes on unseen.
type Session struct {
	pool    *sqlx.DB
	setup   Setup
	conn    *sqlx.Conn
	id      int64
	opened  time.Time
	use     ident.Name
	mode    string
	home    string // identity of the server it was opened on
	lost    bool
	running atomic.Int64 // id, for Halt
	notes   []string     // what went wrong with --set-vars
}

// Open connects and sets the session up. The error of a connection that could not be made is an *OpenError.
func Open(ctx context.Context, cfg *mysql.Config, setup Setup) (*Session, error) {
	cfg = cfg.Clone()
	cfg.Logger = &mysql.NopLogger{} // what the driver would write to stderr comes as errors too, and stderr may be a JSON log
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, &OpenError{Addr: cfg.Addr, Err: err}
	}
	pool := sqlx.NewDb(sql.OpenDB(connector), "mysql")
	pool.SetMaxIdleConns(1)
	s := &Session{pool: pool, setup: setup}
	if err := s.connect(ctx); err != nil {
		pool.Close()
		return nil, &OpenError{Addr: cfg.Addr, Err: err}
	}
	return s, nil
}

// OpenError says that no usable session could be had.
type OpenError struct {
	Addr string
	Err  error
}

func (e *OpenError) Error() string { return fmt.Sprintf("connect to %s: %v", e.Addr, e.Err) }
func (e *OpenError) Unwrap() error { return e.Err }

func (s *Session) connect(ctx context.Context) error {
	c, err := s.pool.Connx(ctx)
	if err != nil {
		return err
	}
	ready := false
	defer func() {
		if !ready {
			c.Close()
		}
	}()
	mode, notes, err := s.setup.apply(ctx, c)
	if err != nil {
		return err
	}
	if s.use != "" {
		if _, err := c.ExecContext(ctx, "USE "+s.use.SQL()); err != nil {
			return fmt.Errorf("use %s: %w", s.use.SQL(), err)
		}
	}
	if err := c.GetContext(ctx, &s.id, "SELECT CONNECTION_ID()"); err != nil {
		return fmt.Errorf("read connection id: %w", err)
	}
	home, err := identity(ctx, c)
	if err != nil {
		return err
	}
	if s.home != "" && s.home != home {
		return fmt.Errorf("%w: %s instead of %s", ErrOtherServer, home, s.home)
	}
	s.opened = time.Now()
	s.running.Store(s.id)
	s.home, s.conn, s.mode, s.notes, s.lost, ready = home, c, mode, notes, false, true
	return nil
}

// identity tells servers apart that answer under one address. MySQL has a UUID; MariaDB (10.5 and later have server_uid) is known by
// server_id, host and data folder.
func identity(ctx context.Context, q Querier) (string, error) {
	var home string
	if err := q.GetContext(ctx, &home, "SELECT CONCAT_WS(' ', @@hostname, @@port, @@server_id, @@datadir)"); err != nil {
		return "", fmt.Errorf("read server identity: %w", err)
	}
	return home, nil
}

// Close ends the session. Locks and unfinished transactions of the session end with it.
func (s *Session) Close() error {
	if s.conn != nil {
		s.conn.Close()
	}
	return s.pool.Close()
}

// Use makes a schema the default one, also after a Reconnect.
func (s *Session) Use(ctx context.Context, schema ident.Name) error {
	if _, err := s.ExecContext(ctx, "USE "+schema.SQL()); err != nil {
		return fmt.Errorf("use %s: %w", schema.SQL(), err)
	}
	s.use = schema
	return nil
}

// Halt ends the connection on the server, from another one, with whatever statement it is running. It is the only method that another
// goroutine may call while the session is in use.
func (s *Session) Halt(ctx context.Context) error {
	if err := s.fromAside(ctx, fmt.Sprintf("KILL %d", s.running.Load())); err != nil && !is(err, erNoSuchThread) {
		return fmt.Errorf("end connection %d: %w", s.running.Load(), err)
	}
	return nil
}

// fromAside runs a KILL on a connection of its own, after a look that it leads to the same server: behind a name for several servers the
// number would be that of a stranger.
func (s *Session) fromAside(ctx context.Context, kill string) error {
	c, err := s.pool.Connx(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	home, err := identity(ctx, c)
	if err != nil {
		return err
	}
	if home != s.home {
		return fmt.Errorf("%w: %s instead of %s", ErrOtherServer, home, s.home)
	}
	_, err = c.ExecContext(ctx, kill)
	return err
}

// Lost reports whether the connection is known to be gone; Reconnect is the way on.
func (s *Session) Lost() bool { return s.conn == nil || s.lost }

// ID is the server's id of the current connection.
func (s *Session) ID() int64 { return s.id }

// BaseMode is the sql_mode the session would have had by itself: the server's, or that of --set-vars.
func (s *Session) BaseMode() string { return s.mode }

// Notes are sentences about --set-vars that could not be set at the last connect.
func (s *Session) Notes() []string { return s.notes }

// Reconnect opens a new connection in place of a lost one and sets it up again. The old connection is ended on the server first, so
// that a statement it left running is not in doubt for longer than it has to be. It tries until the context ends or patience, a time, is over.
// Reaching another server is ErrOtherServer at once.
func (s *Session) Reconnect(ctx context.Context, patience time.Duration) error {
	old, opened := s.id, s.opened
	s.forget()
	deadline := time.Now().Add(patience)
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := s.connect(ctx)
		if err == nil {
			if err = s.endOld(ctx, old, opened); !IsLost(err) {
				return err
			}
			s.forget() // the new connection is gone as well
		}
		if errors.Is(err, ErrOtherServer) || IsDenied(err) || ctx.Err() != nil || time.Now().After(deadline) {
			return fmt.Errorf("reconnect: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("reconnect: %w", context.Cause(ctx))
		case <-time.After(pause):
		}
	}
}

// forget lets a lost connection go.
func (s *Session) forget() {
	if s.conn == nil {
		return
	}
	s.conn.Raw(func(any) error { return driver.ErrBadConn }) //nolint:errcheck // so that the pool does not give it out again
	s.conn.Close()
	s.conn = nil
}

// endOld ends the connection that was lost, if the server still has it, and waits until it is gone with whatever it was running. A server
// that started again since then has other connections under the old numbers, so only one that has been up for longer than the
// lost connection was old is asked.
func (s *Session) endOld(ctx context.Context, old int64, opened time.Time) error {
	var status struct {
		Name  string  `db:"Variable_name"`
		Value float64 `db:"Value"`
	}
	if err := s.conn.GetContext(ctx, &status, "SHOW GLOBAL STATUS LIKE 'Uptime'"); err != nil {
		return fmt.Errorf("read how long the server has been up: %w", err)
	}
	const slack = 2 // seconds; the server counts whole ones
	if status.Value <= time.Since(opened).Seconds()+slack {
		return nil
	}
	for {
		if _, err := s.conn.ExecContext(ctx, fmt.Sprintf("KILL %d", old)); is(err, erNoSuchThread) {
			return nil
		} else if err != nil {
			return fmt.Errorf("end the lost connection %d: %w", old, err)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ExecContext runs a statement; see Session for what the context does.
func (s *Session) ExecContext(ctx context.Context, query string, args ...any) (res sql.Result, err error) {
	err = s.run(ctx, func(ctx context.Context) error {
		res, err = s.conn.ExecContext(ctx, query, args...)
		return err
	})
	return res, err
}

// GetContext reads one row; see Session for what the context does.
func (s *Session) GetContext(ctx context.Context, dest any, query string, args ...any) error {
	return s.run(ctx, func(ctx context.Context) error { return s.conn.GetContext(ctx, dest, query, args...) })
}

// SelectContext reads all rows; see Session for what the context does.
func (s *Session) SelectContext(ctx context.Context, dest any, query string, args ...any) error {
	return s.run(ctx, func(ctx context.Context) error { return s.conn.SelectContext(ctx, dest, query, args...) })
}

// Rows reads rows of unknown shape as text, NULL as nil.
func (s *Session) Rows(ctx context.Context, query string, args ...any) (columns []string, rows [][]*string, err error) {
	err = s.run(ctx, func(ctx context.Context) error {
		got, err := s.conn.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer got.Close()
		if columns, err = got.Columns(); err != nil {
			return err
		}
		for got.Next() {
			row := make([]*string, len(columns))
			into := make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := got.Scan(into...); err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return got.Err()
	})
	return columns, rows, err
}

// Texts reads one text column of a query, NULL as "", until all are read or they have more than most bytes. The rest is thrown away then, and full is true.
func (s *Session) Texts(ctx context.Context, most int, query string) (texts []string, full bool, err error) {
	err = s.run(ctx, func(ctx context.Context) error {
		got, err := s.conn.QueryContext(ctx, query)
		if err != nil {
			return err
		}
		defer got.Close()
		for bytes := 0; got.Next(); {
			var text sql.NullString
			if err := got.Scan(&text); err != nil {
				return err
			}
			texts, bytes = append(texts, text.String), bytes+len(text.String)
			if full = bytes > most; full {
				return nil
			}
		}
		return got.Err()
	})
	return texts, full, err
}

// run keeps the context away from the driver, which would close the connection and leave the statement running on the server.
func (s *Session) run(ctx context.Context, do func(context.Context) error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.conn == nil {
		return sql.ErrConnDone
	}
	inner, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	done := make(chan struct{})
	killed := false
	var watch sync.WaitGroup
	watch.Add(1)
	go func() {
		defer watch.Done()
		select {
		case <-done:
		case <-ctx.Done():
			killed = true
			s.kill(done, cut)
		}
	}()
	err := do(inner)
	close(done)
	watch.Wait()
	s.lost = s.lost || IsLost(err)
	if killed {
		s.absorb()
		if err != nil {
			return fmt.Errorf("%w (%w)", context.Cause(ctx), err)
		}
	}
	return err
}

// kill ends the running statement from a second connection, again and again until it is over, since a kill that comes between two steps of
// a statement can be missed. Past the grace it closes the connection.
func (s *Session) kill(done <-chan struct{}, cut context.CancelFunc) {
	ctx, stop := context.WithTimeout(context.Background(), killGrace)
	defer stop()
	for {
		s.fromAside(ctx, fmt.Sprintf("KILL QUERY %d", s.id)) //nolint:errcheck // the statement may be over; past the grace the connection goes
		select {
		case <-done:
			return
		case <-ctx.Done():
			cut()
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// absorb takes the kill that came too late for its statement, so that it does not hit the next one.
func (s *Session) absorb() {
	ctx, stop := context.WithTimeout(context.Background(), killGrace)
	defer stop()
	for range 3 {
		if _, err := s.conn.ExecContext(ctx, "DO 0"); err == nil || !IsInterrupted(err) {
			return
		}
	}
}
