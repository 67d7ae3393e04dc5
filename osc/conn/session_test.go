package conn_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"

	"oscar/e2e/server"
	"oscar/osc/conn"
)

func TestMain(m *testing.M) { server.Main(m) }

func config(t *testing.T, s *server.Server, schema string) *mysql.Config {
	t.Helper()
	cfg, err := mysql.ParseDSN(s.DSN(schema))
	if err != nil {
		t.Fatal(err)
	}
	cfg.Logger = &mysql.NopLogger{}
	return cfg
}

func open(t *testing.T, cfg *mysql.Config, vars ...string) *conn.Session {
	t.Helper()
	parsed, err := conn.ParseVars(vars)
	if err != nil {
		t.Fatal(err)
	}
	s, err := conn.Open(t.Context(), cfg, conn.Setup{Vars: parsed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// until waits for a state, and fails the test when it does not come.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !is(); {
		if time.Now().After(end) {
			t.Fatalf("waited too long for: %s", what)
		}
		time.Sleep(5 * time.Millisecond) // between two looks
	}
}

func count(t *testing.T, db *sqlx.DB, query string, args ...any) int {
	t.Helper()
	var n int
	if err := db.Get(&n, query, args...); err != nil {
		t.Fatal(err)
	}
	return n
}

// busy waits until the connection runs a statement that has the text.
func busy(t *testing.T, db *sqlx.DB, id int64, text string) {
	t.Helper()
	until(t, "connection "+strconv.FormatInt(id, 10)+" runs "+text, func() bool {
		return count(t, db, "SELECT COUNT(*) FROM information_schema.processlist WHERE id = ? AND command IN ('Query', 'Execute') AND info LIKE ?", id, "%"+text+"%") > 0
	})
}

func value(t *testing.T, s *conn.Session, query string) string {
	t.Helper()
	var v string
	if err := s.GetContext(t.Context(), &v, query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v
}

var errStopped = errors.New("the operator stopped it")

func TestTheEndOfAContextEndsTheStatement(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		schema := server.Schema(t, srv)
		db := server.DB(t, srv, schema)
		db.MustExec("CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 0)")
		s := open(t, config(t, srv, schema), "innodb_lock_wait_timeout=50")
		id := s.ID()
		lock := db.MustBegin()
		defer lock.Rollback()
		lock.MustExec("UPDATE t SET n = 1")
		for _, statement := range []string{"SELECT SLEEP(30)", "UPDATE t SET n = 2"} {
			ctx, cancel := context.WithCancelCause(t.Context())
			var ended time.Time
			var watcher sync.WaitGroup
			watcher.Go(func() {
				busy(t, db, id, statement)
				ended = time.Now()
				cancel(errStopped)
			})
			_, err := s.ExecContext(ctx, statement)
			watcher.Wait()
			if took := time.Since(ended); took > 2*time.Second {
				t.Errorf("%s went on for %s", statement, took)
			}
			// MySQL's SLEEP ends without an error when it is killed.
			if err == nil && strings.HasPrefix(statement, "UPDATE") || err != nil && (!errors.Is(err, errStopped) || !conn.IsInterrupted(err)) {
				t.Errorf("%s: error %v", statement, err)
			}
			if s.Lost() {
				t.Errorf("%s: the session is lost", statement)
			}
			for range 3 {
				if got := value(t, s, "SELECT CONNECTION_ID()"); got != strconv.FormatInt(id, 10) {
					t.Errorf("the session moved from connection %d to %s", id, got)
				}
			}
			if _, err := s.ExecContext(ctx, "DO 1"); !errors.Is(err, errStopped) {
				t.Errorf("a statement under an ended context: %v", err)
			}
		}
	})
}

// A context may end at any moment of a statement: the kill must never reach the next one.
func TestAKillDoesNotHitTheNextStatement(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		s := open(t, config(t, srv, ""))
		random := rand.New(rand.NewPCG(7, 7))
		for i := range 60 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.IntN(3000))*time.Microsecond)
			_, err := s.ExecContext(ctx, "DO (SELECT COUNT(*) FROM information_schema.collations) + SLEEP(0.001)")
			cancel()
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("round %d: %v", i, err)
			}
			var n int
			if err := s.GetContext(t.Context(), &n, "SELECT COUNT(*) FROM information_schema.collations"); err != nil {
				t.Fatalf("round %d: the next statement: %v", i, err)
			}
		}
	})
}

