package load

import (
	"fmt"
	"strings"

	"oscar/e2e/compare"
)

// shape is one statement with places for values. A worker has a fixed set of them, so that they can all be prepared before
// the first write.
type shape struct {
	op    Op
	name  string
	text  []string // what stands before each value, and at the end
	args  []int    // column of each value
	sets  []int    // columns that get new values, in order, once for each row
	rows  int      // rows of sets
	where []int    // key columns that follow them
}

// builder writes a shape piece by piece.
type builder struct {
	t *table
	s shape
	b strings.Builder
}

func (b *builder) str(s string) { b.b.WriteString(s) }

func (b *builder) arg(i int) {
	b.s.text = append(b.s.text, b.b.String())
	b.s.args = append(b.s.args, i)
	b.b.Reset()
}

func (b *builder) done() shape {
	b.s.text = append(b.s.text, b.b.String())
	return b.s
}

func (b *builder) eq(at []int) {
	for n, i := range at {
		if n > 0 {
			b.str(" AND ")
		}
		b.str(b.q(i))
		if b.t.columns[i].Nullable {
			b.str(" <=> ")
		} else {
			b.str(" = ")
		}
		b.arg(i)
	}
}

func (b *builder) q(i int) string { return compare.Quote(b.t.columns[i].Name) }

func (b *builder) list(at []int) string {
	var names []string
	for _, i := range at {
		names = append(names, b.q(i))
	}
	return strings.Join(names, ", ")
}

func (t *table) start(op Op, name string) *builder {
	return &builder{t: t, s: shape{op: op, name: name, rows: 1}}
}

// shapes lists every statement that the workers send.
func (t *table) shapes() []shape {
	every := make([]int, 0, len(t.columns))
	var plain []int
	for i := range t.columns {
		every = append(every, i)
		if i != t.auto {
			plain = append(plain, i)
		}
	}
	out := []shape{t.insert(Insert, "INSERT", plain, 1), t.insert(InsertMany, "INSERT", plain, 3), t.insert(Replace, "REPLACE", every, 1), t.upsert(every)}
	if t.auto >= 0 {
		out = append(out, t.insert(InsertKey, "INSERT", every, 1))
	}
	for n, i := range t.free {
		out = append(out, t.update(Update, fmt.Sprintf("update%d", n), []int{i}))
	}
	if len(t.free) > 0 {
		out = append(out, t.update(Update, "updateall", t.free), t.updateRange(t.free[0]))
	}
	out = append(out, t.update(Move, "move", t.key))
	for n, u := range t.uniques[1:] {
		out = append(out, t.update(Move, fmt.Sprintf("move%d", n+1), u))
	}
	b := t.start(Delete, "delete")
	b.str("DELETE FROM " + compare.Quote(t.name) + " WHERE ")
	b.eq(t.key)
	b.s.where = t.key
	return append(out, b.done())
}

func (t *table) insert(op Op, verb string, cols []int, rows int) shape {
	b := t.start(op, strings.ReplaceAll(string(op), "-", ""))
	b.s.sets, b.s.rows = cols, rows
	b.str(verb + " INTO " + compare.Quote(t.name) + " (" + b.list(cols) + ") VALUES ")
	for r := range rows {
		if r > 0 {
			b.str(", ")
		}
		b.str("(")
		for n, i := range cols {
			if n > 0 {
				b.str(", ")
			}
			b.arg(i)
		}
		b.str(")")
	}
	return b.done()
}

func (t *table) upsert(every []int) shape {
	s := t.insert(Upsert, "INSERT", every, 1)
	var sets []string
	for _, i := range t.free {
		q := compare.Quote(t.columns[i].Name)
		sets = append(sets, q+" = VALUES("+q+")")
	}
	if len(sets) == 0 {
		q := compare.Quote(t.columns[t.key[0]].Name)
		sets = []string{q + " = " + q}
	}
	s.text[len(s.text)-1] += " ON DUPLICATE KEY UPDATE " + strings.Join(sets, ", ")
	return s
}

func (t *table) update(op Op, name string, cols []int) shape {
	b := t.start(op, name)
	b.s.sets, b.s.where = cols, t.key
	b.sets(cols)
	b.str(" WHERE ")
	b.eq(t.key)
	return b.done()
}

func (b *builder) sets(cols []int) {
	b.str("UPDATE " + compare.Quote(b.t.name) + " SET ")
	for n, i := range cols {
		if n > 0 {
			b.str(", ")
		}
		b.str(b.q(i) + " = ")
		b.arg(i)
	}
}

// updateRange updates neighbours from one value of the key's first column on.
func (t *table) updateRange(col int) shape {
	b := t.start(Range, "range")
	b.s.sets, b.s.where = []int{col}, t.key[:1]
	b.sets(b.s.sets)
	b.neighbours()
	return b.done()
}

func (b *builder) neighbours() {
	b.str(" WHERE " + b.q(b.t.key[0]) + " >= ")
	b.arg(b.t.key[0])
	b.str(" ORDER BY " + b.list(b.t.key) + " LIMIT 3")
}

// look reads the rows that a unique key finds, and locks them; near those that a Range updates.
func (t *table) look(unique []int) shape {
	b := t.images(fmt.Sprint("look", unique))
	b.str(" WHERE ")
	b.eq(unique)
	b.str(" FOR UPDATE")
	return b.done()
}

func (t *table) near() shape {
	b := t.images("near")
	b.neighbours()
	b.str(" FOR UPDATE")
	return b.done()
}

func (t *table) images(name string) *builder {
	b := t.start("", name)
	var list []string
	for _, c := range t.columns {
		list = append(list, c.Image())
	}
	b.str("SELECT " + strings.Join(list, ", ") + " FROM " + compare.Quote(t.name))
	return b
}

// write puts the shape together, with each value written by place.
func (s shape) write(place func(n, column int) string) string {
	var b strings.Builder
	for n, i := range s.args {
		b.WriteString(s.text[n])
		b.WriteString(place(n, i))
	}
	b.WriteString(s.text[len(s.args)])
	return b.String()
}

// placeholder is how a value of the column is written in a statement.
func (c column) placeholder() string {
	switch c.DataType {
	case "point", "geometry", "linestring", "polygon":
		return "ST_GeomFromText(?)"
	}
	return "?"
}

// sql writes the shape with placeholders.
func (t *table) sql(s shape) string {
	return s.write(func(_, i int) string { return t.columns[i].placeholder() })
}

// procedure writes the shape as a stored procedure and as the call of it.
func (t *table) procedure(prefix string, s shape) (create, call string) {
	name := compare.Quote(prefix + s.name)
	var params, args []string
	body := s.write(func(n, i int) string {
		c := t.columns[i]
		typ := c.FullType
		if c.Charset != nil {
			// With the column's own collation, else a comparison in the body would mix two.
			typ += " CHARACTER SET " + *c.Charset + " COLLATE " + *c.Collation
		}
		params = append(params, fmt.Sprintf("IN p%d_ %s", n, typ))
		args = append(args, c.placeholder())
		return fmt.Sprintf("p%d_", n)
	})
	return "CREATE PROCEDURE " + name + "(" + strings.Join(params, ", ") + ") " + body,
		"CALL " + name + "(" + strings.Join(args, ", ") + ")"
}
