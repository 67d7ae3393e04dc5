package plan

import (
	"regexp"
	"slices"
	"strings"

	"oscar/osc/exact"
	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

// Guard is the table in which triggers note writes that the new table cannot hold (see triggers.Guard), and its statements. With a zero Table there is
// none: nothing that the original holds can be refused by the new table.
type Guard struct {
	Table  ident.Table
	Create []Stmt
	Drop   Stmt
	Close  Stmt // of the latch, just before the swap
	Open   Stmt // when the swap did not take place
	Notes  Stmt // reads the notes
}

// Needed reports whether there is a guard.
func (g Guard) Needed() bool { return g.Table.Name != "" }

func newGuard(t ident.Table) Guard {
	return Guard{Table: t, Create: createNotes(t), Drop: dropTable("drop notes", t), Close: closeNotes(t), Open: openNotes("open notes", t), Notes: readNotes(t)}
}

// NoteNames are the names to try for the table of notes, in order.
func NoteNames(t ident.Table) []ident.Name { return underscored(t.Name, "_unfit") }

// mayRefuse reports whether the new table might not hold, or not hold as it is, a row that the original holds. It says yes when in doubt: then the
// triggers are a little longer.
func mayRefuse(original, shadow schema.Table, pairs []triggers.Pair) bool {
	for _, p := range pairs {
		from, _ := original.Column(p.Original)
		to, _ := shadow.Column(p.New)
		if !Holds(from, to) {
			return true
		}
	}
	for _, c := range shadow.Columns {
		if was, ok := original.Column(c.Name); c.Generated && (!ok || was.Generation != c.Generation || was.Type != c.Type) {
			return true
		}
	}
	for _, k := range shadow.Keys {
		if was, ok := original.Key(k.Name); k.Columns() == nil && (!ok || !slices.Equal(was.Parts, k.Parts)) {
			return true
		}
	}
	// A row whose parent is gone stands in the original and is not let in again.
	return len(shadow.ForeignKeys) > 0 || !slices.Equal(conditions(original), conditions(shadow))
}

// Holds reports whether a column takes every value that another one holds, as it is.
func Holds(from, to schema.Column) bool {
	if LosesNull(from, to) {
		return false
	}
	if from.Type == to.Type && from.Charset == to.Charset {
		return true
	}
	if a, b := integers[from.DataType], integers[to.DataType]; a > 0 && b > 0 {
		return b >= a && from.Unsigned() == to.Unsigned() || b > a && from.Unsigned()
	}
	longer := from.Charset == to.Charset && to.MaxChars >= from.MaxChars
	return longer && (from.DataType == to.DataType && (to.DataType == "varchar" || to.DataType == "varbinary"))
}

// unsure are the columns in which the triggers look whether what was written is there, since it may be something else without an error.
func unsure(in Input) []triggers.Exact {
	var list []triggers.Exact
	for _, p := range in.Pairs {
		from, _ := in.Original.Column(p.Original)
		to, _ := in.New.Column(p.New)
		sameType := from.Type == to.Type && from.Charset == to.Charset // then only NULL may not fit, and that is an error where the mode is strict
		if Holds(from, to) || sameType && !in.Leave.Any() {
			continue
		}
		if form, ok := watched(in.Leave, from, to); ok {
			list = append(list, triggers.Exact{Pair: p, Wanted: form.Original, Held: form.Altered})
		}
	}
	return list
}

// watched is how a trigger compares what it wrote with what was to be written. A conversion from or to TIMESTAMP depends on time zones, of which a trigger
// sees the application's.
func watched(leave exact.Leave, from, to schema.Column) (exact.Form, bool) {
	if (from.DataType == "timestamp") != (to.DataType == "timestamp") {
		return exact.Form{}, false
	}
	return leave.Compare(from, to)
}

// Unwatched are columns, by their names in the original, that may lose values without anybody seeing it where the operator gives up values of others:
// then no error tells of theirs, and no comparison either.
func Unwatched(leave exact.Leave, original, shadow schema.Table, pairs []triggers.Pair) []ident.Name {
	var names []ident.Name
	for _, p := range pairs {
		from, _ := original.Column(p.Original)
		to, _ := shadow.Column(p.New)
		if _, ok := watched(leave, from, to); !ok && !Holds(from, to) && !ident.Has(leave.Lossy, p.New) {
			names = append(names, p.Original)
		}
	}
	return names
}

// LosesNull reports whether NULLs of a column would become something else.
func LosesNull(from, to schema.Column) bool { return from.Nullable && !to.Nullable }

// integers are the integer types by their bytes.
var integers = map[string]int{"tinyint": 1, "smallint": 2, "mediumint": 3, "int": 4, "bigint": 8}

var (
	constraintName = regexp.MustCompile("CONSTRAINT `(?:[^`]|``)*` ")
	partitioning   = regexp.MustCompile(`(?s)\n?(?:/\*!\d+ )?\s*PARTITION BY .*`)
)

// conditions are what SHOW CREATE TABLE lists that a row must meet: checks, foreign keys, partitions.
func conditions(t schema.Table) []string {
	var list []string
	for _, line := range strings.Split(t.Create, "\n") {
		line = constraintName.ReplaceAllString(strings.TrimSuffix(strings.TrimSpace(line), ","), "")
		if strings.Contains(line, "CHECK (") || strings.HasPrefix(line, "FOREIGN KEY") {
			list = append(list, line)
		}
	}
	slices.Sort(list)
	return append(list, partitioning.FindString(t.Create))
}
