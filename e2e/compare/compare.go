package compare

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
)

// Options narrow or bend a comparison. The zero value compares every column that both tables have by the same name.
type Options struct {
	// Renames maps names of columns in a to their names in b.
	Renames map[string]string
	// Ignore names columns of a that are not compared, for instance those whose values are meant to change.
	Ignore []string
	// Key names the columns of a by which rows are matched. Empty: the first unique key whose columns are compared, or all
	// columns when there is none.
	Key []string
	// Limit is how many differences are described; 0 means 10. All are counted up to Stop.
	Limit int
	// Stop ends the comparison after so many rows without a partner; 0 means 10,000. It bounds the memory.
	Stop int
}

// Diff is the outcome. Two tables are equal when Equal says so and not before.
type Diff struct {
	RowsA, RowsB int
	Columns      []string // compared, by their names in a
	OnlyA, OnlyB int
	Changed      int
	Stopped      bool     // ended early, the counts are lower bounds
	First        []string // the first differences, with keys
}

// Equal says whether both tables were read to the end and hold the same rows.
func (d Diff) Equal() bool { return d.OnlyA == 0 && d.OnlyB == 0 && d.Changed == 0 && !d.Stopped }

// String tells the counts and the first differences.
func (d Diff) String() string {
	head := fmt.Sprintf("rows %d and %d, only in first %d, only in second %d, changed %d", d.RowsA, d.RowsB, d.OnlyA, d.OnlyB, d.Changed)
	if d.Stopped {
		head += ", stopped early"
	}
	return strings.Join(append([]string{head}, d.First...), "\n  ")
}

// Tables compares every row of table a with every row of table b, value by value. Both tables must stand still meanwhile:
// that is the caller's to see to. Both lie
// in the connection's schema. Memory does not grow with the tables while their rows come in nearly the same order.
func Tables(ctx context.Context, db *sqlx.DB, a, b string, opts Options) (Diff, error) {
	p, err := pair(ctx, db, a, b, opts)
	if err != nil {
		return Diff{}, fmt.Errorf("compare %s and %s: %w", a, b, err)
	}
	ra, err := openReader(ctx, db, p.queryA)
	if err != nil {
		return Diff{}, fmt.Errorf("compare %s and %s: %w", a, b, err)
	}
	defer ra.close()
	rb, err := openReader(ctx, db, p.queryB)
	if err != nil {
		return Diff{}, fmt.Errorf("compare %s and %s: %w", a, b, err)
	}
	defer rb.close()
	m := newMerge(p.columns, p.key, opts)
	for more := true; more && !m.diff.Stopped; {
		rowA, err := ra.next()
		if err != nil {
			return Diff{}, fmt.Errorf("read %s: %w", a, err)
		}
		rowB, err := rb.next()
		if err != nil {
			return Diff{}, fmt.Errorf("read %s: %w", b, err)
		}
		more = rowA != nil || rowB != nil
		m.add(rowA, rowB)
	}
	return m.result(), nil
}

// plan of one comparison.
type pairing struct {
	columns        []string
	key            []int // positions in columns
	queryA, queryB string
}

func pair(ctx context.Context, db *sqlx.DB, a, b string, opts Options) (pairing, error) {
	ca, err := Columns(ctx, db, a)
	if err != nil {
		return pairing{}, err
	}
	cb, err := Columns(ctx, db, b)
	if err != nil {
		return pairing{}, err
	}
	var p pairing
	var left, right []Column
	for _, c := range ca {
		if slices.Contains(opts.Ignore, c.Name) {
			continue
		}
		want := c.Name
		if to, ok := opts.Renames[c.Name]; ok {
			want = to
		}
		if i := slices.IndexFunc(cb, func(o Column) bool { return strings.EqualFold(o.Name, want) }); i >= 0 {
			left, right = append(left, c), append(right, cb[i])
			p.columns = append(p.columns, c.Name)
		} else if want != c.Name {
			return pairing{}, fmt.Errorf("column %s has no partner %s", c.Name, want)
		}
	}
	if len(left) == 0 {
		return pairing{}, fmt.Errorf("no column in common")
	}
	if p.key, err = matchKey(ctx, db, a, p.columns, opts.Key); err != nil {
		return pairing{}, err
	}
	p.queryA, p.queryB = selects(a, b, left, right, p.key)
	return p, nil
}

