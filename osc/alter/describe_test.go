package alter

import (
	"fmt"
	"strings"
)

// describe is a text's meaning on one line: clauses, then the unique keys they add.
func describe(t Text) string {
	var parts []string
	for _, c := range t.Clauses() {
		parts = append(parts, describeClause(c))
	}
	for _, k := range t.AddsUnique() {
		parts = append(parts, describeKey(k))
	}
	return strings.Join(parts, " | ")
}

func describeClause(c Clause) string {
	var b strings.Builder
	b.WriteString(c.Kind.String())
	put := func(label string, value any) {
		if s := fmt.Sprint(value); s != "" {
			b.WriteString(" " + label + s)
		}
	}
	put("", c.Column)
	put(">", c.NewColumn)
	put("", c.KeyKind)
	put("key=", c.Key)
	put("to=", c.NewName)
	put("sym=", c.Constraint)
	put("opt=", c.Option.Name)
	put("val=", c.Option.Value)
	if c.IfExists {
		b.WriteString(" if")
	}
	if c.Conditional {
		b.WriteString(" cond")
	}
	return b.String()
}

func describeKey(k UniqueKey) string {
	var parts []string
	for _, p := range k.Parts {
		s := string(p.Column)
		if p.Column == "" {
			s = "<" + p.Expression + ">"
		}
		if p.Prefix > 0 {
			s += fmt.Sprintf(":%d", p.Prefix)
		}
		if p.Descending {
			s += " desc"
		}
		parts = append(parts, s)
	}
	out := fmt.Sprintf("+%s(%s)", k.Name, strings.Join(parts, ","))
	if k.Inline {
		out += " inline"
	}
	if k.IfNotExists {
		out += " if"
	}
	if k.Conditional {
		out += " cond"
	}
	return out
}
