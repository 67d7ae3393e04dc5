package conn_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"oscar/e2e/server"
	"oscar/osc/conn"
	"oscar/osc/ident"
)

func TestALostSessionIsHadAnew(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		db := server.DB(t, srv, "")
		s := open(t, config(t, srv, ""), "innodb_lock_wait_timeout=7", "sql_mode='ANSI_QUOTES'")
		first := s.ID()
		db.MustExec(fmt.Sprintf("KILL %d", first))
		until(t, "the connection is gone", func() bool {
			return count(t, db, "SELECT COUNT(*) FROM information_schema.processlist WHERE id = ?", first) == 0
		})
		if _, err := s.ExecContext(t.Context(), "DO 1"); !conn.IsLost(err) || !s.Lost() {
			t.Fatalf("error %v, lost %v", err, s.Lost())
		}
		if _, err := s.ExecContext(t.Context(), "DO 1"); !conn.IsLost(err) {
			t.Errorf("a lost session works again by itself: %v", err)
		}
		if err := s.Reconnect(t.Context(), time.Second); err != nil || s.Lost() || s.ID() == first {
			t.Fatalf("error %v, lost %v, connection %d after %d", err, s.Lost(), s.ID(), first)
		}
		want := map[string]string{"innodb_lock_wait_timeout": "7", "sql_mode": "NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES", "max_error_count": "65535"}
		for name, v := range want {
			if got := value(t, s, "SELECT @@SESSION."+name); got != v {
				t.Errorf("%s\n got %s\nwant %s", name, got, v)
			}
		}
		if s.BaseMode() != "ANSI_QUOTES" {
			t.Errorf("base mode %q", s.BaseMode())
		}
	})
}

// cable is a network whose connections the test can cut on the client's side alone, and lead elsewhere.
type cable struct {
	mu   sync.Mutex
	addr string
	conn []net.Conn
}

func (c *cable) dial(ctx context.Context, _ string) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var d net.Dialer
	n, err := d.DialContext(ctx, "tcp", c.addr)
	if err == nil {
		c.conn = append(c.conn, n)
	}
	return n, err
}

func (c *cable) lead(addr string) { c.mu.Lock(); c.addr = addr; c.mu.Unlock() }

// cut ends all connections so far; the server does not hear of it while a statement runs.
func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, n := range c.conn {
		n.Close()
	}
}

func plug(t *testing.T, cfg *mysql.Config) *cable {
	t.Helper()
	c := &cable{addr: cfg.Addr}
	cfg.DialFunc = func(ctx context.Context, _, addr string) (net.Conn, error) { return c.dial(ctx, addr) }
	return c
}

func TestAStatementLeftRunningIsEndedAtReconnect(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		schema := server.Schema(t, srv)
		db := server.DB(t, srv, schema)
		db.MustExec("CREATE TABLE t (id INT PRIMARY KEY, n INT); INSERT INTO t VALUES (1, 0)")
		// A number may be a stranger's after a restart, so a server that is younger than that is left alone.
		until(t, "the server is older than the connection can be", func() bool {
			var status struct {
				Name  string `db:"Variable_name"`
				Value string `db:"Value"`
			}
			if err := db.Get(&status, "SHOW GLOBAL STATUS LIKE 'Uptime'"); err != nil {
				t.Fatal(err)
			}
			up, _ := strconv.Atoi(status.Value)
			return up > 3
		})
		cfg := config(t, srv, schema)
		wire := plug(t, cfg)
		s := open(t, cfg, "innodb_lock_wait_timeout=50")
		lock := db.MustBegin()
		defer lock.Rollback()
		lock.MustExec("UPDATE t SET n = 1")
		old := s.ID()
		var watcher sync.WaitGroup
		watcher.Go(func() { busy(t, db, old, "UPDATE t SET n = 2"); wire.cut() })
		_, err := s.ExecContext(t.Context(), "UPDATE t SET n = 2")
		watcher.Wait()
		if !conn.IsLost(err) {
			t.Fatalf("error %v", err)
		}
		if err := s.Reconnect(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
		if n := count(t, db, "SELECT COUNT(*) FROM information_schema.processlist WHERE id = ?", old); n != 0 {
			t.Error("the old connection is still there, and its statement in doubt")
		}
		lock.Rollback()
		if n := count(t, db, "SELECT n FROM t"); n != 0 {
			t.Errorf("the statement took effect after the reconnect: n is %d", n)
		}
	})
}

