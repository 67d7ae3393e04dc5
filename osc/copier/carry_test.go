package copier_test

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"oscar/e2e/server"
	"oscar/osc/conn"
	"oscar/osc/copier"
	"oscar/osc/plan"
)

// spy counts the statements of a copy by their form.
type spy struct {
	*conn.Session
	onServer, carried int
}

func (s *spy) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	switch {
	case strings.Contains(query, "/* oscar copy chunk */"):
		s.onServer++
	case strings.Contains(query, "/* oscar copy chunk, write */"):
		s.carried++
	}
	return s.Session.ExecContext(ctx, query, args...)
}

func (b bench) carrier(t *testing.T, rows int64) (*copier.Copier, *spy) {
	t.Helper()
	s := &spy{Session: b.session}
	c := b.copier(t, rows)
	c.Session, c.Plan = s, b.plan(t, func(in *plan.Input) { in.Carry = true })
	if len(c.Plan.Copy.Carry) == 0 {
		t.Fatal("the plan does not take the rows through the client")
	}
	return c, s
}

// Every type that travels through the client, with the values at its ends.
func TestValuesTravelThroughTheClient(t *testing.T) {
	const columns = `id BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT, ti TINYINT, zf INT(8) UNSIGNED ZEROFILL, d DECIMAL(65,30), f FLOAT, g DOUBLE, y YEAR, b BIT(64),
		c CHAR(5) CHARACTER SET latin1, k VARCHAR(20) CHARACTER SET gbk, s VARCHAR(20) CHARACTER SET sjis, u TEXT CHARACTER SET utf8mb4, w VARCHAR(20) CHARACTER SET ucs2,
		x VARBINARY(20), l BLOB, e ENUM('a','it''s','ü') CHARACTER SET utf8mb4, m SET('x','y','z'), dt DATE, tt TIME(6), dd DATETIME(3), ts TIMESTAMP(6) NULL,
		gen VARCHAR(30) AS (CONCAT(y, 1)) VIRTUAL`
	const names = "(id,ti,zf,d,f,g,y,b,c,k,s,u,w,x,l,e,m,dt,tt,dd,ts)"
	rows := []string{
		`(1,-128,7,-12345678901234567890123456789012345.123456789012345678901234567890,0.1,1e308,1901,b'1',` +
			`'abc',_utf8mb4'表',_utf8mb4'ソ',_utf8mb4'𝒳\\''\n\0',_utf8mb4'é',X'00275C00',X'FF',2,'x,z','0001-01-01','-838:59:59','1000-01-01 00:00:00.001','1970-01-01 00:00:01')`,
		`(18446744073709551614,127,99999999,0.000000000000000000000000000001,1.17549e-38,-0.1,2155,18446744073709551615,'','','','','','','',1,'','9999-12-31','838:59:59','9999-12-31 23:59:59.999','2026-10-25 00:30:00.123456')`,
		`(7,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL)`,
		`(8,0,0,0,3.4e38,2.2250738585072014e-308,0,0,' a','\\','\\',REPEAT(_utf8mb4'字',9000),' ',X'20',REPEAT(X'00',60000),3,'x,y,z','2026-02-28','00:00:00','2026-03-29 02:30:00','2026-10-25 01:30:00')`,
		`(9,1,1,1,16777216,0.30000000000000004,2000,1,'É','','','a','','','',1,'y','2024-02-29','12:00:00.5','2024-01-01','2038-01-19 03:14:07.999999')`,
	}
	server.Each(t, func(t *testing.T, srv *server.Server) {
		b := newBench(t, srv, "CREATE TABLE t ("+columns+"); CREATE TABLE n LIKE t; SET time_zone = '+00:00'; INSERT INTO t "+names+" VALUES "+strings.Join(rows, ","))
		c, s := b.carrier(t, 2)
		result, err := c.Run(t.Context())
		if err != nil || result.Rows != int64(len(rows)) || result.Chunks != 3 {
			t.Errorf("error %v, %d rows in %d chunks", err, result.Rows, result.Chunks)
		}
		if s.onServer != 0 || s.carried != 3 {
			t.Errorf("%d ranges went through the client and %d were copied on the server", s.carried, s.onServer)
		}
		b.same(t)
	})
}

