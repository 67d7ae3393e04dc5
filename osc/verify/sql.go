package verify

import (
	"strconv"
	"strings"

	"oscar/chunker"
	"oscar/osc/conn"
	"oscar/osc/exact"
	"oscar/osc/ident"
	"oscar/osc/plan"
	"oscar/osc/schema"
	"oscar/triggers"
)

// Tables are the two tables to compare.
type Tables struct {
	Original schema.Table
	New      schema.Table
	Pairs    []triggers.Pair // the columns that are copied
	Key      chunker.Key     // of the original; its index sets the ranges
	Walkable bool            // false: one range for the whole table
	Leave    exact.Leave     // what may differ
	Where    string          // condition on the rows of both tables; empty for all
}

// statements writes the queries of one comparison. What they compare is fixed when it is made.
type statements struct {
	original side
	altered  side
	skipped  []ident.Name // columns that no comparison is exact for
	insert   string       // head of the repair's INSERT .. SELECT
}

// Statements around a look or a repair.
const (
	beginSnapshot = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
	begin         = conn.Begin
	commit        = conn.Commit
	rollback      = conn.Rollback
)

// side is one of the two tables.
type side struct {
	table string
	from  string // table with its index
	row   string // expression: the digest of a row
	key   []chunker.Column
	only  string // condition; empty for all rows
}

func newStatements(t Tables) (statements, bool) {
	var s statements
	var left, right []string
	var into, columns []ident.Name
	for _, p := range t.Pairs {
		from, _ := t.Original.Column(p.Original)
		to, _ := t.New.Column(p.New)
		into, columns = append(into, p.New), append(columns, p.Original)
		r, ok := t.Leave.Compare(from, to)
		if !ok {
			s.skipped = append(s.skipped, p.Original)
			continue
		}
		left = append(left, r.Parts(r.Original, p.Original)...)
		right = append(right, r.Parts(r.Altered, p.New)...)
	}
	s.original = side{from: t.Original.Name.SQL(), row: exact.Digest(left), key: t.Key.Columns, only: t.Where}
	s.altered = side{from: t.New.Name.SQL(), row: exact.Digest(right), only: t.Where}
	s.insert = "INSERT INTO " + t.New.Name.SQL() + " (" + ident.List(into) + ") SELECT " + ident.List(columns) + " FROM "
	s.original.table, s.altered.table = t.Original.Name.SQL(), t.New.Name.SQL()
	ranged := t.Walkable
	for _, c := range t.Key.Columns {
		name, same := counterpart(t, c.Name)
		if !same {
			ranged = false
			break
		}
		moved := c
		moved.Name = name
		s.altered.key = append(s.altered.key, moved)
	}
	index, ok := indexOver(t.New, s.altered.key)
	if !ranged || !ok {
		s.original.key, s.altered.key = nil, nil
		return s, false
	}
	s.original.from += " FORCE INDEX (" + t.Key.Index.SQL() + ")"
	s.altered.from += " FORCE INDEX (" + index.SQL() + ")"
	return s, true
}

// Ranged reports whether the pair can be compared range by range: the key can be walked in the new table as well. Otherwise the whole of both tables
// is one range.
func Ranged(t Tables) bool {
	_, ranged := newStatements(t)
	return ranged
}

// counterpart is the column of the new table that holds the same values in the same order as a key column of the original.
func counterpart(t Tables, name ident.Name) (ident.Name, bool) {
	for _, p := range t.Pairs {
		if !p.Original.Is(name) {
			continue
		}
		from, _ := t.Original.Column(p.Original)
		to, _ := t.New.Column(p.New)
		return p.New, exact.SameOrder(from, to)
	}
	return "", false
}

// indexOver finds an index that begins with exactly these columns, whole.
func indexOver(t schema.Table, key []chunker.Column) (ident.Name, bool) {
	for _, k := range t.Keys {
		if len(key) == 0 || len(k.Parts) < len(key) || k.Ignored || k.Kind != "BTREE" {
			continue
		}
		fits := true
		for i, c := range key {
			if p := k.Parts[i]; !p.Column.Is(c.Name) || p.Prefix > 0 {
				fits = false
				break
			}
		}
		if fits {
			return k.Name, true
		}
	}
	return "", false
}

// Statements are those of a comparison in which nothing differs, with ? for key values: what a dry run shows.
func Statements(t Tables) []plan.Stmt {
	s, ranged := newStatements(t)
	if !ranged {
		return []plan.Stmt{{Name: "compare all rows", SQL: s.compare(chunker.Range{})}}
	}
	r, next := chunker.Template(chunker.Source{Table: t.Original.Name, Key: t.Key, Where: t.Where})
	return []plan.Stmt{{Name: "next range", SQL: next, Template: true}, {Name: "compare a range", SQL: s.compare(r), Template: true}}
}

// compare reads both sides of a range in one statement, and so in one snapshot: under REPEATABLE READ every table of a statement is read as of the
// same moment, and the statement's locks are none.
func (s statements) compare(r chunker.Range) string {
	return "SELECT a.n, a.h1, a.h2, a.bad, b.n, b.h1, b.h2, b.bad FROM (" + s.original.sum(r) + ") a, (" + s.altered.sum(r) + ") b /* oscar verify */"
}

func (s side) sum(r chunker.Range) string {
	return "SELECT COUNT(*) n, BIT_XOR(CAST(CONV(LEFT(h,16),16,10) AS UNSIGNED)) h1, BIT_XOR(CAST(CONV(SUBSTR(h,17,16),16,10) AS UNSIGNED)) h2, " +
		"SUM(h IS NULL) bad FROM (SELECT " + s.row + " h FROM " + s.from + s.where(r) + ") d"
}

// rows lists the key and the digest of each row of a range, of one side.
func (s side) rows(r chunker.Range, most int) string {
	fetch := make([]string, len(s.key))
	for i, c := range s.key {
		fetch[i] = c.Fetch()
	}
	return "SELECT " + strings.Join(fetch, ", ") + ", " + s.row + " FROM " + s.from + s.where(r) + " LIMIT " + strconv.Itoa(most)
}

func (s side) where(r chunker.Range) string {
	key := chunker.Key{Columns: s.key}
	c := r.Conditions(key)
	if s.only != "" {
		c = append(c, "("+s.only+")")
	}
	if len(c) > 0 {
		return " WHERE " + strings.Join(c, " AND ")
	}
	return ""
}

// recopy locks the original's rows of a range, takes away what the new table has there, and copies them.
func (s statements) recopy(r chunker.Range) []string {
	return []string{
		"SELECT COUNT(*) FROM " + s.original.from + s.original.where(r) + " LOCK IN SHARE MODE",
		"DELETE FROM " + s.altered.table + s.altered.where(r),
		s.insert + s.original.from + s.original.where(r) + " LOCK IN SHARE MODE",
	}
}
