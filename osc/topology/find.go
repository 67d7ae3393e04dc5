// Package topology finds the replicas of a server and watches how far behind they are.
package topology

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"oscar/dsn"
	"oscar/osc/conn"
)

// Finder looks for replicas.
type Finder struct {
	Methods  Methods
	Recurse  int     // levels below the source; negative: all
	Main     dsn.DSN // of the source: what a replica's address does not say is taken from here
	User     string  // account on replicas; empty: the source's
	Password dsn.Secret
	Skip     []dsn.DSN // replicas that are left alone
	Lenient  bool      // a replica that cannot be reached is kept, to be asked again, instead of being an error
	Dial     Dial
	Note     func(text string) // something a person should know
	Skipped  func(*Link)       // told for each one left alone
}

// Unreachable says that a replica was found and cannot be asked.
type Unreachable struct {
	Name string
	Err  error
}

func (u *Unreachable) Error() string { return fmt.Sprintf("ask the replica %s: %v", u.Name, u.Err) }

// Unwrap gives the cause; not an *conn.OpenError, which is about the table's own server.
func (u *Unreachable) Unwrap() error {
	var open *conn.OpenError
	if errors.As(u.Err, &open) {
		return open.Err
	}
	return u.Err
}

// Try tells how to go on.
func (u *Unreachable) Try() string {
	return "give an account for replicas with --replica-user and --replica-password, or list replicas with --recursion-method=dsn=DSN, or leave it out with --skip-check-replica-lag"
}

// Denied says that the account may not look for replicas.
type Denied struct {
	Method Method
	Err    error
}

func (d *Denied) Error() string { return fmt.Sprintf("look for replicas by %s: %v", d.Method, d.Err) }
func (d *Denied) Unwrap() error { return d.Err }

// Try tells how to go on.
func (d *Denied) Try() string {
	return "grant it (processlist: PROCESS; hosts: REPLICATION SLAVE on MySQL, REPLICATION MASTER ADMIN on MariaDB), or give --recursion-method=dsn=DSN or none"
}

// Find returns a link to every replica, at all levels, each server once. The caller closes them, also beside an error. Replicas of a
// table of DSNs are not among them; see Table.
func (f *Finder) Find(ctx context.Context, source Reader) (found []*Link, err error) {
	id, _, err := Self(ctx, source)
	if err != nil {
		return nil, fmt.Errorf("look for replicas: %w", err)
	}
	seen := map[int64]bool{id: true}
	err = f.below(ctx, source, f.Main, id, 1, seen, &found)
	return found, err
}

// below finds the replicas of one server, and theirs.
func (f *Finder) below(ctx context.Context, q Reader, of dsn.DSN, id int64, level int, seen map[int64]bool, found *[]*Link) error {
	if f.Recurse >= 0 && level > f.Recurse {
		return nil
	}
	for _, m := range f.Methods.Order {
		if m == List {
			continue // see Table
		}
		candidates, err := f.candidates(ctx, m, q, of, id)
		if conn.IsDenied(err) || errors.Is(err, errNoProcess) {
			err = &Denied{m, err}
			if !f.Methods.Given {
				f.Note(err.Error() + "; replicas found in this way are not watched")
				continue
			}
		}
		if err != nil {
			return err
		}
		var mine []*Link
		for _, d := range candidates {
			l := newLink(f.account(d), f.Dial, id)
			if f.skips(l) {
				continue
			}
			server, err := l.self(ctx)
			if err != nil && !f.Lenient {
				l.Close()
				return &Unreachable{l.Name(), err}
			}
			if err != nil {
				f.Note("the replica " + l.Name() + " cannot be asked: " + err.Error())
			} else if seen[server] {
				l.Close()
				continue
			} else {
				seen[server] = true
			}
			*found = append(*found, l)
			mine = append(mine, l)
		}
		for _, l := range mine {
			if server, err := l.self(ctx); err == nil {
				if err := f.below(ctx, l, l.dsn, server, level+1, seen, found); err != nil {
					return err
				}
			}
		}
		if len(mine) > 0 {
			return nil
		}
	}
	return nil
}

// Rows lets a link be asked for replicas of its own.
func (l *Link) Rows(ctx context.Context, query string, args ...any) ([]string, [][]*string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.connect(ctx); err != nil {
		return nil, nil, err
	}
	return l.session.Rows(ctx, query, args...)
}

