package stories

import (
	"context"
	"database/sql/driver"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"oscar/e2e/compare"
	"oscar/e2e/load"
	"oscar/e2e/server"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { server.Main(m) }

func discard(c *sqlx.Conn) {
	c.Raw(func(any) error { return driver.ErrBadConn })
	c.Close()
}

// TestStories tells every story on every engine. Engines go side by side; on one engine the stories share a schema and follow each other.
func TestStories(t *testing.T) {
	all := readStories(t)
	build(t)
	for _, e := range server.Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			if !*update { // the golden files of a family's first engine come first
				t.Parallel()
			}
			dir := t.TempDir()
			servers := ownServers(t, e, dir) // with the engine's t: they outlive the story
			for _, st := range all {
				if st.runs(e) {
					t.Run(st.name, func(t *testing.T) { tell(t, servers(t, st), st.at(dir)) })
				}
			}
		})
	}
}

// ownServers gives a story its server: the shared one, or one with the story's arguments, which stays for others with the same.
func ownServers(engine *testing.T, e server.Engine, dir string) func(*testing.T, story) *server.Server {
	started := map[string]*server.Server{}
	return func(t *testing.T, st story) *server.Server {
		if len(st.server) == 0 {
			return server.Shared(t, e)
		}
		args := st.at(dir).server
		key := strings.Join(args, "\n")
		if started[key] == nil {
			started[key] = server.New(engine, e, server.WithArgs(args...), server.WithBufferPool("64M"))
		}
		return started[key]
	}
}

func tell(t *testing.T, s *server.Server, st story) {
	root := server.DB(t, s, "")
	makeNumbers(t, root)
	if st.has("refusal") {
		refused(t, root, s, st)
		return
	}
	dryRun(t, root, s, st)
	if t.Failed() {
		return
	}
	want := natively(t, root, s, st)
	swapped(t, root, s, st, want)
	if !slices.Contains(st.args, "--no-swap-tables") && !t.Failed() {
		beside(t, root, s, st)
	}
}

func (s story) command(srv *server.Server, more ...string) []string {
	dsn := srv.PT() + ",D=" + schema + ",t=" + strings.ReplaceAll(s.table, ",", `\,`)
	return append(append(slices.Clone(s.args), more...), dsn)
}

// dryRun prints the plan, proves that nothing is touched, and replays what was printed.
func dryRun(t *testing.T, root *sqlx.DB, s *server.Server, st story) {
	t.Helper()
	db := fresh(t, root, s, st)
	before := look(t, db)
	o := run(t, st.command(s, "--dry-run", "--print")...)
	o.expect(t, 0)
	if slices.Contains(st.args, "--no-drop-new-table") { // the one trace that was asked for
		for _, name := range st.lines("left") {
			mustExec(t, db, "DROP TABLE "+compare.Quote(name))
		}
	}
	if diff := cmp.Diff(before, look(t, db), cmp.AllowUnexported(state{})); diff != "" {
		t.Fatalf("the dry run changed something (-before +after):\n%s", diff)
	}
	golden(t, s.Engine(), st, "print", strings.ReplaceAll(steady(o.stdout), st.folder, placeholder))
	replay(t, db, o.stdout)
}

// natively lets the server make the change itself.
func natively(t *testing.T, root *sqlx.DB, s *server.Server, st story) state {
	t.Helper()
	db := fresh(t, root, s, st)
	if !slices.Contains(st.args, "--no-swap-tables") {
		text := st.alter()
		if own := st.lines("native"); len(own) > 0 {
			text = own[0]
		}
		if text == "" {
			text = "ENGINE=InnoDB"
		}
		one := session(t, db)
		mustExec(t, one, "SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO'), innodb_strict_mode = @@innodb_strict_mode")
		mustExec(t, one, "SET SESSION sql_mode = REPLACE(REPLACE(@@sql_mode, 'NO_ZERO_IN_DATE', ''), 'NO_ZERO_DATE', '')")
		mustExec(t, one, "ALTER TABLE "+compare.Quote(st.table)+" "+text)
	}
	return look(t, db)
}

