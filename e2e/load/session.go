package load

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/go-sql-driver/mysql"

	"oscar/e2e/compare"
)

// session is one connection of a worker. The sql_mode is the server's own, as most applications have it.
type session struct {
	conn  *sql.Conn
	stmts map[string]*sql.Stmt // by shape name, of a Prepared worker
	texts map[string]string    // by shape name, of the others
}

// source opens sessions of one kind.
type source struct {
	kind   Kind
	db     *sql.DB
	table  *table
	shapes []shape // to write
	looks  []shape // to read, with a ledger
	prefix string  // of the stored procedures
}

// newSource prepares the way for sessions of one kind. Text and procedure calls are interpolated by the driver, so that the
// server gets plain text; Prepared never is.
func newSource(dsn string, kind Kind, t *table, looks []shape, prefix string) (*source, error) {
	c, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("read the writers' DSN: %w", err)
	}
	c.InterpolateParams, c.ParseTime, c.Logger = kind != Prepared, false, &mysql.NopLogger{}
	conn, err := mysql.NewConnector(c)
	if err != nil {
		return nil, fmt.Errorf("read the writers' DSN: %w", err)
	}
	return &source{kind: kind, db: sql.OpenDB(conn), table: t, shapes: t.shapes(), looks: looks, prefix: prefix}, nil
}

// open connects and, for a Prepared worker, prepares every statement it will ever send.
func (s *source) open(ctx context.Context) (_ *session, err error) {
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect a writer: %w", err)
	}
	out := &session{conn: conn, stmts: map[string]*sql.Stmt{}, texts: map[string]string{}}
	if _, err := conn.ExecContext(ctx, "SET time_zone = '+00:00', NAMES utf8mb4"); err != nil {
		out.close()
		return nil, fmt.Errorf("set up a writer: %w", err)
	}
	for i, sh := range append(append([]shape{}, s.shapes...), s.looks...) {
		text := s.table.sql(sh)
		if s.kind == Procedure && i < len(s.shapes) {
			_, text = s.table.procedure(s.prefix, sh)
		}
		out.texts[sh.name] = text
		if s.kind != Prepared {
			continue
		}
		if out.stmts[sh.name], err = conn.PrepareContext(ctx, text); err != nil {
			out.close()
			return nil, fmt.Errorf("prepare a writer's %s: %w", sh.name, err)
		}
	}
	return out, nil
}

func (s *session) exec(ctx context.Context, sh shape, args []any) (sql.Result, error) {
	if st := s.stmts[sh.name]; st != nil {
		return st.ExecContext(ctx, args...)
	}
	return s.conn.ExecContext(ctx, s.texts[sh.name], args...)
}

// plain sends a statement without values, such as BEGIN.
func (s *session) plain(ctx context.Context, text string) error {
	_, err := s.conn.ExecContext(ctx, text)
	return err
}

// images reads the rows that a look finds.
func (s *session) images(ctx context.Context, sh shape, args []any, width int) ([]compare.Row, error) {
	var rows *sql.Rows
	var err error
	if st := s.stmts[sh.name]; st != nil {
		rows, err = st.QueryContext(ctx, args...)
	} else {
		rows, err = s.conn.QueryContext(ctx, s.texts[sh.name], args...)
	}
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []compare.Row
	for rows.Next() {
		row, dest := make(compare.Row, width), make([]any, width)
		for i := range row {
			dest[i] = &row[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

func (s *session) lastID(ctx context.Context) (uint64, error) {
	var id uint64
	err := s.conn.QueryRowContext(ctx, "SELECT LAST_INSERT_ID()").Scan(&id)
	return id, err
}

// close gives up the connection and what it holds on the server.
func (s *session) close() {
	s.conn.Raw(func(any) error { return driver.ErrBadConn })
	s.conn.Close()
}

// number returns the server's error number; a lost connection is 2013, anything else from the client's side 0.
func number(err error) uint16 {
	var my *mysql.MySQLError
	var netErr net.Error
	switch {
	case errors.As(err, &my):
		return my.Number
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, mysql.ErrInvalidConn), errors.Is(err, sql.ErrConnDone),
		errors.Is(err, io.EOF), errors.As(err, &netErr):
		return errLost
	}
	return 0
}

// procedures makes or drops the stored procedures for every shape.
func (s *source) procedures(ctx context.Context, act func(create, drop string) string) error {
	for _, sh := range s.shapes {
		create, _ := s.table.procedure(s.prefix, sh)
		if _, err := s.db.ExecContext(ctx, act(create, "DROP PROCEDURE IF EXISTS "+compare.Quote(s.prefix+sh.name))); err != nil {
			return fmt.Errorf("stored procedure for %s: %w", sh.name, err)
		}
	}
	return nil
}

func create(create, _ string) string { return create }
func drop(_, drop string) string     { return drop }
