package compare

import (
	"fmt"
	"slices"
	"strings"
)

// Row is the images of one row's columns. Nil is NULL.
type Row []*string

// Key writes the row's values at these positions as one text that no other values share.
func (r Row) Key(at []int) string {
	var b strings.Builder
	for _, i := range at {
		b.WriteString(show(r[i]))
		b.WriteByte(',')
	}
	return b.String()
}

// show writes a value so that NULL, empty text and every byte can be told apart.
func show(v *string) string {
	if v == nil {
		return "NULL"
	}
	return fmt.Sprintf("%+q", *v)
}

func same(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }

// merge matches two streams of rows by key. Rows wait in a map until their partner comes, so that no order needs to be
// understood here; in equal tables nothing ever waits.
type merge struct {
	columns      []string
	key          []int
	limit, stop  int
	waitA, waitB map[string][]Row
	waiting      int
	diff         Diff
}

func newMerge(columns []string, key []int, opts Options) *merge {
	m := &merge{columns: columns, key: key, limit: opts.Limit, stop: opts.Stop, waitA: map[string][]Row{}, waitB: map[string][]Row{}}
	m.diff.Columns = columns
	if m.limit == 0 {
		m.limit = 10
	}
	if m.stop == 0 {
		m.stop = 10_000
	}
	return m
}

// add takes one row of each side. Nil means that the side has ended.
func (m *merge) add(a, b Row) {
	if a != nil {
		m.diff.RowsA++
	}
	if b != nil {
		m.diff.RowsB++
	}
	if a != nil && b != nil && m.waiting == 0 && a.Key(m.key) == b.Key(m.key) {
		m.match(a, b)
		return
	}
	if a != nil {
		if p := m.take(m.waitB, a); p != nil {
			m.match(a, p)
		} else {
			m.put(m.waitA, a)
		}
	}
	if b != nil {
		if p := m.take(m.waitA, b); p != nil {
			m.match(p, b)
		} else {
			m.put(m.waitB, b)
		}
	}
	m.diff.Stopped = m.waiting > m.stop
}

func (m *merge) put(side map[string][]Row, r Row) {
	k := r.Key(m.key)
	side[k] = append(side[k], r)
	m.waiting++
}

// take removes a waiting partner. Where a key is not unique, an equal row is preferred.
func (m *merge) take(side map[string][]Row, r Row) Row {
	k := r.Key(m.key)
	rows := side[k]
	if len(rows) == 0 {
		return nil
	}
	i := max(0, slices.IndexFunc(rows, func(o Row) bool { return slices.EqualFunc(r, o, same) }))
	p := rows[i]
	if side[k] = slices.Delete(rows, i, i+1); len(side[k]) == 0 {
		delete(side, k)
	}
	m.waiting--
	return p
}

func (m *merge) match(a, b Row) {
	var parts []string
	for i := range a {
		if !same(a[i], b[i]) {
			parts = append(parts, fmt.Sprintf("%s: %s became %s", m.columns[i], show(a[i]), show(b[i])))
		}
	}
	if len(parts) > 0 {
		m.diff.Changed++
		m.note("changed", a, strings.Join(parts, "; "))
	}
}

func (m *merge) note(what string, r Row, more string) {
	if len(m.diff.First) >= m.limit {
		return
	}
	var names []string
	for _, i := range m.key {
		names = append(names, m.columns[i])
	}
	text := fmt.Sprintf("%s (%s)=(%s)", what, strings.Join(names, ","), strings.TrimSuffix(r.Key(m.key), ","))
	if more != "" {
		text += " " + more
	}
	m.diff.First = append(m.diff.First, text)
}

// result counts the rows that found no partner.
func (m *merge) result() Diff {
	for _, rows := range sorted(m.waitA) {
		m.diff.OnlyA++
		m.note("only in first", rows, "")
	}
	for _, rows := range sorted(m.waitB) {
		m.diff.OnlyB++
		m.note("only in second", rows, "")
	}
	return m.diff
}

// sorted lists the rows by key, so that the same tables always give the same text.
func sorted(side map[string][]Row) []Row {
	var keys []string
	for k := range side {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var out []Row
	for _, k := range keys {
		out = append(out, side[k]...)
	}
	return out
}