func TestSetVars(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		s := open(t, config(t, srv, ""), "no_such_variable=1", "wait_timeout=1234", "sql_mode='STRICT_ALL_TABLES,ANSI_QUOTES'")
		if notes := s.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "no_such_variable=1") {
			t.Errorf("notes %q", notes)
		}
		for name, want := range map[string]string{"wait_timeout": "1234", "innodb_lock_wait_timeout": "1", "autocommit": "1", "sql_quote_show_create": "1"} {
			if got := value(t, s, "SELECT @@SESSION."+name); got != want {
				t.Errorf("%s\n got %s\nwant %s", name, got, want)
			}
		}
		if !sameModes(s.BaseMode(), "STRICT_ALL_TABLES,ANSI_QUOTES") {
			t.Errorf("base mode %s", s.BaseMode())
		}
		if got := value(t, s, "SELECT @@SESSION.sql_mode"); !sameModes(got, "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO") {
			t.Errorf("sql_mode %s", got)
		}
		if _, err := conn.Open(t.Context(), config(t, srv, ""), conn.Setup{Also: []string{"SET SESSION no_such_variable=1"}}); conn.Number(err) != 1193 {
			t.Errorf("a setting that oscar needs and cannot have: %v", err)
		}
	})
}

func TestOpenSaysWhere(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		cfg := config(t, srv, "")
		cfg.User, cfg.Passwd = "nobody", "geheim"
		_, err := conn.Open(t.Context(), cfg, conn.Setup{})
		var open *conn.OpenError
		if !errors.As(err, &open) || !conn.IsDenied(err) || !strings.Contains(err.Error(), "connect to "+cfg.Addr) || strings.Contains(err.Error(), "geheim") {
			t.Errorf("error %v", err)
		}
	})
}

func TestRows(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		s := open(t, config(t, srv, ""))
		columns, rows, err := s.Rows(t.Context(), "SELECT ? AS a, NULL AS b, 18446744073709551615 AS c UNION ALL SELECT '', 'x', 0", "1")
		if err != nil {
			t.Fatal(err)
		}
		text := func(s string) *string { return &s }
		want := [][]*string{{text("1"), nil, text("18446744073709551615")}, {text(""), text("x"), text("0")}}
		if diff := cmp.Diff([]string{"a", "b", "c"}, columns) + cmp.Diff(want, rows); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, _, err := s.Rows(t.Context(), "SELECT * FROM no_such.table_x"); !conn.IsNoSuchTable(err) && !conn.IsNoSuchSchema(err) {
			t.Errorf("error %v", err)
		}
	})
}

func TestWithLockWait(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		s := open(t, config(t, srv, ""), "lock_wait_timeout=33")
		boom := errors.New("boom")
		ctx, cancel := context.WithCancel(t.Context())
		err := conn.WithLockWait(ctx, s, time.Second, func() error {
			if got := value(t, s, "SELECT @@SESSION.lock_wait_timeout"); got != "1" {
				t.Errorf("inside\n got %s\nwant 1", got)
			}
			cancel()
			return boom
		})
		if got := value(t, s, "SELECT @@SESSION.lock_wait_timeout"); got != "33" || !errors.Is(err, boom) {
			t.Errorf("afterwards\n got %s, %v\nwant 33", got, err)
		}
	})
}

func TestWarnings(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		schema := server.Schema(t, srv)
		s := open(t, config(t, srv, schema))
		server.DB(t, srv, schema).MustExec("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1), (2)")
		if _, err := s.ExecContext(t.Context(), "INSERT IGNORE INTO t VALUES (1), (2), (3)"); err != nil {
			t.Fatal(err)
		}
		list, err := conn.Warnings(t.Context(), s)
		if err != nil || len(list) != 2 || list[0].Code != 1062 || list[0].Level != "Warning" || list[0].Message == "" {
			t.Errorf("warnings %+v, error %v", list, err)
		}
	})
}

func TestAWrongValueFallsBackToOscarsOwn(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		s := open(t, config(t, srv, ""), "innodb_lock_wait_timeout=soon")
		if got := value(t, s, "SELECT @@SESSION.innodb_lock_wait_timeout"); got != "1" {
			t.Errorf("got %s, want 1", got)
		}
		if notes := s.Notes(); len(notes) != 1 || !strings.Contains(notes[0], "going on with 1") {
			t.Errorf("notes %q", notes)
		}
	})
}
