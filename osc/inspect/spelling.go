package inspect

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// Fact is an expression of a table.
type Fact struct {
	What  string
	Value string
}

// Facts are the expressions of a table as the views of information_schema print them: two tables of one definition have the same. MySQL prints an
// expression with letters outside of ASCII in another way there than in SHOW CREATE TABLE, which may lose them.
func Facts(ctx context.Context, q Reader, s schema.Server, t schema.Table) ([]Fact, error) {
	rows, err := read(ctx, q, sqlColumns, string(t.Name.Schema), string(t.Name.Name))
	if err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", t.Name, err)
	}
	var facts []Fact
	for _, r := range rows {
		column := ident.Name(r["column_name"]).SQL()
		facts = append(facts, Fact{"the expression of the column " + column, r["generation_expression"]})
		if strings.Contains(strings.ToUpper(r["extra"]), "DEFAULT_GENERATED") {
			facts = append(facts, Fact{"the default of the column " + column, r["column_default"]})
		}
	}
	for _, k := range t.Keys {
		for i, p := range k.Parts {
			if p.Column == "" {
				facts = append(facts, Fact{fmt.Sprintf("part %d of the key %s", i+1, k.Name.SQL()), p.Expression})
			}
		}
	}
	query := sqlChecksMySQL
	if s.Flavor == schema.MariaDB {
		query = sqlChecksMariaDB
	}
	checks, err := read(ctx, q, query, string(t.Name.Schema), string(t.Name.Name))
	if err != nil {
		return nil, fmt.Errorf("read the checks of %s: %w", t.Name, err)
	}
	var clauses []string
	for _, r := range checks {
		clauses = append(clauses, r["check_clause"])
	}
	slices.Sort(clauses) // their names, and so their order, are others in another table
	return append(facts, Fact{"the CHECK constraints", strings.Join(clauses, "; ")}), nil
}

// Default is a constant default as the server has it.
type Default struct {
	Column ident.Name
	Value  string
	Known  bool // false: nothing in an empty table tells
}

// Defaults are the constant defaults that MariaDB prints with a question mark, whole. MySQL prints those with such letters in hexadecimal digits.
func Defaults(ctx context.Context, q Reader, s schema.Server, t schema.Table) ([]Default, error) {
	if s.Flavor != schema.MariaDB {
		return nil, nil
	}
	columns, err := read(ctx, q, sqlColumns, string(t.Name.Schema), string(t.Name.Name))
	if err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", t.Name, err)
	}
	var all []Default
	for _, c := range columns {
		if text := c["column_default"]; c["character_set_name"] == "" || !strings.HasPrefix(text, "'") || !strings.Contains(text, "?") {
			continue // an expression stands there without quotes
		}
		d := Default{Column: ident.Name(c["column_name"])}
		_, rows, err := q.Rows(ctx, sqlDefault(t.Name, d.Column))
		if err != nil {
			return nil, fmt.Errorf("read the default of %s of %s: %w", d.Column.SQL(), t.Name, err)
		}
		if v := rows[0][0]; v != nil {
			d.Value, d.Known = *v, true
		}
		all = append(all, d)
	}
	return all, nil
}

// Members are the members, with their numbers, of an ENUM or SET column that the server prints with a question mark. It prints them in utf8mb3,
// where a letter outside of the basic plane is a question mark; here they come whole.
func Members(ctx context.Context, q Reader, t schema.Table, c schema.Column) ([]string, error) {
	var numbers []string
	for i, m := range strings.Split(printed(c.Type), "\x00") {
		switch {
		case !strings.Contains(m, "?"):
		case c.DataType == "set":
			numbers = append(numbers, fmt.Sprint(uint64(1)<<i))
		default:
			numbers = append(numbers, fmt.Sprint(i+1))
		}
	}
	if len(numbers) == 0 {
		return nil, nil
	}
	_, rows, err := q.Rows(ctx, sqlMembers(t.Name, c.Name, numbers))
	if err != nil {
		return nil, fmt.Errorf("read the members of %s of %s: %w", c.Name.SQL(), t.Name, err)
	}
	var members []string
	for _, r := range rows {
		members = append(members, *r[0])
	}
	return members, nil
}

// printed are the members in a column type, with NUL between them. Quotes within stay doubled.
func printed(columnType string) string {
	var b strings.Builder
	inside := false
	for i := 0; i < len(columnType); i++ {
		switch c := columnType[i]; {
		case c == '\'' && inside && i+1 < len(columnType) && columnType[i+1] == '\'':
			i++
			b.WriteByte(c)
		case c == '\'':
			inside = !inside
		case inside:
			b.WriteByte(c)
		case c == ',':
			b.WriteByte(0)
		}
	}
	return b.String()
}
