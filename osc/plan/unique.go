package plan

import (
	"fmt"
	"strings"

	"oscar/osc/schema"
)

// UniqueKey is a unique key that the copied rows may not fit. It is built once all of them are there, so that a duplicate is an error and
// not a lost row.
type UniqueKey struct {
	Key        schema.Key
	Over       string // its columns, as the original calls them, for messages
	Duplicates string // the query that lists what is equal in it in the original; may be empty
}

// later plans the keys that are built after the copy.
func (p *Plan) later(in Input) error {
	p.Unique = in.Unique
	if len(in.Unique) == 0 {
		return nil
	}
	var drop, add []string
	for _, u := range in.Unique {
		definition, ok := keyDefinition(in.New, u.Key)
		if !ok {
			return fmt.Errorf("plan the unique key %s: SHOW CREATE TABLE of %s does not list it", u.Key.Name.SQL(), in.New.Name)
		}
		drop = append(drop, dropKey(u.Key))
		add = append(add, addKey(definition))
	}
	p.Withhold = []Stmt{alterTable(in.Shadow.Table, AlterClause(strings.Join(drop, ", ")))}
	p.Withhold[0].Name = "withhold unique keys"
	p.BuildKeys = []Stmt{alterTable(in.Shadow.Table, AlterClause(strings.Join(add, ", ")+online))}
	p.BuildKeys[0].Name = "build unique keys"
	p.BuildHeld = []Stmt{alterTable(in.Shadow.Table, AlterClause(strings.Join(add, ", ")+held))}
	p.BuildHeld[0].Name = "build unique keys"
	return nil
}

// keyDefinition is the key's line of SHOW CREATE TABLE, which has one line for each column, key and constraint; those of columns begin with a
// backquote.
func keyDefinition(t schema.Table, k schema.Key) (string, bool) {
	head := "UNIQUE KEY " + k.Name.SQL() + " ("
	if k.Primary() {
		head = "PRIMARY KEY ("
	}
	for _, line := range strings.Split(t.Create, "\n") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, head) {
			return strings.TrimSuffix(line, ","), true
		}
	}
	return "", false
}
