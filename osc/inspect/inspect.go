// Package inspect reads a server into schema values. It changes nothing.
package inspect

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jmoiron/sqlx"

	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/schema"
)

// Reader reads rows; *conn.Session is one.
type Reader interface {
	Rows(ctx context.Context, query string, args ...any) (columns []string, rows [][]*string, err error)
}

// record is one row by lower-case column name; NULL and columns that the server does not have are missing.
type record map[string]string

func read(ctx context.Context, q Reader, query string, args ...any) ([]record, error) {
	columns, rows, err := q.Rows(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	records := make([]record, len(rows))
	for i, row := range rows {
		records[i] = make(record, len(row))
		for j, v := range row {
			if v != nil {
				records[i][strings.ToLower(columns[j])] = *v
			}
		}
	}
	return records, nil
}

func (r record) int(key string) int64 {
	n, err := strconv.ParseInt(r[key], 10, 64)
	if err != nil {
		return 0 // absent, or larger than any count that oscar needs
	}
	return n
}

// Server reads what oscar needs to know of the server.
func Server(ctx context.Context, q Reader) (schema.Server, error) {
	vars, err := read(ctx, q, sqlVariables)
	if err != nil {
		return schema.Server{}, fmt.Errorf("read server variables: %w", err)
	}
	s := schema.Server{Vars: make(map[string]string, len(vars))}
	for _, v := range vars {
		s.Vars[strings.ToLower(v["variable_name"])] = v["value"]
	}
	_, rows, err := q.Rows(ctx, sqlServer)
	if err != nil {
		return schema.Server{}, fmt.Errorf("read server version: %w", err)
	}
	s.Version, s.Account = *rows[0][0], *rows[0][1]
	// Debian's MariaDB calls itself so in neither version_comment nor always in VERSION(); the storage engine's variables do not lie.
	_, aria := s.Var("aria_block_size")
	switch {
	case aria || strings.Contains(strings.ToLower(s.Version), "mariadb"):
		s.Flavor = schema.MariaDB
	default:
		s.Flavor = schema.MySQL
	}
	s.Hostname, _ = s.Var("hostname")
	id, _ := s.Var("server_id")
	s.ID, _ = strconv.ParseInt(id, 10, 64)
	for _, name := range []string{"server_uuid", "server_uid"} {
		if uuid, ok := s.Var(name); ok {
			s.UUID = uuid
		}
	}
	return s, nil
}

// Stored is the name in the letter case in which the server keeps it (lower_case_table_names=1 keeps lower case).
func Stored(s schema.Server, t ident.Table) ident.Table {
	if v, _ := s.Var("lower_case_table_names"); v == "1" {
		return ident.Table{Schema: t.Schema.Fold(), Name: t.Name.Fold()}
	}
	return t
}

// Missing says that the table, or its schema, is not there or is no base table.
type Missing struct {
	Table ident.Table
	What  string // "": nothing of that name; else what it is instead: VIEW, SEQUENCE, SYSTEM VERSIONED, ...
	DB    bool   // the schema itself is missing
}

func (m *Missing) Error() string {
	switch {
	case m.DB:
		return fmt.Sprintf("the database %s does not exist", m.Table.Schema.SQL())
	case m.What == "":
		return fmt.Sprintf("the original table %s does not exist", m.Table)
	case m.What == systemVersioned:
		return fmt.Sprintf("the table %s is system-versioned: the history of its rows would be missing from a copy", m.Table)
	default:
		return fmt.Sprintf("%s is no base table but a %s", m.Table, m.What)
	}
}

// Unsupported reports whether the table is there, but of a kind whose rows no copy would hold whole.
func (m *Missing) Unsupported() bool { return m.What == systemVersioned }

// systemVersioned is the table_type of a MariaDB table that keeps the history of its rows.
const systemVersioned = "SYSTEM VERSIONED"

// Try tells how to go on where there is a way.
func (m *Missing) Try() string {
	if m.What != systemVersioned {
		return ""
	}
	return "use the server's own ALTER TABLE, with system_versioning_alter_history=KEEP in its session"
}

// Table reads a base table. The error is a *Missing when there is none of that name.
func Table(ctx context.Context, q Reader, name ident.Table) (schema.Table, error) {
	t := schema.Table{Name: name}
	found, err := read(ctx, q, sqlTable, string(name.Schema), string(name.Name))
	if err != nil {
		return t, fmt.Errorf("look up %s: %w", name, err)
	}
	if len(found) == 0 {
		_, rows, err := q.Rows(ctx, sqlSchema, string(name.Schema))
		if err != nil {
			return t, fmt.Errorf("look up database %s: %w", name.Schema.SQL(), err)
		}
		return t, &Missing{Table: name, DB: *rows[0][0] == "0"}
	}
	if kind := found[0]["table_type"]; kind != "BASE TABLE" {
		return t, &Missing{Table: name, What: kind}
	}
	t.Engine, t.RowsGuess = found[0]["engine"], found[0].int("table_rows")
	steps := []func(context.Context, Reader, *schema.Table) error{create, columns, keys, foreignKeys, userTriggers, children}
	for _, step := range steps {
		if err := step(ctx, q, &t); err != nil {
			return t, err
		}
	}
	return t, nil
}

func create(ctx context.Context, q Reader, t *schema.Table) (err error) {
	t.Create, err = Definition(ctx, q, t.Name)
	return err
}

// Definition is the table's SHOW CREATE TABLE.
func Definition(ctx context.Context, q Reader, name ident.Table) (string, error) {
	_, rows, err := q.Rows(ctx, sqlCreateHead+name.SQL())
	if err != nil {
		return "", fmt.Errorf("read the definition of %s: %w", name, err)
	}
	return *rows[0][1], nil
}

// TimeZone is the time_zone of the session.
func TimeZone(ctx context.Context, q Reader) (string, error) {
	_, rows, err := q.Rows(ctx, sqlTimeZone)
	if err != nil {
		return "", fmt.Errorf("read the session's time zone: %w", err)
	}
	return *rows[0][0], nil
}

func columns(ctx context.Context, q Reader, t *schema.Table) error {
	rows, err := read(ctx, q, sqlColumns, string(t.Name.Schema), string(t.Name.Name))
	if err != nil {
		return fmt.Errorf("read the columns of %s: %w", t.Name, err)
	}
	for _, r := range rows {
		extra := strings.ToUpper(r["extra"])
		_, hasDefault := r["column_default"]
		nullable := r["is_nullable"] == "YES"
		t.Columns = append(t.Columns, schema.Column{
			Name: ident.Name(r["column_name"]), Type: r["column_type"], DataType: strings.ToLower(r["data_type"]),
			Charset: r["character_set_name"], Collation: r["collation_name"], Nullable: nullable,
			AutoIncrement: strings.Contains(extra, "AUTO_INCREMENT"), Generation: r["generation_expression"],
			Generated: strings.Contains(extra, "VIRTUAL") || strings.Contains(extra, "STORED") || strings.Contains(extra, "PERSISTENT"),
			Invisible: strings.Contains(extra, "INVISIBLE"), OnUpdate: strings.Contains(extra, "ON UPDATE"), HasDefault: hasDefault || nullable, MaxChars: r.int("character_maximum_length"),
		})
	}
	return nil
}

func keys(ctx context.Context, q Reader, t *schema.Table) error {
	rows, err := read(ctx, q, sqlKeys, string(t.Name.Schema), string(t.Name.Name))
	if err != nil {
		return fmt.Errorf("read the keys of %s: %w", t.Name, err)
	}
	var list []schema.Key
	for _, r := range rows {
		name := ident.Name(r["index_name"])
		if len(list) == 0 || list[len(list)-1].Name != name {
			list = append(list, schema.Key{
				Name: name, Unique: r["non_unique"] == "0", Kind: strings.ToUpper(r["index_type"]),
				Ignored: strings.EqualFold(r["is_visible"], "NO") || strings.EqualFold(r["ignored"], "YES"),
			})
		}
		k := &list[len(list)-1]
		k.Cardinality = r.int("cardinality")
		k.Parts = append(k.Parts, schema.KeyPart{
			Column: ident.Name(r["column_name"]), Expression: r["expression"], Prefix: r.int("sub_part"),
			Nullable: r["nullable"] == "YES", Descending: r["collation"] == "D",
		})
	}
	for _, k := range list { // the primary key first, as readers expect
		if k.Primary() {
			t.Keys = append(t.Keys, k)
		}
	}
	for _, k := range list {
		if !k.Primary() {
			t.Keys = append(t.Keys, k)
		}
	}
	return nil
}

func foreignKeys(ctx context.Context, q Reader, t *schema.Table) error {
	rows, err := read(ctx, q, sqlKeyUsage, string(t.Name.Schema), string(t.Name.Name))
	if err != nil {
		return fmt.Errorf("read the foreign keys of %s: %w", t.Name, err)
	}
	if len(rows) == 0 {
		return nil
	}
	rules, err := read(ctx, q, sqlRules, string(t.Name.Schema), string(t.Name.Name))
	if err != nil {
		return fmt.Errorf("read the foreign key rules of %s: %w", t.Name, err)
	}
	byName := map[string]record{}
	for _, r := range rules {
		byName[r["constraint_name"]] = r
	}
	for _, r := range rows {
		name := ident.Name(r["constraint_name"])
		if n := len(t.ForeignKeys); n == 0 || t.ForeignKeys[n-1].Name != name {
			rule := byName[r["constraint_name"]]
			t.ForeignKeys = append(t.ForeignKeys, schema.ForeignKey{
				Name:       name,
				References: ident.Table{Schema: ident.Name(r["referenced_table_schema"]), Name: ident.Name(r["referenced_table_name"])},
				OnUpdate:   rule["update_rule"], OnDelete: rule["delete_rule"],
			})
		}
		fk := &t.ForeignKeys[len(t.ForeignKeys)-1]
		fk.Columns = append(fk.Columns, ident.Name(r["column_name"]))
		fk.Referenced = append(fk.Referenced, ident.Name(r["referenced_column_name"]))
	}
	return nil
}

func userTriggers(ctx context.Context, q Reader, t *schema.Table) error {
	rows, err := read(ctx, q, sqlTriggers, string(t.Name.Schema), string(t.Name.Name))
	if err != nil {
		return fmt.Errorf("read the triggers of %s: %w", t.Name, err)
	}
	for _, r := range rows {
		t.Triggers = append(t.Triggers, schema.Trigger{
			Name: ident.Name(r["trigger_name"]), Timing: r["action_timing"], Event: r["event_manipulation"], Body: r["action_statement"],
		})
	}
	return nil
}

func children(ctx context.Context, q Reader, t *schema.Table) error {
	rows, err := read(ctx, q, sqlChildren, string(t.Name.Schema), string(t.Name.Name))
	if err != nil {
		return fmt.Errorf("read the foreign keys that reference %s: %w", t.Name, err)
	}
	for _, r := range rows {
		ref := schema.Reference{
			Child: ident.Table{Schema: ident.Name(r["table_schema"]), Name: ident.Name(r["table_name"])}, Name: ident.Name(r["constraint_name"]),
		}
		// The view compares names without regard to case on some servers, where `T` and `t` are two tables.
		same := r["referenced_table_name"] == string(t.Name.Name) || !strings.EqualFold(r["referenced_table_name"], string(t.Name.Name))
		if n := len(t.Children); same && (n == 0 || t.Children[n-1] != ref) {
			t.Children = append(t.Children, ref)
		}
	}
	return nil
}

// Source is the server that this one replicates from, or "" when it is no replica. Of several sources it is the first.
func Source(ctx context.Context, q Reader) (string, error) {
	for _, query := range []string{sqlAllSlaves, sqlReplica, sqlSlave} {
		rows, err := read(ctx, q, query)
		if conn.IsParse(err) {
			continue
		}
		if err != nil {
			return "", fmt.Errorf("read the replication status: %w", err)
		}
		if len(rows) == 0 {
			return "", nil
		}
		for _, host := range []string{"source_host", "master_host"} {
			if name := rows[0][host]; name != "" {
				return name, nil
			}
		}
		return "a server without a name", nil
	}
	return "", nil
}

// Existing tells which of the names are tables or views of the schema.
func Existing(ctx context.Context, q Reader, in ident.Name, names []ident.Name) ([]ident.Name, error) {
	return lookup(ctx, q, sqlExisting, in, names, "table names")
}

// ExistingConstraints tells which of the names are foreign keys or checks of the schema, in which each name can stand once.
func ExistingConstraints(ctx context.Context, q Reader, in ident.Name, names []ident.Name) ([]ident.Name, error) {
	return lookup(ctx, q, sqlConstraints, in, names, "constraint names")
}

// ExistingTriggers tells which of the names are triggers of the schema.
func ExistingTriggers(ctx context.Context, q Reader, in ident.Name, names []ident.Name) ([]ident.Name, error) {
	return lookup(ctx, q, sqlTriggersOf, in, names, "trigger names")
}

func lookup(ctx context.Context, q Reader, query string, in ident.Name, names []ident.Name, what string) ([]ident.Name, error) {
	raw := make([]string, len(names))
	for i, n := range names {
		raw[i] = string(n)
	}
	text, args, err := sqlx.In(query, string(in), raw)
	if err != nil {
		return nil, fmt.Errorf("look up %s in %s: %w", what, in.SQL(), err)
	}
	_, rows, err := q.Rows(ctx, text, args...)
	if err != nil {
		return nil, fmt.Errorf("look up %s in %s: %w", what, in.SQL(), err)
	}
	var found []ident.Name
	for _, r := range rows {
		found = append(found, ident.Name(*r[0]))
	}
	return found, nil
}

// Grants are the privileges of the session's account as GRANT statements, those of its active roles included.
func Grants(ctx context.Context, q Reader) ([]string, error) {
	list := func(query string) ([]string, error) {
		_, rows, err := q.Rows(ctx, query)
		if err != nil {
			return nil, fmt.Errorf("read grants: %w", err)
		}
		var grants []string
		for _, r := range rows {
			if r[0] != nil {
				grants = append(grants, *r[0])
			}
		}
		return grants, nil
	}
	grants, err := list(sqlGrants)
	if err != nil {
		return nil, err
	}
	roles, err := list(sqlRole)
	if err != nil && (conn.IsLost(err) || ctx.Err() != nil) {
		return nil, err
	}
	// MySQL lists what active roles allow only when asked for each; MariaDB does so by itself, has no USING, and a server without roles
	// has no CURRENT_ROLE.
	if err == nil && len(roles) > 0 && strings.Contains(roles[0], "`@`") {
		return list(sqlGrants + " FOR CURRENT_USER() USING " + roles[0])
	}
	return grants, nil
}

// Estimate is the optimizer's guess of how many rows a condition selects; an empty one selects all. It may be off by any factor.
func Estimate(ctx context.Context, q Reader, t ident.Table, where string) (int64, error) {
	if where == "" {
		where = "1=1"
	}
	tail := t.SQL() + " WHERE (" + where + ")"
	rows, err := read(ctx, q, sqlExplain+tail)
	if conn.IsParse(err) && where == "1=1" {
		rows, err = read(ctx, q, sqlExplainOld+tail)
	}
	if err != nil {
		return 0, fmt.Errorf("estimate the rows of %s: %w", t, err)
	}
	if len(rows) == 0 {
		return 0, nil
	}
	return rows[0].int("rows"), nil
}

// MoreThan reports whether the table has more than n rows, by reading at most n+1 of them. It is the truth where estimates are not.
func MoreThan(ctx context.Context, q Reader, t ident.Table, where string, n int64) (bool, error) {
	if where == "" {
		where = "1=1"
	}
	_, rows, err := q.Rows(ctx, sqlProbeHead+t.SQL()+" WHERE ("+where+") LIMIT 1 OFFSET "+strconv.FormatInt(n, 10))
	if err != nil {
		return false, fmt.Errorf("probe the size of %s: %w", t, err)
	}
	return len(rows) > 0, nil
}
