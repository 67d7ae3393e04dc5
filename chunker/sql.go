package chunker

import (
	"strconv"
	"strings"

	"oscar/osc/ident"
)

// Source is what a copy reads from: a table, the key it follows and the operator's --where.
type Source struct {
	Table ident.Table
	Key   Key
	Where string // SQL condition; empty for all rows
}

// Fetch is the expression whose printed value Literal understands.
func (c Column) Fetch() string {
	name := c.Name.SQL()
	switch c.Form {
	case Real:
		return name + " + 0e0"
	case Text, Bytes:
		return "HEX(" + name + ")"
	case Ordinal:
		return name + " + 0"
	case Temporal, Quoted:
		return "CAST(" + name + " AS CHAR)"
	default:
		return name
	}
}

// FirstSQL reads the key of the first row; no row when there is none.
func (s Source) FirstSQL() string { return s.edge("ASC", "first lower boundary") }

// LastSQL reads the key of the last row; no row when there is none.
func (s Source) LastSQL() string { return s.edge("DESC", "last upper boundary") }

func (s Source) edge(direction, note string) string {
	return s.boundary(Range{}, direction) + " LIMIT 1 /* oscar " + note + " */"
}

// NextSQL reads the key of the row that is the n-th after a point, up to a last one; no row when fewer than n are left.
func (s Source) NextSQL(left Range, n int64) string {
	return s.boundary(left, "ASC") + " LIMIT 1 OFFSET " + strconv.FormatInt(n-1, 10) + " /* oscar next chunk boundary */"
}

func (s Source) boundary(left Range, direction string) string {
	var fetch, order []string
	for _, c := range s.Key.Columns {
		fetch = append(fetch, c.Fetch())
		order = append(order, c.Name.SQL()+" "+direction)
	}
	return "SELECT " + strings.Join(fetch, ", ") + " FROM " + s.from() + s.filter(left) + " ORDER BY " + strings.Join(order, ", ")
}

func (s Source) from() string { return s.Table.SQL() + " FORCE INDEX (" + s.Key.Index.SQL() + ")" }

func (s Source) filter(r Range) string {
	conditions := r.Conditions(s.Key)
	if s.Where != "" {
		conditions = append(conditions, "("+s.Where+")")
	}
	if len(conditions) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(conditions, " AND ")
}

// Copy is the INSERT .. SELECT of a migration; its zero Key copies the whole table in one statement.
type Copy struct {
	Source
	Into    ident.Table
	Columns []ident.Name // of the source
	As      []ident.Name // of Into, in the same order
	Carry   Carry        // how each of Columns travels when rows go through the client; empty when they do not
}

// CopyMode says what becomes of rows that the new table has already.
type CopyMode int

// The modes.
const (
	Fresh CopyMode = iota // they stay: a trigger wrote them (INSERT IGNORE)
	Again                 // they are written once more, so that every value is converted and warned about again (REPLACE)
)

// RangeSQL copies the rows of a range. The locking read and the insert are one transaction: a row that an application is changing is
// waited for, and one that was read cannot change until it is in the new table. Rows that a trigger wrote before stay as they are (IGNORE).
func (c Copy) RangeSQL(r Range, mode CopyMode) string {
	return c.head(mode) + " FROM " + c.from() + c.filter(r) + " LOCK IN SHARE MODE /* oscar copy chunk */"
}

// AllSQL copies the whole table in one statement.
func (c Copy) AllSQL(mode CopyMode) string {
	return c.head(mode) + " FROM " + c.Table.SQL() + c.filter(Range{}) + " LOCK IN SHARE MODE /* oscar copy table */"
}

func (c Copy) head(mode CopyMode) string { return c.into(mode) + " SELECT " + ident.List(c.Columns) }

func (c Copy) into(mode CopyMode) string {
	verb := "INSERT LOW_PRIORITY IGNORE INTO "
	if mode == Again {
		verb = "REPLACE LOW_PRIORITY INTO "
	}
	return verb + c.Into.SQL() + " (" + ident.List(c.As) + ")"
}

// Templates are the statements of the copy with ? in place of the key values and of the rows, for people to read.
func (c Copy) Templates() (boundary string, chunk []string) {
	r, boundary := Template(c.Source)
	if len(c.Carry) > 0 {
		return boundary, []string{c.ReadSQL(r), c.WriteSQL([]string{"(?)"}, Fresh)}
	}
	return boundary, []string{c.RangeSQL(r, Fresh)}
}

// Template is a range with ? for key values, and the statement that finds its end.
func Template(s Source) (Range, string) {
	at := make(Point, len(s.Key.Columns))
	for i := range at {
		at[i] = Value{"?"}
	}
	r := Range{After: at, Upto: at}
	return r, strings.Replace(s.NextSQL(r, 1), "OFFSET 0", "OFFSET ?", 1)
}

// Conditions are the range in SQL on the columns of a key, each a conjunct.
func (r Range) Conditions(k Key) []string {
	var out []string
	if r.After != nil {
		out = append(out, compare(k.Columns, r.After, ">", ">"))
	}
	if r.Upto != nil {
		out = append(out, compare(k.Columns, r.Upto, "<", "<="))
	}
	return out
}

// compare spells a comparison of several columns out as ORs of ANDs, since servers do not use an index for (a, b) > (x, y). The
// leading conjunct says nothing new; it gives the optimizer a plain range to begin with.
func compare(columns []Column, at Point, strict, last string) string {
	if len(columns) == 1 {
		return "(" + columns[0].test(last, at[0]) + ")"
	}
	var ors []string
	for i := range columns {
		var ands []string
		for j := range i {
			ands = append(ands, columns[j].test("=", at[j]))
		}
		op := strict
		if i == len(columns)-1 {
			op = last
		}
		ors = append(ors, "("+strings.Join(append(ands, columns[i].test(op, at[i])), " AND ")+")")
	}
	return "(" + columns[0].test(strict+"=", at[0]) + " AND (" + strings.Join(ors, " OR ") + "))"
}

// test compares one column. No server uses an index for an ENUM or SET compared with <, so the ordinals are listed instead (at most 65535, and few
// in practice).
func (c Column) test(op string, v Value) string {
	plain := c.Name.SQL() + " " + op + " " + v.sql
	at, err := strconv.ParseInt(v.sql, 10, 64)
	if c.Members == 0 || op == "=" || err != nil {
		return plain
	}
	from, to := int64(0), c.Members // 0 is '', which a lenient sql_mode stores for what is not a member
	switch op {
	case ">":
		from = at + 1
	case ">=":
		from = at
	case "<":
		to = at - 1
	case "<=":
		to = at
	}
	if from > to {
		return "FALSE"
	}
	list := make([]string, 0, to-from+1)
	for i := from; i <= to; i++ {
		list = append(list, strconv.FormatInt(i, 10))
	}
	return c.Name.SQL() + " IN (" + strings.Join(list, ",") + ")"
}
