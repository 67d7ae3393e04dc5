package preflight_test

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"oscar/chunker"
	"oscar/e2e/server"
	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/preflight"
	"oscar/osc/schema"
	"oscar/triggers"
)

func TestMain(m *testing.M) { server.Main(m) }

// onSchema are the privileges that a run is said to need on the schema.
var onSchema = []string{"SELECT", "INSERT", "DELETE", "CREATE", "DROP", "ALTER", "TRIGGER", "LOCK TABLES"}

// bench is a schema with a table that references a table of another schema, and root to prepare them.
type bench struct {
	t      *testing.T
	s      *server.Server
	root   *sqlx.DB
	table  ident.Table
	parent ident.Table
}

func newBench(t *testing.T, s *server.Server) bench {
	b := bench{t: t, s: s, root: server.DB(t, s, "")}
	b.table = ident.Table{Schema: ident.Name(server.Schema(t, s)), Name: "t"}
	b.parent = ident.Table{Schema: ident.Name(server.Schema(t, s)), Name: "p"}
	b.exec("CREATE TABLE " + b.parent.SQL() + " (id INT PRIMARY KEY)")
	b.exec("INSERT INTO " + b.parent.SQL() + " VALUES (1)")
	b.fresh()
	// Children first, which is the order in which a server lets them go.
	t.Cleanup(func() { b.root.Exec("DROP SCHEMA " + b.table.Schema.SQL() + "; CREATE SCHEMA " + b.table.Schema.SQL()) })
	return b
}

func (b bench) exec(query string) {
	b.t.Helper()
	if _, err := b.root.ExecContext(b.t.Context(), query); err != nil {
		b.t.Fatalf("%s: %v", query, err)
	}
}

// fresh puts the table back as it was before any run.
func (b bench) fresh() {
	b.t.Helper()
	for _, name := range []ident.Name{"_t_old", "_t_new", "t"} {
		b.exec("DROP TABLE IF EXISTS " + b.table.Sibling(name).SQL())
	}
	b.exec("CREATE TABLE " + b.table.SQL() + " (id INT PRIMARY KEY, a INT, p INT, KEY (p), CONSTRAINT fk FOREIGN KEY (p) REFERENCES " + b.parent.SQL() + " (id))")
	b.exec("INSERT INTO " + b.table.SQL() + " VALUES (1, 1, 1), (2, 2, NULL)")
}

var accounts atomic.Int64

// account makes an account that holds the grants ("SELECT ON x.*") and opens a session of it.
func (b bench) account(grants ...string) (session *conn.Session, user string) {
	b.t.Helper()
	name := fmt.Sprintf("pf_%d_%d", os.Getpid(), accounts.Add(1))
	quoted := "'" + name + "'@'%'"
	b.exec("CREATE USER " + quoted + " IDENTIFIED BY 'x'")
	b.t.Cleanup(func() { b.root.ExecContext(context.WithoutCancel(b.t.Context()), "DROP USER "+quoted) })
	for _, g := range grants {
		b.exec("GRANT " + g + " TO " + quoted)
	}
	return b.open(name), name
}

func (b bench) open(user string) *conn.Session {
	b.t.Helper()
	cfg, err := mysql.ParseDSN(b.s.DSN(""))
	if err != nil {
		b.t.Fatal(err)
	}
	if cfg.User = user; user != "root" {
		cfg.Passwd = "x"
	}
	session, err := conn.Open(b.t.Context(), cfg, conn.Setup{})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { session.Close() })
	return session
}

// before asks preflight about the account.
func (b bench) before(session *conn.Session) preflight.Refusals {
	b.t.Helper()
	var f preflight.Facts
	var err error
	if f.Server, err = inspect.Server(b.t.Context(), session); err != nil {
		b.t.Fatal(err)
	}
	if f.Grants, err = inspect.Grants(b.t.Context(), session); err != nil {
		b.t.Fatal(err)
	}
	// root reads the table: who lacks SELECT sees none.
	if f.Table, err = inspect.Table(b.t.Context(), b.open("root"), b.table); err != nil {
		b.t.Fatal(err)
	}
	f.Key = true
	return preflight.Before(f)
}

