package copier_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"oscar/chunker"
	"oscar/e2e/compare"
	"oscar/e2e/server"
	"oscar/osc/alter"
	"oscar/osc/conn"
	"oscar/osc/copier"
	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/plan"
	"oscar/osc/throttle"
	"oscar/triggers"
)

func TestMain(m *testing.M) { server.Main(m) }

func open(t *testing.T, s *server.Server, schema string, vars ...string) *conn.Session {
	t.Helper()
	cfg, err := mysql.ParseDSN(s.DSN(schema))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Logger = &mysql.NopLogger{}
	parsed, err := conn.ParseVars(vars)
	if err != nil {
		t.Fatal(err)
	}
	session, err := conn.Open(t.Context(), cfg, conn.Setup{Vars: parsed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// bench is a schema with an original t and a new table n.
type bench struct {
	schema  string
	db      *sqlx.DB
	session *conn.Session
}

func newBench(t *testing.T, srv *server.Server, sql string, vars ...string) bench {
	t.Helper()
	b := bench{schema: server.Schema(t, srv)}
	b.db, b.session = server.DB(t, srv, b.schema), open(t, srv, b.schema, vars...)
	if sql != "" {
		b.db.MustExec(sql)
	}
	return b
}

func (b bench) table(name ident.Name) ident.Table {
	return ident.Table{Schema: ident.Name(b.schema), Name: name}
}

// plan is what a run would plan for t and n as they are.
func (b bench) plan(t *testing.T, change func(*plan.Input)) plan.Plan {
	t.Helper()
	original, err := inspect.Table(t.Context(), b.session, b.table("t"))
	if err != nil {
		t.Fatal(err)
	}
	shadow, err := inspect.Table(t.Context(), b.session, b.table("n"))
	if err != nil {
		t.Fatal(err)
	}
	in := plan.Input{
		Shadow: plan.Shadow{Table: shadow.Name}, Original: original, New: shadow, Old: b.table("o"),
		Pairs: plan.Match(original, shadow, alter.Text{}), FindBy: []triggers.Pair{{Original: "id", New: "id"}}, Zone: "+00:00",
	}
	in.Key, _ = chunker.Choose(original, "walk")
	if change != nil {
		change(&in)
	}
	p, err := plan.Build(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// copier copies with chunks of a fixed size and without limits; the test changes what it is about.
func (b bench) copier(t *testing.T, rows int64) *copier.Copier {
	t.Helper()
	return &copier.Copier{
		Session: b.session, Plan: b.plan(t, nil), Clock: time.Now, Alive: func(context.Context) error { return nil }, Tell: func(copier.Progress) {},
		Pace: copier.Pace{ChunkRows: rows, Gate: throttle.All(), Tick: time.Millisecond, Patience: 10 * time.Second},
	}
}

// same fails the test unless n holds just the rows of t.
func (b bench) same(t *testing.T) {
	t.Helper()
	diff, err := compare.Tables(t.Context(), b.db, "t", "n", compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !diff.Equal() {
		t.Errorf("original and new table: %s", diff)
	}
}

func (b bench) count(t *testing.T, query string, args ...any) int {
	t.Helper()
	var n int
	if err := b.db.Get(&n, query, args...); err != nil {
		t.Fatal(err)
	}
	return n
}

// numbers fills t with ids 1 to n.
func (b bench) numbers(t *testing.T, n int) {
	t.Helper()
	b.db.MustExec("INSERT INTO t (id) VALUES (1)")
	for have := 1; have < n; have *= 2 {
		b.db.MustExec("INSERT INTO t (id) SELECT id + ? FROM t WHERE id <= ?", have, n-have)
	}
}

// blocked waits until the connection waits for a row lock.
func (b bench) blocked(t *testing.T, id int64) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); b.count(t, "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT' AND trx_mysql_thread_id = ?", id) == 0; {
		if time.Now().After(end) {
			t.Errorf("connection %d never waited for a row lock", id)
			return
		}
		time.Sleep(120 * time.Millisecond) // between two looks; InnoDB answers from a cache to one who asks more often
	}
}

var errEnough = errors.New("enough")

// notes are the distinct answers of a progress, in order.
type notes []string

func (n *notes) add(text string) {
	if text != "" && !slices.Contains(*n, text) {
		*n = append(*n, text)
	}
}
