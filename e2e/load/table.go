package load

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/compare"
)

// table is what the writers know of their table.
type table struct {
	name    string
	columns []column // those written and noted
	key     []int    // positions in columns of the key by which rows are addressed
	uniques [][]int  // every unique key, the addressing key first
	free    []int    // positions of columns in no unique key
	auto    int      // position of the auto_increment column, or -1
	exact   bool     // REPLACE and upsert touch only rows that the unique keys find, so a ledger can follow them
}

// column is one column with what is needed to make values for it.
type column struct {
	compare.Column
	json    bool // MariaDB's JSON is a text column with a check
	members []string
	pool    []any
	inKey   bool // of some unique key
}

// readTable reads the table's shape and the values that foreign keys allow.
func readTable(ctx context.Context, db *sqlx.DB, s Spec) (*table, error) {
	all, err := compare.Columns(ctx, db, s.Table)
	if err != nil {
		return nil, err
	}
	var ignore, create string
	if err := db.QueryRowxContext(ctx, "SHOW CREATE TABLE "+compare.Quote(s.Table)).Scan(&ignore, &create); err != nil {
		return nil, fmt.Errorf("read the definition of %s: %w", s.Table, err)
	}
	t := &table{name: s.Table, auto: -1, exact: true}
	for _, c := range all {
		if c.Generated() || len(s.Columns) > 0 && !slices.Contains(s.Columns, c.Name) {
			continue
		}
		col := column{Column: c, members: members(c.FullType), pool: s.Values[c.Name]}
		col.json = c.DataType == "json" || strings.Contains(create, "json_valid("+compare.Quote(c.Name)+")")
		if c.AutoIncrement() {
			t.auto = len(t.columns)
		}
		t.columns = append(t.columns, col)
	}
	if err := t.readKeys(ctx, db); err != nil {
		return nil, err
	}
	if s.Ledger && !strings.Contains(create, "ENGINE=InnoDB") {
		return nil, fmt.Errorf("%s is not an InnoDB table: a ledger cannot follow it", s.Table)
	}
	return t, t.readParents(ctx, db)
}

func (t *table) at(name string) int {
	return slices.IndexFunc(t.columns, func(c column) bool { return c.Name == name })
}

// readKeys finds the keys. Rows are addressed by the first unique key that is all written and whole.
func (t *table) readKeys(ctx context.Context, db *sqlx.DB) error {
	keys, err := compare.UniqueKeys(ctx, db, t.name)
	if err != nil {
		return err
	}
	nullable := func(at []int) bool {
		return slices.ContainsFunc(at, func(i int) bool { return t.columns[i].Nullable })
	}
	for _, k := range keys {
		var at []int
		for _, n := range k.Columns {
			if i := t.at(n); i >= 0 {
				at = append(at, i)
				t.columns[i].inKey = true
			}
		}
		if k.Prefix || len(at) != len(k.Columns) {
			t.exact = false
			continue
		}
		if t.key == nil && !nullable(at) {
			t.key = at
			t.uniques = append([][]int{at}, t.uniques...)
		} else {
			t.uniques = append(t.uniques, at)
		}
	}
	if t.key == nil {
		return fmt.Errorf("%s has no unique key of columns that the writers know and that are never NULL", t.name)
	}
	for i, c := range t.columns {
		if !c.inKey {
			t.free = append(t.free, i)
		}
	}
	return nil
}

// readParents takes the values of columns with a foreign key from the table it points to.
func (t *table) readParents(ctx context.Context, db *sqlx.DB) error {
	var refs []struct {
		Column string `db:"c"`
		Schema string `db:"s"`
		Table  string `db:"t"`
		Other  string `db:"o"`
	}
	err := db.SelectContext(ctx, &refs, `SELECT COLUMN_NAME c, REFERENCED_TABLE_SCHEMA s, REFERENCED_TABLE_NAME t,
		REFERENCED_COLUMN_NAME o FROM information_schema.KEY_COLUMN_USAGE
		WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND REFERENCED_TABLE_NAME IS NOT NULL`, t.name)
	if err != nil {
		return fmt.Errorf("read foreign keys of %s: %w", t.name, err)
	}
	for _, r := range refs {
		i := t.at(r.Column)
		if i < 0 || t.columns[i].pool != nil {
			continue
		}
		var values []string
		err := db.SelectContext(ctx, &values, "SELECT "+compare.Quote(r.Other)+" FROM "+compare.Quote(r.Schema)+"."+compare.Quote(r.Table)+
			" WHERE "+compare.Quote(r.Other)+" IS NOT NULL LIMIT 1000")
		if err != nil {
			return fmt.Errorf("read values of %s.%s: %w", r.Table, r.Other, err)
		}
		for _, v := range values {
			t.columns[i].pool = append(t.columns[i].pool, v)
		}
	}
	return nil
}

// members reads the members of an enum or set type.
func members(full string) []string {
	if !strings.HasPrefix(full, "enum(") && !strings.HasPrefix(full, "set(") {
		return nil
	}
	text := full[strings.Index(full, "(")+1 : strings.LastIndex(full, ")")]
	var out []string
	var b strings.Builder
	for i := 1; i < len(text); i++ { // from behind the first quote
		switch {
		case text[i] != '\'':
			b.WriteByte(text[i])
		case i+1 < len(text) && text[i+1] == '\'': // doubled quote
			b.WriteByte('\'')
			i++
		default:
			out = append(out, b.String())
			b.Reset()
			i += 2 // over the comma, onto the next opening quote
		}
	}
	return out
}