// While a chunk waits for a row, the application's inserts must find the new table's numbers free.
func TestAWaitingChunkHoldsNoNumbers(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		b := newBench(t, srv, "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v INT); CREATE TABLE n LIKE t", "innodb_lock_wait_timeout=100")
		b.numbers(t, 100)
		locker := b.db.MustBegin()
		defer locker.Rollback()
		locker.MustExec("UPDATE t SET v = 1 WHERE id = 50")
		c, s := b.carrier(t, 100)
		done := make(chan error, 1)
		go func() { _, err := c.Run(t.Context()); done <- err }()
		b.blocked(t, b.session.ID())
		app := open(t, srv, b.schema, "innodb_lock_wait_timeout=5")
		if _, err := app.ExecContext(t.Context(), "INSERT INTO n (v) VALUES (7)"); err != nil {
			t.Errorf("an insert during a chunk: %v", err)
		}
		b.db.MustExec("DELETE FROM n") // it stood in for a trigger's, and has a number of its own
		if err := locker.Commit(); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil || s.carried != 1 {
			t.Errorf("error %v, %d ranges went through the client", err, s.carried)
		}
		b.same(t)
	})
}

// What the client cannot take, or the server has something to say about, is copied on the server: with the same result, and the same refusal.
func TestWhatTheClientCannotCarryIsCopiedOnTheServer(t *testing.T) {
	tests := map[string]struct {
		sql      string
		onServer int // ranges
		fails    bool
	}{
		"a range of many bytes": {
			sql: "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, l LONGBLOB); CREATE TABLE n LIKE t; INSERT INTO t VALUES (1, REPEAT(X'00', 5000000)), (2, REPEAT(X'01', 5000000)), (3, NULL)",
			// Its second half, of one row or two, may go either way.
			onServer: 1,
		},
		"a row longer than a packet": {
			sql:      "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, l LONGBLOB); CREATE TABLE n LIKE t; INSERT INTO t VALUES (1, NULL), (2, REPEAT(X'00', 15000000)), (3, NULL)",
			onServer: 1,
		},
		"a value that does not fit": {
			sql:   "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(9)); CREATE TABLE n (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(2)); INSERT INTO t VALUES (1, 'a'), (2, 'abc')",
			fails: true, onServer: 1,
		},
	}
	server.Each(t, func(t *testing.T, srv *server.Server) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				b := newBench(t, srv, test.sql)
				c, s := b.carrier(t, 10)
				_, err := c.Run(t.Context())
				if s.onServer != test.onServer {
					t.Errorf("%d ranges were copied on the server, want %d", s.onServer, test.onServer)
				}
				var warning *copier.Warning
				switch {
				case test.fails && !errors.As(err, &warning):
					t.Errorf("got %v, want a warning", err)
				case test.fails:
					if n := b.count(t, "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = ?", b.session.ID()); n != 0 {
						t.Error("a transaction was left open")
					}
				case err != nil:
					t.Error(err)
				default:
					b.same(t)
				}
			})
		}
	})
}

// A lock that is not granted halves the chunk, and what the transaction held is free between the tries.
func TestACarriedChunkLetsGoBetweenTries(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		b := newBench(t, srv, "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, v INT); CREATE TABLE n LIKE t")
		b.numbers(t, 8)
		locker := b.db.MustBegin()
		defer locker.Rollback()
		locker.MustExec("UPDATE t SET v = 1 WHERE id = 5")
		c, s := b.carrier(t, 8)
		c.Tell = func(p copier.Progress) {
			if p.Waiting == "" || locker == nil {
				return
			}
			if n := b.count(t, "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = ?", b.session.ID()); n != 0 {
				t.Error("the chunk's transaction is open while it waits for the next try")
			}
			if err := locker.Commit(); err != nil {
				t.Error(err)
			}
			locker = b.db.MustBegin()
		}
		result, err := c.Run(t.Context())
		if err != nil || result.Counts["lock_wait_timeout"] != 1 || s.onServer != 0 {
			t.Errorf("error %v, counts %v, %d ranges copied on the server", err, result.Counts, s.onServer)
		}
		b.same(t)
	})
}
