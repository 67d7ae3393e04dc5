package topology

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"

	"oscar/dsn"
	"oscar/osc/conn"
)

// Dial opens a session to the server of a DSN.
type Dial func(context.Context, dsn.DSN) (*conn.Session, error)

// Link is one server that is asked again and again, over one connection that is made anew when it was lost. Its methods may be called from several
// goroutines; one at a time is served.
type Link struct {
	dsn    dsn.DSN
	dial   Dial
	parent int64 // server_id of the server it replicates from; 0: unknown

	mu      sync.Mutex
	session *conn.Session
	closed  bool
	id      int64
	host    string // its own name
}

// newLink is a link that is not connected yet.
func newLink(d dsn.DSN, dial Dial, parent int64) *Link {
	return &Link{dsn: d, dial: dial, parent: parent}
}

// Name is the address, for messages: "127.0.0.1:3307".
func (l *Link) Name() string { return address(l.dsn) }

// Describe is the name and address as pt-online-schema-change prints them.
func (l *Link) Describe() string {
	port := "socket"
	if l.dsn.Port != 0 || l.dsn.Socket == "" {
		port = strconv.Itoa(int(cmp.Or(l.dsn.Port, 3306)))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return cmp.Or(l.host, l.dsn.Host, "localhost") + " -> " + cmp.Or(l.dsn.Host, "localhost") + ":" + port
}

func address(d dsn.DSN) string {
	if d.Host == "" && d.Socket != "" {
		return d.Socket
	}
	host := strings.TrimSuffix(strings.TrimPrefix(cmp.Or(d.Host, "localhost"), "["), "]")
	return net.JoinHostPort(host, strconv.Itoa(int(cmp.Or(d.Port, 3306))))
}

// rows asks, over the one connection.
func (l *Link) rows(ctx context.Context, queries ...string) ([]row, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.connect(ctx); err != nil {
		return nil, err
	}
	return ask(ctx, l.session, queries...)
}

// Greet connects, to learn the server's own name for Describe. A failure is left to whoever asks next.
func (l *Link) Greet(ctx context.Context) { l.self(ctx) } //nolint:errcheck // see above

// self connects and learns the server's id.
func (l *Link) self(ctx context.Context) (int64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.connect(ctx)
	return l.id, err
}

func (l *Link) connect(ctx context.Context) error {
	if l.closed {
		return errors.New("no longer asked")
	}
	if l.session != nil && !l.session.Lost() {
		return nil
	}
	if l.session != nil {
		l.session.Close() //nolint:errcheck // it was lost
		l.session = nil
	}
	s, err := l.dial(ctx, l.dsn)
	if err != nil {
		return err
	}
	id, host, err := Self(ctx, s)
	if err != nil {
		s.Close() //nolint:errcheck // the other error is the one to tell
		return err
	}
	l.session, l.id, l.host = s, id, host
	return nil
}

// Close ends the connection for good.
func (l *Link) Close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.session != nil {
		l.session.Close() //nolint:errcheck // nothing is under way
		l.session = nil
	}
}

// Reader reads rows of unknown shape. *conn.Session is one.
type Reader interface {
	Rows(ctx context.Context, query string, args ...any) ([]string, [][]*string, error)
}

// row is a row by lower-case column name. NULL is not in it.
type row map[string]string

// ask reads with the first of the queries that the server knows.
func ask(ctx context.Context, q Reader, queries ...string) ([]row, error) {
	var last error
	for _, query := range queries {
		columns, rows, err := q.Rows(ctx, query)
		if conn.IsParse(err) {
			last = err
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", strings.ToLower(query), err)
		}
		var all []row
		for _, r := range rows {
			one := row{}
			for i, v := range r {
				if v != nil {
					one[strings.ToLower(columns[i])] = *v
				}
			}
			all = append(all, one)
		}
		return all, nil
	}
	return nil, last
}

// first is the value of the first of the columns that the row has.
func (r row) first(columns ...string) (string, bool) {
	for _, c := range columns {
		if v, ok := r[c]; ok {
			return v, true
		}
	}
	return "", false
}

// Self is the server's id and its own name.
func Self(ctx context.Context, q Reader) (int64, string, error) {
	rows, err := ask(ctx, q, sqlSelf)
	if err != nil {
		return 0, "", err
	}
	id, err := strconv.ParseInt(rows[0]["id"], 10, 64)
	return id, rows[0]["host"], err
}