// matchKey finds the positions of the key by which rows are matched.
func matchKey(ctx context.Context, db *sqlx.DB, table string, columns, want []string) ([]int, error) {
	candidates := [][]string{want}
	if len(want) == 0 {
		keys, err := UniqueKeys(ctx, db, table)
		if err != nil {
			return nil, err
		}
		candidates = nil
		for _, k := range keys {
			if !k.Prefix {
				candidates = append(candidates, k.Columns)
			}
		}
		candidates = append(candidates, columns)
	}
	for _, names := range candidates {
		var at []int
		for _, n := range names {
			if i := slices.Index(columns, n); i >= 0 {
				at = append(at, i)
			}
		}
		if len(at) == len(names) {
			return at, nil
		}
	}
	return nil, fmt.Errorf("key columns %v are not all compared", want)
}

// selects writes both queries. Rows come in key order; where the key's type differs between the tables their natural orders
// may differ too, then both are ordered by the bytes of the images.
func selects(a, b string, left, right []Column, key []int) (string, string) {
	same := true
	for _, i := range key {
		l, r := left[i], right[i]
		same = same && l.FullType == r.FullType && deref(l.Collation) == deref(r.Collation)
	}
	write := func(table string, cols []Column) string {
		var list, order []string
		for _, c := range cols {
			list = append(list, c.Image())
		}
		for _, i := range key {
			if same {
				order = append(order, Quote(cols[i].Name))
			} else {
				order = append(order, "CAST("+cols[i].Image()+" AS BINARY)")
			}
		}
		return "SELECT " + strings.Join(list, ", ") + " FROM " + Quote(table) + " ORDER BY " + strings.Join(order, ", ")
	}
	return write(a, left), write(b, right)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// reader streams the rows of one query over a connection of its own.
type reader struct {
	conn *sqlx.Conn
	rows *sql.Rows
	raw  []sql.RawBytes
	dest []any
}

func openReader(ctx context.Context, db *sqlx.DB, query string) (*reader, error) {
	conn, err := db.Connx(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	r := &reader{conn: conn}
	if _, err := conn.ExecContext(ctx, Session); err != nil {
		r.close()
		return nil, fmt.Errorf("set up the session: %w", err)
	}
	if r.rows, err = conn.QueryContext(ctx, query); err != nil {
		r.close()
		return nil, fmt.Errorf("read rows: %w", err)
	}
	cols, err := r.rows.Columns()
	if err != nil {
		r.close()
		return nil, fmt.Errorf("read rows: %w", err)
	}
	r.raw, r.dest = make([]sql.RawBytes, len(cols)), make([]any, len(cols))
	for i := range r.raw {
		r.dest[i] = &r.raw[i]
	}
	return r, nil
}

// next returns the next row, or nil at the end. The row is valid until the next call.
func (r *reader) next() (Row, error) {
	if !r.rows.Next() {
		return nil, r.rows.Err()
	}
	if err := r.rows.Scan(r.dest...); err != nil {
		return nil, err
	}
	row := make(Row, len(r.raw))
	for i, b := range r.raw {
		if b != nil {
			s := string(b)
			row[i] = &s
		}
	}
	return row, nil
}

func (r *reader) close() {
	if r.rows != nil {
		r.rows.Close()
	}
	// The session is changed, so the connection is not given back to the pool.
	r.conn.Raw(func(any) error { return driver.ErrBadConn })
	r.conn.Close()
}
