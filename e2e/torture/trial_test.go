package torture

import (
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"oscar/e2e/compare"
	"oscar/e2e/load"
	"oscar/e2e/tool"
)

func (x *trial) exec(t *testing.T, text string) {
	t.Helper()
	if _, err := x.db.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%v in: %.2000s", err, text)
	}
}

// draw draws tables and changes until the server takes both.
func (x *trial) draw(t *testing.T) {
	t.Helper()
	x.kind = pick(x.r, "through", "through", "through", "through", "through", "beside", "beside", "beside", "beside", "refused")
	var refusals []string
	for range 60 {
		x.table = drawTable(x.r, x.server.Engine())
		x.change = drawChange(x.r, x.server.Engine(), x.table, x.kind == "beside")
		if x.kind == "refused" {
			text, victim := drawLoss(x.r, x.table)
			x.table.columns = append(x.table.columns, victim)
			x.change = change{text: text}
		}
		err := x.possible(t)
		if err == nil {
			x.exec(t, x.table.create(x.table.name))
			x.exec(t, x.table.create(mirror))
			return
		}
		refusals = append(refusals, err.Error())
	}
	t.Fatalf("the server takes no table:\n%s", strings.Join(refusals, "\n"))
}

// possible asks the server on an empty table.
func (x *trial) possible(t *testing.T) error {
	t.Helper()
	defer x.exec(t, "DROP TABLE IF EXISTS probe")
	if _, err := x.db.ExecContext(t.Context(), x.table.create("probe")); err != nil {
		return fmt.Errorf("%w: %s", err, x.table.create("probe"))
	}
	if x.kind == "refused" {
		return nil
	}
	if _, err := x.db.ExecContext(t.Context(), "ALTER TABLE probe "+x.change.text); err != nil {
		return fmt.Errorf("%w: %s", err, x.change.text)
	}
	return nil
}

// options draws oscar's, and the number of rows that goes with the size of chunks.
func (x *trial) options() (rows int) {
	chunk := pick(x.r, 1+x.r.IntN(10), 1+x.r.IntN(100), 1+x.r.IntN(500))
	pace := pick(x.r, "0", "0", "0.02", "0.1")
	x.args = []string{"--alter", x.change.text, "--chunk-size", strconv.Itoa(chunk), "--chunk-time", pace, "--chunk-size-limit", "1"}
	if one(x.r, 2) { // what the triggers and the copy did must be right without being mended
		x.args = append(x.args, "--no-verify")
	}
	for _, more := range []string{"--no-analyze-before-swap", "--statistics", "--print"} {
		if one(x.r, 6) {
			x.args = append(x.args, more)
		}
	}
	rows = 1500 + x.r.IntN(2500)
	if pace == "0" {
		rows = max(300, min(rows, chunk*150))
	}
	return rows
}

// quiet takes a connection that writes every value as it is.
func (x *trial) quiet(t *testing.T) *sqlx.Conn {
	t.Helper()
	c, err := x.db.Connx(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Raw(func(any) error { return driver.ErrBadConn })
		c.Close()
	})
	if _, err := c.ExecContext(t.Context(), "SET time_zone = '+00:00', sql_mode = 'NO_AUTO_VALUE_ON_ZERO', timestamp = 1600000000"); err != nil {
		t.Fatal(err)
	}
	return c
}

// fill makes the first rows of the table, by whose keys the writers know them, and copies them to the mirror.
func (x *trial) fill(t *testing.T) {
	t.Helper()
	x.crowd = &crowd{table: x.table, change: x.change}
	conf, err := mysql.ParseDSN(x.server.DSN(x.schema))
	if err != nil {
		t.Fatal(err)
	}
	conf.InterpolateParams = true
	db, err := sqlx.ConnectContext(t.Context(), "mysql", conf.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "SET time_zone = '+00:00', sql_mode = 'NO_AUTO_VALUE_ON_ZERO', timestamp = 1600000000"); err != nil {
		t.Fatal(err)
	}
	const batch = 100
	for rows := x.options(); rows > 0; rows -= batch {
		var values []any
		var places []string
		for range min(rows, batch) {
			row, line := x.row()
			values, places = append(values, row...), append(places, line)
		}
		text := "INSERT IGNORE INTO " + compare.Quote(x.table.name) + " (" + x.table.names(x.table.plain()) + ") VALUES " + strings.Join(places, ", ")
		if _, err := db.ExecContext(t.Context(), text, values...); err != nil {
			t.Fatalf("fill: %v\n%s", err, x.table.create(x.table.name))
		}
	}
	x.duplicate(t, mirror)
}

