package torture

import (
	"fmt"
	"strings"

	"oscar/e2e/compare"
)

// act is what a statement does.
type act string

const (
	insert  act = "insert"  // the server numbers the row, where it does so
	entry   act = "entry"   // an insert with a value for each column
	several act = "several" // three rows at once
	replace act = "replace"
	upsert  act = "upsert"
	update  act = "update"
	stretch act = "stretch" // three neighbours by key
	move    act = "move"    // changes key columns
	trade   act = "trade"   // takes the values of a unique key from variables
	remove  act = "remove"
)

// shape is one statement with places for values.
type shape struct {
	name  string
	act   act
	sets  []int // columns that get values
	rows  int
	where []int // key columns
}

// target is a table that statements go to.
type target struct {
	table  string
	name   func(i int) string // a column's name there; empty when it is gone
	mirror bool
}

// statement is a shape written for a target.
type statement struct {
	text string
	args []int // columns, one for each place
	sets []int // the columns of sets that the target still has
}

// shapes lists every statement that writers send. Columns that may be left out are left out of some inserts.
func (t table) shapes(c change) []shape {
	var every, given, free []int
	for _, i := range t.plain() {
		x := t.columns[i]
		if c.mixed[i] {
			continue
		}
		every = append(every, i)
		if !x.auto {
			given = append(given, i)
		}
		if !x.inKey {
			free = append(free, i)
		}
	}
	var fewer []int
	for n, i := range given {
		if x := t.columns[i]; !x.optional() || x.inKey || c.touched[i] || n%2 == 0 {
			fewer = append(fewer, i)
		}
	}
	out := []shape{{"insert", insert, given, 1, nil}, {"fewer", insert, fewer, 1, nil}, {"entry", entry, every, 1, nil}, {"several", several, given, 3, nil},
		{"replace", replace, every, 1, nil}, {"upsert", upsert, every, 1, nil}, {"remove", remove, nil, 0, t.key}, {"move", move, t.key, 1, t.key}}
	for n, i := range free {
		out = append(out, shape{fmt.Sprintf("update%d", n), update, []int{i}, 1, t.key})
	}
	if len(free) > 1 {
		out = append(out, shape{"all", update, free, 1, t.key})
	}
	sorted := true // an altered key may sort its rows in another order
	for _, i := range t.key {
		sorted = sorted && !c.touched[i]
	}
	if len(free) > 0 && sorted {
		out = append(out, shape{"stretch", stretch, free[:1], 1, t.key[:1]})
	}
	for n, u := range t.uniques {
		out = append(out, shape{fmt.Sprintf("move%d", n), move, u, 1, t.key}, shape{fmt.Sprintf("trade%d", n), trade, u, 1, t.key})
	}
	return out
}

// write writes the shape for a target. It is not possible when the target has none of the columns.
func (t table) write(s shape, to target) (statement, bool) {
	var st statement
	for _, i := range s.sets {
		if to.name(i) != "" {
			st.sets = append(st.sets, i)
		}
	}
	if len(s.sets) > 0 && len(st.sets) == 0 {
		return st, false
	}
	place := func(i int) string {
		st.args = append(st.args, i)
		return t.columns[i].domain.place()
	}
	q := func(i int) string { return compare.Quote(to.name(i)) }
	set := func() string {
		var out []string
		for n, i := range st.sets {
			if s.act == trade {
				out = append(out, fmt.Sprintf("%s = @v%d", q(i), n))
			} else {
				out = append(out, q(i)+" = "+place(i))
			}
		}
		return strings.Join(out, ", ")
	}
	where := func(compare string) string {
		var out []string
		for _, i := range s.where {
			out = append(out, q(i)+compare+place(i))
		}
		return " WHERE " + strings.Join(out, " AND ")
	}
	at := compare.Quote(to.table)
	switch s.act {
	case insert, entry, several, replace, upsert:
		st.text = map[bool]string{false: "INSERT", true: "REPLACE"}[s.act == replace] + " INTO " + at + t.rows(s, st.sets, to, place)
		if s.act == upsert {
			st.text += " ON DUPLICATE KEY UPDATE " + t.over(st.sets, q)
		}
	case update, move, trade:
		st.text = "UPDATE " + at + " SET " + set() + where(" = ")
	case stretch:
		st.text = "UPDATE " + at + " SET " + set() + where(" >= ")
		var order []string
		for _, i := range t.key {
			order = append(order, q(i))
		}
		st.text += " ORDER BY " + strings.Join(order, ", ") + " LIMIT 3"
	case remove:
		st.text = "DELETE FROM " + at + where(" = ")
	}
	return st, true
}

// rows writes the columns and the values of an INSERT. The mirror takes the number that the server gave to the table's row.
func (t table) rows(s shape, sets []int, to target, place func(int) string) string {
	auto := -1
	for i, c := range t.columns {
		if c.auto && to.mirror && (s.act == insert || s.act == several) {
			auto = i
		}
	}
	var names, rows []string
	for _, i := range sets {
		names = append(names, compare.Quote(to.name(i)))
	}
	if auto >= 0 {
		names = append(names, compare.Quote(to.name(auto)))
	}
	for n := range s.rows {
		var values []string
		for _, i := range sets {
			values = append(values, place(i))
		}
		if auto >= 0 {
			values = append(values, fmt.Sprintf("LAST_INSERT_ID() + %d", n))
		}
		rows = append(rows, "("+strings.Join(values, ", ")+")")
	}
	return " (" + strings.Join(names, ", ") + ") VALUES " + strings.Join(rows, ", ")
}

// over writes what an upsert does to the row that is there.
func (t table) over(sets []int, q func(int) string) string {
	var out []string
	for _, i := range sets {
		if !t.columns[i].inKey {
			out = append(out, q(i)+" = VALUES("+q(i)+")")
		}
	}
	if len(out) == 0 {
		out = []string{q(t.key[0]) + " = " + q(t.key[0])}
	}
	return strings.Join(out, ", ")
}

// procedure writes a stored procedure for the statement, and the call of it.
func (t table) procedure(name string, st statement) (create, call string) {
	pieces := strings.Split(st.text, "?")
	body := pieces[0]
	var params, args []string
	for n, i := range st.args {
		typ := t.columns[i].domain.sql()
		if t.columns[i].domain.place() != "?" {
			typ = "TEXT"
		}
		params = append(params, fmt.Sprintf("p%d_ %s", n, typ))
		args = append(args, "?")
		body += fmt.Sprintf("p%d_", n) + pieces[n+1]
	}
	return "CREATE PROCEDURE " + name + "(" + strings.Join(params, ", ") + ") " + body, "CALL " + name + "(" + strings.Join(args, ", ") + ")"
}