func TestRestartOfTheServer(t *testing.T) {
	for _, engine := range server.Engines(t) {
		t.Run(string(engine), func(t *testing.T) {
			mode := "ANSI_QUOTES,STRICT_TRANS_TABLES,NO_ZERO_DATE,NO_BACKSLASH_ESCAPES"
			srv := server.New(t, engine, server.WithArgs("sql-mode="+mode), server.WithBufferPool("32M"))
			applications(t, srv, 40) // so that the session's number is one that they will have after the restart
			cfg := config(t, srv, "")
			wire := plug(t, cfg)
			s := open(t, cfg)
			for _, m := range strings.Split(mode, ",") {
				if !conn.HasMode(s.BaseMode(), m) {
					t.Errorf("the base mode %s lacks %s", s.BaseMode(), m)
				}
			}
			if got, want := value(t, s, "SELECT @@SESSION.sql_mode"), "STRICT_TRANS_TABLES,NO_AUTO_VALUE_ON_ZERO"; !sameModes(got, want) {
				t.Errorf("sql_mode\n got %s\nwant %s", got, want)
			}

			if err := srv.Kill(); err != nil {
				t.Fatal(err)
			}
			if _, err := s.ExecContext(t.Context(), "DO 1"); !conn.IsLost(err) {
				t.Fatalf("error %v", err)
			}
			if err := s.Reconnect(t.Context(), 150*time.Millisecond); !conn.IsLost(err) {
				t.Errorf("reconnect to a server that is down: %v", err)
			}
			ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
			if err := s.Reconnect(ctx, time.Hour); err == nil {
				t.Error("reconnect went on after its context")
			}
			stop()
			if err := srv.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}

			// The numbers of connections began anew, so an application may have the one that the session had.
			app := applications(t, srv, s.ID())
			if err := s.Reconnect(t.Context(), 10*time.Second); err != nil {
				t.Fatal(err)
			}
			if got := value(t, s, "SELECT 1"); got != "1" {
				t.Errorf("got %s", got)
			}
			for _, c := range app {
				if err := c.PingContext(t.Context()); err != nil {
					t.Errorf("a connection of the application: %v", err)
				}
			}

			other := server.Shared(t, engine)
			wire.cut()
			wire.lead("127.0.0.1:" + strconv.Itoa(other.Port()))
			if err := s.Reconnect(t.Context(), 10*time.Second); !errors.Is(err, conn.ErrOtherServer) || !s.Lost() {
				t.Errorf("reconnect to another server: %v", err)
			}
		})
	}
}

// applications opens connections until one has the number.
func applications(t *testing.T, srv *server.Server, number int64) []*sqlx.Conn {
	t.Helper()
	db := server.DB(t, srv, "")
	var list []*sqlx.Conn
	for range 100 {
		c, err := db.Connx(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		list = append(list, c)
		var id int64
		if err := c.GetContext(t.Context(), &id, "SELECT CONNECTION_ID()"); err != nil {
			t.Fatal(err)
		}
		if id >= number {
			return list
		}
	}
	t.Fatalf("no connection came to have the number %d", number)
	return nil
}

func sameModes(a, b string) bool {
	x, y := strings.Split(a, ","), strings.Split(b, ",")
	slices.Sort(x)
	slices.Sort(y)
	return slices.Equal(x, y)
}

func TestTheDefaultSchemaComesBackAfterALoss(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		schema := server.Schema(t, srv)
		s := open(t, config(t, srv, ""))
		if err := s.Use(t.Context(), ident.Name(schema)); err != nil {
			t.Fatal(err)
		}
		if err := s.Halt(t.Context()); err != nil {
			t.Fatal(err)
		}
		until(t, "the session is lost", func() bool { s.ExecContext(t.Context(), "DO 1"); return s.Lost() })
		if err := s.Reconnect(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
		if got := value(t, s, "SELECT DATABASE()"); got != schema {
			t.Errorf("default schema\n got %s\nwant %s", got, schema)
		}
		if err := s.Use(t.Context(), "no`such"); !conn.IsNoSuchSchema(err) {
			t.Errorf("a schema that is not there: %v", err)
		}
	})
}

func TestHaltEndsARunningStatement(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		db := server.DB(t, srv, "")
		s := open(t, config(t, srv, ""))
		id := s.ID()
		var other sync.WaitGroup
		other.Go(func() {
			busy(t, db, id, "SELECT SLEEP(30)")
			for range 2 { // the second finds nothing to end, which is no error
				if err := s.Halt(t.Context()); err != nil {
					t.Error(err)
				}
				until(t, "the connection is gone", func() bool {
					return count(t, db, "SELECT COUNT(*) FROM information_schema.processlist WHERE id = ?", id) == 0
				})
			}
		})
		began := time.Now()
		_, err := s.ExecContext(t.Context(), "SELECT SLEEP(30)")
		other.Wait()
		if !conn.IsLost(err) || time.Since(began) > 10*time.Second {
			t.Errorf("error %v after %s", err, time.Since(began))
		}
	})
}

func TestReconnectLeavesAConnectionThatStillWorks(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		s := open(t, config(t, srv, ""))
		first := s.ID()
		if _, err := s.ExecContext(t.Context(), "SET @mine = 1"); err != nil {
			t.Fatal(err)
		}
		if err := s.Reconnect(t.Context(), time.Second); err != nil || s.ID() == first {
			t.Errorf("connection %d after %d, error %v", s.ID(), first, err)
		}
		if got := value(t, s, "SELECT @mine IS NULL"); got != "1" {
			t.Error("the state of the old connection came along")
		}
	})
}
