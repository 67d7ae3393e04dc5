package preflight

import (
	"fmt"
	"slices"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

// Unplaced asks for the rows of the original that no partition of the new table would hold. The server's own ALTER TABLE ends with 1526 at the
// first of them.
type Unplaced struct {
	Query   string   // lists all of them; empty when there is nothing to ask
	Columns []string // what it lists, quoted
	Unsure  string   // why it cannot be known before the copy; empty when Query tells, or when every row has a place
}

// FindUnplaced compares how the two tables are partitioned. Where names the rows that are copied; empty means all.
//
// NULL counts as less than every limit of a RANGE, so that the lowest partition holds it; a LIST holds it only where it is a member.
func FindUnplaced(original, shadow schema.Table, pairs []triggers.Pair, where string) Unplaced {
	a := altered{Facts: Facts{Table: original}, shadow: shadow, pairs: pairs}
	p := partitioningOf(shadow.Create)
	if p.open || !strings.HasPrefix(p.method, "RANGE") && !strings.HasPrefix(p.method, "LIST") {
		return Unplaced{}
	}
	s := source{altered: a}
	over := s.translate(p.over)
	if p.equal(partitioningOf(original.Create)) && s.unchanged() {
		return Unplaced{}
	}
	if s.unsure == "" && !p.legible(len(over)) {
		s.unsure = "its partitions are written in a way that oscar does not read"
	}
	if s.unsure != "" {
		return Unplaced{Unsure: s.unsure}
	}
	condition := p.outside(over)
	if condition == "" {
		return Unplaced{}
	}
	columns := s.listed()
	return Unplaced{Query: sqlUnplaced(original.Name, columns, where, condition), Columns: columns}
}

// outside is true for a row that no partition holds, and false or NULL for all others; empty when there is no such row. The values that decide
// are given as SQL on the original: one expression, or one for each column.
func (p partitioning) outside(over []string) string {
	switch p.method {
	case "RANGE":
		return over[0] + " >= " + written(p.values[len(p.values)-1])
	case "RANGE COLUMNS":
		return beyond(over, elements(p.values[len(p.values)-1]))
	case "LIST":
		return p.unlisted(over[0])
	default:
		if len(over) == 1 {
			return p.unlisted(over[0])
		}
		return p.unlistedRow(over)
	}
}

// beyond compares column after column. Nothing is beyond MAXVALUE.
func beyond(over []string, limits [][]sqlToken) string {
	if limits[0][0].is("MAXVALUE") {
		return ""
	}
	limit := written(limits[0])
	if len(over) == 1 {
		return over[0] + " >= " + limit
	}
	rest := beyond(over[1:], limits[1:])
	if rest == "" {
		return over[0] + " > " + limit
	}
	return "(" + over[0] + " > " + limit + " OR " + over[0] + " = " + limit + " AND " + rest + ")"
}

func (p partitioning) unlisted(over string) string {
	var members []string
	null := false
	for _, partition := range p.values {
		for _, v := range elements(partition) {
			if isNull(v) {
				null = true
			} else {
				members = append(members, written(v))
			}
		}
	}
	switch in := over + " NOT IN (" + strings.Join(members, ", ") + ")"; {
	case len(members) == 0:
		return over + " IS NOT NULL"
	case null:
		return in
	default:
		return "(" + over + " IS NULL OR " + in + ")"
	}
}

func (p partitioning) unlistedRow(over []string) string {
	var rows []string
	for _, partition := range p.values {
		for _, row := range elements(partition) {
			inner, _ := group(row, 0)
			var ands []string
			for i, v := range elements(inner) {
				ands = append(ands, over[i]+" <=> "+written(v))
			}
			rows = append(rows, "("+strings.Join(ands, " AND ")+")")
		}
	}
	return "NOT (" + strings.Join(rows, " OR ") + ")"
}

// source says what stands in the original for what the new table's partitions speak of.
type source struct {
	altered
	used   []schema.Column // of the new table
	unsure string
}

// translate puts the original's columns in place of the new table's.
func (s *source) translate(over []sqlToken) []string {
	var out []string
	for _, element := range elements(over) {
		var parts []sqlToken
		for i, t := range element {
			function := i+1 < len(element) && element[i+1].is("(")
			column, ok := s.shadow.Column(t.name())
			if ok && (t.quoted() || t.word() && !function) {
				t.text = s.value(column)
			}
			parts = append(parts, t)
		}
		expression := written(parts)
		if len(parts) > 1 {
			expression = "(" + expression + ")"
		}
		out = append(out, expression)
	}
	return out
}

// value is the value that the new column will have, of the original's row.
func (s *source) value(n schema.Column) string {
	s.used = append(s.used, n)
	o, ok := s.origin(n.Name)
	switch {
	case !ok:
		s.unsure = "the column " + n.Name.SQL() + ", by which it is partitioned, is a new one"
		return n.Name.SQL()
	case o.Generated || n.Generated:
		if !o.Generated || !n.Generated || o.Generation != n.Generation || !same(o, n) || !s.sameInputs(o.Generation) {
			s.unsure = "the generated column " + n.Name.SQL() + ", by which it is partitioned, is computed in another way"
		}
		return o.Name.SQL()
	}
	value, ok := converted(o, n)
	if !ok {
		s.unsure = fmt.Sprintf("the column %s, by which it is partitioned, changes from %s to %s", n.Name.SQL(), o.Type, n.Type)
	}
	return value
}

// converted is the value of one column as another will hold it. A value that this narrows is for the copy to refuse.
func converted(o, n schema.Column) (string, bool) {
	name := o.Name.SQL()
	from, to := typeOf(o), typeOf(n)
	moments := map[string]bool{"date": true, "datetime": true, "timestamp": true}
	bytes := map[string]bool{"binary": true, "varbinary": true}
	switch {
	case o.Type == n.Type && o.Collation == n.Collation, integers[from.name] && integers[to.name], bytes[from.name] && bytes[to.name]:
		return name, true
	case moments[from.name] && to.name == "date":
		return "CAST(" + name + " AS DATE)", true
	case moments[from.name] && moments[to.name]:
		return fmt.Sprintf("CAST(%s AS DATETIME(%d))", name, to.arg(0)), true
	case o.Charset != "" && n.Charset != "" && o.DataType != "enum" && o.DataType != "set":
		return collated(name, n), true
	default:
		return name, false
	}
}

// unchanged reports whether every column that decides takes and compares values as before.
func (s *source) unchanged() bool {
	return s.unsure == "" && !slices.ContainsFunc(s.used, func(n schema.Column) bool {
		o, _ := s.origin(n.Name)
		return !o.Name.Is(n.Name) || o.Type != n.Type || o.Charset != n.Charset || o.Collation != n.Collation
	})
}

// listed are the columns that name a row to a person: those of a key, and those that decide.
func (s *source) listed() []string {
	var names []ident.Name
	for _, k := range s.Table.Keys {
		if k.Unique && !k.Nullable() && !k.Partial() {
			names = k.Columns()
			break
		}
	}
	for _, n := range s.used {
		if o, ok := s.origin(n.Name); ok && !ident.Has(names, o.Name) {
			names = append(names, o.Name)
		}
	}
	var list []string
	for _, n := range names {
		list = append(list, n.SQL())
	}
	return list
}

// Refuse says which rows have no place. Rows are values of Columns, of some of the rows; more says that there are others.
func (u Unplaced) Refuse(t ident.Table, rows []string, more bool) Refusals {
	if len(rows) == 0 {
		return nil
	}
	count := fmt.Sprintf("%d rows", len(rows))
	switch {
	case more:
		count = "more than " + count
	case len(rows) == 1:
		count = "1 row"
	}
	return Refusals{{
		Check: "rows without a partition",
		Why: "no partition of the new table would hold " + count + " of " + t.SQL() + ": (" + strings.Join(u.Columns, ", ") + ") = " +
			strings.Join(rows, ", "),
		Try:  "add partitions for them, or change or delete the rows; see all of them: " + u.Query,
		Kind: Unsupported,
	}}
}