// run does what a change does, as the account, with an application's writes by root in between. It ends at the first error.
func (b bench) run(session *conn.Session) error {
	b.t.Helper()
	b.fresh()
	shadow, old := b.table.Sibling("_t_new"), b.table.Sibling("_t_old")
	columns := []triggers.Pair{{Original: "id", New: "id"}, {Original: "a", New: "a"}, {Original: "p", New: "p"}}
	capture := triggers.Spec{Table: b.table, Shadow: shadow, Columns: columns, Key: columns[:1]}
	names := ident.Names("id", "a", "p")
	copyAll := chunker.Copy{Source: chunker.Source{Table: b.table}, Into: shadow, Columns: names, As: names}

	statements := []string{
		"CREATE TABLE " + shadow.SQL() + " (id INT PRIMARY KEY, a INT, p INT, KEY (p), CONSTRAINT _fk FOREIGN KEY (p) REFERENCES " + b.parent.SQL() + " (id))",
		"ALTER TABLE " + shadow.SQL() + " ADD COLUMN c INT, ADD INDEX (c), MODIFY a BIGINT",
		"LOCK TABLES " + b.table.SQL() + " WRITE",
	}
	for _, trigger := range capture.Triggers() {
		statements = append(statements, trigger.Create())
	}
	statements = append(statements, "UNLOCK TABLES", copyAll.AllSQL(chunker.Fresh), "app",
		"ANALYZE TABLE "+shadow.SQL(), "RENAME TABLE "+b.table.SQL()+" TO "+old.SQL()+", "+shadow.SQL()+" TO "+b.table.SQL())
	for _, trigger := range capture.Triggers() {
		statements = append(statements, trigger.Drop())
	}
	statements = append(statements, "DROP TABLE "+old.SQL())
	for _, s := range statements {
		var err error
		if s == "app" {
			_, err = b.root.ExecContext(b.t.Context(), fmt.Sprintf(
				"INSERT INTO %[1]s VALUES (3, 3, 1); UPDATE %[1]s SET id = 5 WHERE id = 3; UPDATE %[1]s SET a = 9; DELETE FROM %[1]s WHERE id = 1", b.table.SQL()))
		} else {
			_, err = session.ExecContext(b.t.Context(), s)
		}
		if err != nil {
			session.ExecContext(b.t.Context(), "UNLOCK TABLES")
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

// denied reports whether the server said no for want of a privilege; 1419 is the one about triggers and the binary log.
func denied(err error) bool { return conn.IsDenied(err) || conn.Number(err) == 1419 }

// obey runs the GRANT statements of the refusals as root.
func (b bench) obey(refusals preflight.Refusals) {
	b.t.Helper()
	for _, r := range refusals {
		remedy, _, _ := strings.Cut(r.Try, "; or, ")
		b.exec(remedy)
	}
}

// mend proves that the refusals name the lack, that a run then fails, and that what they tell to do is enough.
func (b bench) mend(session *conn.Session, user string, says ...string) {
	b.t.Helper()
	refusals := b.before(session)
	for _, s := range says {
		if !strings.Contains(refusals.Error(), s) {
			b.t.Errorf("preflight does not name %q:\n%v", s, refusals)
		}
	}
	if err := b.run(session); !denied(err) {
		b.t.Errorf("a run without the privilege: got %v, want an access denied", err)
	} else {
		b.t.Logf("refused: %s\nthe server: %v\ntry: %s", refusals, err, refusals[0].Try)
	}
	b.fresh() // what the broken run left would be refused as well
	b.obey(refusals)
	session = b.open(user) // a session keeps the global privileges it began with
	if again := b.before(session); again != nil {
		b.t.Errorf("preflight is not silent after its own remedy: %v", again)
	}
	if err := b.run(session); err != nil {
		b.t.Errorf("a run after the remedy: %v", err)
	}
}

func TestEveryPrivilegeThatIsAskedForIsNeededAndAllOfThemAreEnough(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		b := newBench(t, s)
		escaped := "`" + strings.ReplaceAll(string(b.table.Schema), "_", `\_`) + "`.*"
		super, references := "SUPER ON *.*", "REFERENCES ON "+b.parent.SQL()
		all := strings.Join(onSchema, ", ") + " ON " + escaped

		for _, less := range onSchema {
			t.Run("without "+less, func(t *testing.T) {
				b.t = t
				rest := slices.DeleteFunc(slices.Clone(onSchema), func(p string) bool { return p == less })
				session, user := b.account(strings.Join(rest, ", ")+" ON "+escaped, super, references)
				b.mend(session, user, "the account '"+user+"'@'%' lacks privileges that the run needs: "+less+" on "+b.table.Schema.SQL()+".*")
			})
		}
		t.Run("without REFERENCES", func(t *testing.T) {
			b.t = t
			session, user := b.account(all, super)
			b.mend(session, user, "REFERENCES on "+b.parent.SQL())
		})
		t.Run("without SUPER", func(t *testing.T) {
			b.t = t
			session, user := b.account(all, references)
			b.mend(session, user, "lacks SUPER")
		})
		t.Run("without any", func(t *testing.T) {
			b.t = t
			session, user := b.account()
			b.mend(session, user, strings.Join(onSchema, ", ")+" on "+b.table.Schema.SQL()+".*; REFERENCES on "+b.parent.SQL(), "lacks SUPER")
		})
		t.Run("with some by a pattern", func(t *testing.T) {
			b.t = t
			session, user := b.account("SELECT, UPDATE ON `"+string(b.table.Schema[:2])+"%`.*", super, references)
			b.mend(session, user, "INSERT, DELETE, CREATE, DROP, ALTER, TRIGGER, LOCK TABLES on ")
		})
		t.Run("with all of them", func(t *testing.T) {
			b.t = t
			session, _ := b.account(all, super, references)
			if refusals := b.before(session); refusals != nil {
				t.Errorf("preflight refuses an account that has all: %v", refusals)
			}
			if err := b.run(session); err != nil {
				t.Errorf("a run with all: %v", err)
			}
		})
		t.Run("by a role", func(t *testing.T) {
			b.t = t
			role := fmt.Sprintf("pf_role_%d", os.Getpid())
			b.exec("CREATE ROLE " + role)
			t.Cleanup(func() {
				ctx, stop := context.WithTimeout(context.Background(), time.Minute)
				defer stop()
				b.root.ExecContext(ctx, "DROP ROLE "+role)
			})
			for _, g := range []string{all, super, references} {
				b.exec("GRANT " + g + " TO " + role)
			}
			session, user := b.account()
			b.exec("GRANT " + role + " TO '" + user + "'@'%'")
			if refusals := b.before(session); len(refusals) == 0 {
				t.Error("a role that is not active counts")
			}
			if _, err := session.ExecContext(t.Context(), "SET ROLE "+role); err != nil {
				t.Fatal(err)
			}
			if refusals := b.before(session); refusals != nil {
				t.Errorf("the active role does not count: %v", refusals)
			}
		})
	})
}

// Which of several patterns a server takes differs; what has the exact name always wins, which the remedy relies on.
func TestTheExactNameOfASchemaHidesPatterns(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		b := newBench(t, s)
		name := string(b.table.Schema)
		session, _ := b.account("DELETE ON `"+strings.ReplaceAll(name, "_", `\_`)+"`.*", "SELECT ON `"+name+"`.*", "SELECT ON `"+name[:1]+"%`.*")
		if _, err := session.ExecContext(t.Context(), "SELECT * FROM "+b.table.SQL()); !denied(err) {
			t.Errorf("a SELECT that only patterns allow: got %v, want an access denied", err)
		}
		missing := schema.Server{Account: "x@%"}
		grants, err := inspect.Grants(t.Context(), session)
		if err != nil {
			t.Fatal(err)
		}
		refusals := preflight.Privileges(missing, b.table, grants)
		if !strings.Contains(refusals.Error(), "SELECT, INSERT, CREATE") {
			t.Errorf("preflight counts a hidden pattern: %v", refusals)
		}
	})
}