// swapped makes the change under the writers' hands.
func swapped(t *testing.T, root *sqlx.DB, s *server.Server, st story, want state) {
	t.Helper()
	db := fresh(t, root, s, st)
	before := names(t, db)
	spec := st.load
	if st.still {
		spec = nil
	}
	w := writers(t, s, st, spec)
	o := run(t, st.command(s, "--execute")...)
	w.finish(t)
	o.expect(t, 0)
	o.holds(t, "Successfully altered "+compare.Quote(schema)+"."+compare.Quote(st.table)+".")
	for _, line := range st.lines("stdout") {
		if !regexp.MustCompile(line).MatchString(o.stdout) {
			t.Errorf("standard output does not match %s:\n%s", line, o.stdout)
		}
	}
	left := append(before, st.lines("left")...)
	slices.Sort(left)
	if diff := cmp.Diff(left, names(t, db)); diff != "" {
		t.Errorf("tables and triggers afterwards (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(shape(want.tables[st.table]), shape(definition(t, db, st.table))); diff != "" {
		t.Errorf("the table is not what the server's own ALTER TABLE makes of it (-want +got):\n%s", diff)
	}
	renames := st.renames()
	if slices.Contains(st.args, "--no-swap-tables") {
		renames = nil
	}
	if spec != nil {
		w.check(t, db, st.table, renames)
	} else if got := look(t, db); got.rows[st.table] != want.rows[st.table] {
		t.Errorf("got %s, the server's own ALTER TABLE gives %s", got.rows[st.table], want.rows[st.table])
	}
	checks(t, db, st)
}

// beside makes the new table and leaves it beside the original, with its triggers, under the writers' hands.
func beside(t *testing.T, root *sqlx.DB, s *server.Server, st story) {
	t.Helper()
	db := fresh(t, root, s, st)
	before := tables(t, db)
	var all *load.Spec
	if st.load != nil { // the original keeps its columns, so all of them can be written
		spec := *st.load
		spec.Columns, spec.Seed, all = st.beside, spec.Seed+1000, &spec
	}
	w := writers(t, s, st, all)
	o := run(t, st.command(s, "--execute", "--no-swap-tables", "--no-drop-new-table", "--no-drop-triggers")...)
	w.finish(t)
	o.expect(t, 0)
	made := slices.DeleteFunc(tables(t, db), func(n string) bool { return slices.Contains(before, n) || strings.HasSuffix(n, "_unfit") })
	if len(made) != 1 {
		t.Fatalf("new tables: got %q, want one\n%s", made, o.stdout)
	}
	d, err := compare.Tables(t.Context(), db, st.table, made[0], compare.Options{Renames: st.renames(), Ignore: st.lines("ignore")})
	if err != nil {
		t.Fatal(err)
	}
	if !d.Equal() {
		t.Errorf("the original and the new table: %s\n%s", d, o.stderr)
	}
	if st.load != nil {
		w.check(t, db, st.table, nil)
	}
}

// refused proves that nothing is changed, by name or by row, and that the reason is told.
func refused(t *testing.T, root *sqlx.DB, s *server.Server, st story) {
	t.Helper()
	db := fresh(t, root, s, st)
	before := look(t, db)
	w := writers(t, s, st, st.load)
	lines := st.lines("refusal")
	code, err := strconv.Atoi(lines[0])
	if err != nil {
		t.Fatalf("refusal: %v", err)
	}
	o := run(t, st.command(s, "--execute")...)
	w.finish(t)
	o.expect(t, code)
	for _, text := range lines[1:] {
		if !strings.Contains(o.stderr, text) {
			t.Errorf("standard error does not hold %q:\n%s", text, o.stderr)
		}
	}
	after := look(t, db)
	if st.load != nil {
		w.check(t, db, st.table, nil)
		before.rows, after.rows = nil, nil
		for _, defs := range []map[string]string{before.tables, after.tables} {
			for name := range defs {
				defs[name] = shape(defs[name])
			}
		}
	}
	if diff := cmp.Diff(before, after, cmp.AllowUnexported(state{})); diff != "" {
		t.Errorf("something was changed (-before +after):\n%s\n%s", diff, o.stderr)
	}
}

// checks runs the story's own queries, each of which must give no row.
func checks(t *testing.T, db *sqlx.DB, st story) {
	t.Helper()
	text, err := st.text("check.sql")
	if err != nil {
		t.Fatal(err)
	}
	for query := range strings.SplitSeq(text, ";\n") {
		if strings.TrimSpace(query) == "" {
			continue
		}
		rows, err := db.QueryxContext(t.Context(), query)
		if err != nil {
			t.Fatalf("check: %v\n%s", err, query)
		}
		for n := 0; rows.Next() && n < 5; n++ {
			row, err := rows.SliceScan()
			for i := range row {
				if b, ok := row[i].([]byte); ok {
					row[i] = string(b)
				}
			}
			t.Errorf("check found %q %v\n%s", row, err, query)
		}
		if err := rows.Close(); err != nil {
			t.Fatalf("check: %v\n%s", err, query)
		}
	}
}

// hands are the writers of one run; without a load none.
type hands struct {
	*load.Writers
	ops int
}

// errAutoIncrement is what MariaDB says instead of "deadlock" when the deadlock is over the counter of the new table, which the copy holds
// while a writer's trigger asks for it (innodb_autoinc_lock_mode=1).
const errAutoIncrement = 1467

func writers(t *testing.T, s *server.Server, st story, spec *load.Spec) hands {
	t.Helper()
	if spec == nil {
		return hands{}
	}
	ledger := *spec
	ledger.Ledger, ledger.Tolerate = true, append(slices.Clone(spec.Tolerate), errAutoIncrement)
	w, err := load.Start(t.Context(), s.DSN(schema), ledger)
	if err != nil {
		t.Fatal(err)
	}
	h := hands{w, st.ops}
	h.wait(t)
	return h
}

func (h hands) wait(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	defer stop()
	if err := h.WaitOps(ctx, h.ops); err != nil {
		t.Errorf("%v\n%v", err, h.Stop())
		t.FailNow()
	}
}

// finish lets the writers go on for a while after the change and stops them.
func (h hands) finish(t *testing.T) {
	t.Helper()
	if h.Writers == nil {
		return
	}
	h.wait(t)
	stats := h.Stop()
	for _, e := range stats.Unexpected {
		t.Errorf("a writer met an error: %s", e)
	}
}

func (h hands) check(t *testing.T, db *sqlx.DB, table string, renames map[string]string) {
	t.Helper()
	d, err := h.Ledger().Check(t.Context(), db, table, renames)
	if err != nil {
		t.Fatal(err)
	}
	if !d.Equal() {
		t.Errorf("what the writers committed and the table: %s", d)
	}
}

// golden compares text with the engine's own golden file or else with that of its family, which is written by the family's first engine.
func golden(t *testing.T, e server.Engine, st story, what, got string) {
	t.Helper()
	path := func(word string) string { return filepath.Join(st.dir, what+"."+word+".golden") }
	own, shared := path(string(e)), path(family(e))
	file := own
	want, err := os.ReadFile(own)
	if errors.Is(err, fs.ErrNotExist) {
		file = shared
		want, err = os.ReadFile(shared)
	}
	switch {
	case err == nil && string(want) == got:
	case *update:
		file = own
		if i := slices.IndexFunc(server.All(), func(o server.Engine) bool { return family(o) == family(e) && st.runs(o) }); server.All()[i] == e {
			file = shared
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	case err != nil:
		t.Errorf("%v; run with -update and read it", err)
	default:
		t.Errorf("%s (-want +got):\n%s", file, cmp.Diff(string(want), got))
	}
}