// account gives a DSN the replicas' account where it has none of its own.
func (f *Finder) account(d dsn.DSN) dsn.DSN {
	return d.Inherit(dsn.DSN{User: f.User, Password: f.Password}).Inherit(f.Main)
}

func (f *Finder) skips(l *Link) bool {
	for _, s := range f.Skip {
		if s.Host == l.dsn.Host && cmp.Or(s.Port, 3306) == cmp.Or(l.dsn.Port, 3306) {
			f.Skipped(l)
			return true
		}
	}
	return false
}

var errNoProcess = errors.New("You do not have the PROCESS privilege") //nolint:staticcheck // pt-online-schema-change's wording

var seesProcesses = regexp.MustCompile(`(?i)^GRANT (.*\bPROCESS\b.*|ALL PRIVILEGES|ALL) ON \*\.\*`)

func (f *Finder) candidates(ctx context.Context, m Method, q Reader, of dsn.DSN, id int64) ([]dsn.DSN, error) {
	if m == Processlist {
		return byProcesses(ctx, q)
	}
	rows, err := ask(ctx, q, sqlHosts...)
	if err != nil {
		return nil, err
	}
	var all []dsn.DSN
	for _, r := range rows {
		if source, _ := r.first("source_id", "master_id"); source != strconv.FormatInt(id, 10) {
			continue
		}
		if r["host"] == "" {
			f.Note("a replica with server_id " + r["server_id"] + " does not tell its address (report_host), so it is not watched; --recursion-method=dsn=DSN can name it")
			continue
		}
		port, _ := dsn.ParsePort(r["port"])
		all = append(all, dsn.DSN{Host: bracket(r["host"]), Port: port})
	}
	return all, nil
}

func byProcesses(ctx context.Context, q Reader) ([]dsn.DSN, error) {
	_, grants, err := q.Rows(ctx, sqlGrants)
	if err != nil {
		return nil, err
	}
	may := false
	for _, g := range grants {
		may = may || g[0] != nil && seesProcesses.MatchString(*g[0])
	}
	if !may {
		return nil, errNoProcess
	}
	rows, err := ask(ctx, q, sqlProcesses)
	if err != nil {
		return nil, err
	}
	var all []dsn.DSN
	for _, r := range rows {
		if !strings.HasPrefix(r["command"], "Binlog Dump") {
			continue
		}
		host := r["host"]
		if i := strings.LastIndex(host, ":"); i >= 0 {
			host = host[:i]
		}
		if host == "localhost" || host == "" {
			host = "127.0.0.1"
		}
		all = append(all, dsn.DSN{Host: bracket(host)})
	}
	return all, nil
}

func bracket(host string) string {
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		return "[" + host + "]"
	}
	return host
}

// Table is a link to the table of DSNs, or nil when replicas are not found by one.
func (f *Finder) Table() *Link {
	if len(f.Methods.Order) == 0 || f.Methods.Order[len(f.Methods.Order)-1] != List {
		return nil
	}
	d := f.Methods.List
	if d.Host == "" && d.Socket == "" {
		d = d.Inherit(f.Main)
	}
	return newLink(d, f.Dial, 0)
}

// Listed reads the table of DSNs: new links, not connected, in its order. A DSN that cannot be read is an error.
func (f *Finder) Listed(ctx context.Context, table *Link) ([]*Link, error) {
	rows, err := table.rows(ctx, sqlList(f.Methods.List))
	if err != nil {
		return nil, fmt.Errorf("read the table of DSNs: %w", err)
	}
	var all []*Link
	for i, r := range rows {
		d, err := dsn.Parse(r["dsn"])
		if err != nil {
			return nil, fmt.Errorf("read row %d of the table of DSNs: %w", i+1, err)
		}
		l := newLink(f.account(d), f.Dial, 0)
		if !f.skips(l) {
			all = append(all, l)
		}
	}
	return all, nil
}

// One is a link to a server that the operator named. Its address is taken as it is.
func (f *Finder) One(d dsn.DSN) *Link {
	return newLink(d.Inherit(dsn.DSN{User: f.User, Password: f.Password}), f.Dial, 0)
}
