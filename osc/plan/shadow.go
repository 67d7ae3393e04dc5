// Package plan writes down, as values, everything that a run will do. It talks to no server.
package plan

import (
	"fmt"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// Modes are the two sql_modes of a run: House for oscar's own statements, Operator for reading the operator's ALTER text.
type Modes struct {
	House    string
	Operator string
}

// Shadow is how the new table comes into being and goes again. It is known before anything is changed; the rest of the plan needs the
// altered table.
type Shadow struct {
	Table  ident.Table
	Create []Stmt
	Alter  []Stmt // none when there is nothing to alter
	Drop   Stmt
}

// NewShadow plans the new table from the original's SHOW CREATE. Constraint names, which must be unique in a schema, are changed with rename (see
// Rotate). Auto-increment counter, partitions and table options stay as they are.
func NewShadow(t schema.Table, as ident.Table, rename func(ident.Name) ident.Name, clause AlterClause, modes Modes) (Shadow, error) {
	text, err := rewriteCreate(t, as, rename)
	if err != nil {
		return Shadow{}, err
	}
	s := Shadow{Table: as, Create: []Stmt{{Name: "create new table", SQL: text}}, Drop: dropTable("drop new table", as)}
	if strings.TrimSpace(string(clause)) == "" {
		return s, nil
	}
	s.Alter = []Stmt{alterTable(as, clause)}
	if modes.House != modes.Operator {
		s.Alter = []Stmt{setMode(modes.Operator), s.Alter[0], setMode(modes.House)}
	}
	return s, nil
}

// rewriteCreate gives the CREATE TABLE another table name and other constraint names.
func rewriteCreate(t schema.Table, as ident.Table, rename func(ident.Name) ident.Name) (string, error) {
	head := "CREATE TABLE " + t.Name.Name.SQL()
	rest, ok := strings.CutPrefix(t.Create, head)
	if !ok {
		return "", fmt.Errorf("the definition of %s does not begin with %q", t.Name, head)
	}
	var out strings.Builder
	out.WriteString("CREATE TABLE " + as.SQL())
	for _, piece := range pieces(rest) {
		if piece.constraint {
			out.WriteString(rename(unquote(piece.text)).SQL())
		} else {
			out.WriteString(piece.text)
		}
	}
	return out.String(), nil
}

// Constraints are the names of the table's constraints that SHOW CREATE lists, foreign keys and checks, in order.
func Constraints(t schema.Table) []ident.Name {
	var names []ident.Name
	for _, piece := range pieces(t.Create) {
		if piece.constraint {
			names = append(names, unquote(piece.text))
		}
	}
	return names
}

// piece is a part of a CREATE TABLE text; a constraint piece is the quoted name behind the word CONSTRAINT.
type piece struct {
	text       string
	constraint bool
}

// pieces cuts a CREATE TABLE as SHOW CREATE writes it in an empty sql_mode: names in backquotes, strings in single quotes with backslash
// escapes. The word CONSTRAINT inside a comment or a default is text, not a keyword.
func pieces(text string) []piece {
	const word = "CONSTRAINT "
	var out []piece
	from := 0
	for i := 0; i < len(text); {
		switch {
		case text[i] == '\'' || text[i] == '`' || text[i] == '"':
			i = closing(text, i)
		case strings.HasPrefix(text[i:], word) && i+len(word) < len(text) && text[i+len(word)] == '`':
			begin := i + len(word)
			end := closing(text, begin)
			out = append(out, piece{text: text[from:begin]}, piece{text: text[begin:end], constraint: true})
			i, from = end, end
		default:
			i++
		}
	}
	return append(out, piece{text: text[from:]})
}

// closing is the place behind the quote that ends the quoted text at i.
func closing(text string, i int) int {
	quote := text[i]
	for i++; i < len(text); i++ {
		switch {
		case text[i] == '\\' && quote != '`':
			i++
		case text[i] == quote && i+1 < len(text) && text[i+1] == quote:
			i++
		case text[i] == quote:
			return i + 1
		}
	}
	return len(text)
}

func unquote(quoted string) ident.Name {
	inside := strings.TrimSuffix(strings.TrimPrefix(quoted, "`"), "`") // one of each: a name may begin or end with a backquote
	return ident.Name(strings.ReplaceAll(inside, "``", "`"))
}

// Rotate gives each constraint of the new table a name that the schema does not have yet: `x` becomes `_x`, `_x` becomes `__x` and
// `__x` becomes `x` again, as in pt-online-schema-change, whose scripts drop foreign keys by these names. Where that name is taken (a table with
// both `a` and `_a`), more underscores are tried, then a digest.
func Rotate(names []ident.Name, taken func(ident.Name) bool) map[ident.Name]ident.Name {
	used := map[ident.Name]bool{}
	free := func(n ident.Name) bool { return !used[n.Fold()] && !taken(n) }
	next := make(map[ident.Name]ident.Name, len(names))
	for _, n := range names {
		for _, candidate := range Candidates(n) {
			if free(candidate) {
				next[n] = candidate
				break
			}
		}
		used[next[n].Fold()] = true
	}
	return next
}

// Candidates are the names that Rotate tries, in order.
func Candidates(n ident.Name) []ident.Name {
	base := string(n)
	var first string
	switch {
	case strings.HasPrefix(base, "__") && len(base) > 2:
		first = base[2:]
	case strings.HasPrefix(base, "_"):
		first = "_" + base
	default:
		first = "_" + base
	}
	list := []ident.Name{ident.Name(ident.Cut(first, ident.MaxLen))}
	for _, prefix := range []string{"_", "__", "___", "____", "_____"} {
		list = append(list, ident.Derive(prefix, ident.Name(strings.TrimLeft(base, "_")), ""))
	}
	digest := ident.Digest(base)
	for _, salt := range []string{"a", "b", "c", "d"} {
		list = append(list, ident.Derive("_"+salt+digest+"_", n, ""))
	}
	return list
}