// row draws a first row.
func (x *trial) row() (values []any, line string) {
	var places []string
	row := map[int]any{}
	for _, i := range x.table.plain() {
		c := x.table.columns[i]
		var v any
		switch {
		case c.name == "victim":
			v = pick[any](x.r, "abcdefghij", "ABCDEFGHIJ", "漢字カタカナ", nil)
		case c.auto:
			v = numbered(x.r, c.domain.unsigned)
		case c.null && one(x.r, 7):
		case c.zero && one(x.r, 10):
			v = pick(x.r, "0000-00-00", "2004-02-00", "2004-00-00")
			if c.domain.base != "date" {
				v = "0000-00-00 00:00:00"
			}
		default:
			v = c.domain.value(x.r, c.inKey)
		}
		row[i] = v
		values, places = append(values, v), append(places, c.domain.place())
	}
	var key []any
	for _, i := range x.table.key {
		key = append(key, row[i])
	}
	x.crowd.keys = append(x.crowd.keys, key)
	return values, "(" + strings.Join(places, ", ") + ")"
}

// duplicate copies the table's rows into another of the same kind.
func (x *trial) duplicate(t *testing.T, to string) {
	t.Helper()
	list := x.table.names(x.table.plain())
	text := "INSERT INTO " + compare.Quote(to) + " (" + list + ") SELECT " + list + " FROM " + compare.Quote(x.table.name)
	if _, err := x.quiet(t).ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%v in: %s", err, text)
	}
}

// run runs oscar.
func (x *trial) run(t *testing.T, more ...string) {
	t.Helper()
	x.args = append(x.args, more...)
	dsn := x.server.PT() + ",D=" + x.schema + ",t=" + strings.ReplaceAll(x.table.name, ",", `\,`)
	x.result = tool.Run(t, append(slices.Clone(x.args), "--execute", dsn)...)
	if x.result.Differed() {
		t.Error("the triggers or the copy left rows that oscar's own comparison had to mend")
	}
}

// underWriters runs oscar while the writers of this package write to the table and its mirror.
func (x *trial) underWriters(t *testing.T, tolerated []uint16, more ...string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	if err := x.crowd.start(ctx, x.server.DSN(x.schema), x.r, tolerated); err != nil {
		t.Fatal(err)
	}
	x.crowd.wait(60)
	x.run(t, more...)
	x.crowd.wait(60)
	x.crowd.stop()
	for _, f := range x.crowd.findings {
		t.Error(f)
	}
}

func (x *trial) passThrough(t *testing.T) {
	want := []string{mirror, x.table.name}
	var more []string
	if one(x.r, 5) {
		more = []string{"--no-drop-old-table"}
	}
	x.crowd.through = true
	x.underWriters(t, nil, more...)
	if x.result.Code != 0 {
		t.Fatalf("exit code %d", x.result.Code)
	}
	x.expect(t, more == nil, want)
	x.natively(t, mirror)
	x.same(t, mirror, x.table.name)
}

func (x *trial) leaveBeside(t *testing.T) {
	w := load.New(t, x.server.DSN(x.schema), load.Spec{Table: x.table.name, Seed: x.seed, Workers: 3 + x.r.IntN(3), Tolerate: []uint16{errAutoIncrement}})
	x.exec(t, "DROP TABLE "+mirror)
	w.WaitOps(t.Context(), 60)
	x.run(t, "--no-swap-tables", "--no-drop-new-table", "--no-drop-triggers")
	w.WaitOps(t.Context(), 60)
	stats := w.Stop()
	for _, e := range stats.Unexpected {
		t.Errorf("a writer met %s", e)
	}
	x.crowd.errors = map[uint16]int{}
	for n, k := range stats.Errors {
		x.crowd.errors[n] += k
	}
	x.crowd.committed.Add(int64(stats.Commits))
	if x.result.Code != 0 {
		t.Fatalf("exit code %d", x.result.Code)
	}
	made := slices.DeleteFunc(x.names(t, "TABLE"), func(n string) bool { return n == x.table.name || strings.HasSuffix(n, "_unfit") })
	if len(made) != 1 {
		t.Fatalf("new tables: %q", made)
	}
	x.exec(t, x.table.create(mirror))
	x.duplicate(t, mirror)
	x.natively(t, mirror)
	x.same(t, mirror, made[0])
}

func (x *trial) refuse(t *testing.T) {
	before := x.definition(t, x.table.name)
	x.underWriters(t, nil) // a write that the new table cannot hold is no error of the application
	if c := x.result.Code; c <= 0 || c == 22 || c == 23 {
		t.Errorf("exit code %d", c)
	}
	x.left(t, []string{mirror, x.table.name})
	if after := x.definition(t, x.table.name); plainly(after) != plainly(before) {
		t.Errorf("the table has changed: %s\n%s", before, after)
	}
	x.same(t, mirror, x.table.name)
}
