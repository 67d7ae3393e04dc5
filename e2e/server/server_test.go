package server

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/google/go-cmp/cmp"
	"github.com/jmoiron/sqlx"
)

// envChild tells the test binary to play the process that dies with a server running.
const envChild = "OSCAR_E2E_TEST_CHILD"

func TestMain(m *testing.M) {
	if how := os.Getenv(envChild); how != "" {
		child(how)
	}
	Main(m)
}

// child starts a server, tells its folder and pid, and dies.
func child(how string) {
	s, err := Start(context.Background(), Engine(os.Getenv(envChild+"_ENGINE")))
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(s.dir + " " + strconv.Itoa(s.Pid()) + "\n")
	switch how {
	case "panic":
		panic("on purpose")
	case "exit":
		os.Exit(0)
	default:
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
}

// eventually waits until the condition holds, with a limit.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !cond(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited too long until %s", what)
		}
	}
}

func gone(pid int) bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

func TestServerIsGoneWhenTheProcessEndsBy(t *testing.T) {
	for _, e := range Engines(t) {
		for _, how := range []string{"kill", "panic", "exit"} {
			t.Run(string(e)+"/"+how, func(t *testing.T) {
				cmd := exec.Command(os.Args[0])
				cmd.Env = append(os.Environ(), envChild+"="+how, envChild+"_ENGINE="+string(e))
				out, err := cmd.Output()
				if how != "exit" && err == nil {
					t.Fatal("the child ended well")
				}
				dir, pidText, ok := strings.Cut(strings.TrimSpace(string(out)), " ")
				pid, err := strconv.Atoi(pidText)
				if !ok || err != nil {
					t.Fatalf("child said %q", out)
				}
				eventually(t, "the server is killed", func() bool { return gone(pid) })
				eventually(t, "its folder is removed", func() bool { _, err := os.Stat(dir); return errors.Is(err, os.ErrNotExist) })
			})
		}
	}
}

func TestServerTakesRootAndOscOverTCPAndSocket(t *testing.T) {
	Each(t, func(t *testing.T, s *Server) {
		schema := Schema(t, s)
		for _, user := range []string{"root", "osc"} {
			for _, network := range []string{"tcp", "unix"} {
				c, err := mysql.ParseDSN(s.DSN(schema))
				if err != nil {
					t.Fatal(err)
				}
				c.User, c.Net = user, network
				if user == "osc" {
					c.Passwd = "osc"
				}
				if network == "unix" {
					c.Addr = s.Socket()
				}
				db, err := sqlx.ConnectContext(t.Context(), "mysql", c.FormatDSN())
				if err != nil {
					t.Fatalf("%s over %s: %v", user, network, err)
				}
				defer db.Close()
				var got string
				if err := db.GetContext(t.Context(), &got, "SELECT SUBSTRING_INDEX(CURRENT_USER(), '@', 1)"); err != nil || got != user {
					t.Errorf("%s over %s: got user %q, %v", user, network, got, err)
				}
				table := "made_by_" + user + "_" + network
				if _, err := db.ExecContext(t.Context(), "CREATE TABLE "+table+" (a INT); DROP TABLE "+table); err != nil {
					t.Errorf("%s over %s: %v", user, network, err)
				}
			}
		}
	})
}

func TestServerHasNoAnonymousAccount(t *testing.T) {
	Each(t, func(t *testing.T, s *Server) {
		var n int
		if err := DB(t, s, "").Get(&n, "SELECT COUNT(*) FROM mysql.user WHERE User = ''"); err != nil || n != 0 {
			t.Errorf("got %d anonymous accounts, %v", n, err)
		}
	})
}

func TestServerSettings(t *testing.T) {
	Each(t, func(t *testing.T, s *Server) {
		var got struct {
			Format string `db:"f"`
			Log    bool   `db:"l"`
			ID     int    `db:"i"`
			Bind   string `db:"b"`
			Pool   int    `db:"p"`
		}
		err := DB(t, s, "").Get(&got, `SELECT @@binlog_format f, @@log_bin l, @@server_id i, @@bind_address b,
			@@innodb_buffer_pool_size p`)
		if err != nil {
			t.Fatal(err)
		}
		if got.Format != "ROW" || !got.Log || got.ID != s.Port() || got.Bind != "127.0.0.1" || got.Pool != 256<<20 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestOptionsReachTheServer(t *testing.T) {
	for _, e := range Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			s := New(t, e, WithArgs("lower_case_table_names=1", "--sql-mode=ANSI_QUOTES"), WithoutBinlog(), WithBufferPool("64M"))
			var got struct {
				Lower int    `db:"l"`
				Mode  string `db:"m"`
				Log   bool   `db:"b"`
				Pool  int    `db:"p"`
			}
			err := DB(t, s, "").Get(&got, `SELECT @@lower_case_table_names l, @@sql_mode m, @@log_bin b, @@innodb_buffer_pool_size p`)
			if err != nil {
				t.Fatal(err)
			}
			if got.Lower != 1 || got.Mode != "ANSI_QUOTES" || got.Log || got.Pool != 64<<20 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestServerLives(t *testing.T) {
	for _, e := range Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			s := New(t, e)
			schema := Schema(t, s)
			insert := func(v int) {
				t.Helper()
				db, err := s.Open(t.Context(), schema)
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				if _, err := db.Exec("CREATE TABLE IF NOT EXISTS t (a INT PRIMARY KEY); INSERT INTO t VALUES (" + strconv.Itoa(v) + ")"); err != nil {
					t.Fatal(err)
				}
			}
			insert(1)
			port, pid := s.Port(), s.Pid()
			if err := s.Kill(); err != nil || !gone(pid) || s.Pid() != 0 {
				t.Fatalf("kill: %v, pid %d", err, s.Pid())
			}
			if err := s.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			insert(2)
			if err := s.Restart(t.Context()); err != nil {
				t.Fatal(err)
			}
			insert(3)
			if s.Port() != port {
				t.Errorf("port changed from %d to %d", port, s.Port())
			}
			var got []int
			if err := DB(t, s, schema).Select(&got, "SELECT a FROM t ORDER BY a"); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff([]int{1, 2, 3}, got); d != "" {
				t.Error(d)
			}
			dir := s.dir
			if err := errors.Join(s.Close(), s.Close()); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("the folder is still there: %v", err)
			}
		})
	}
}

func TestTLSIsVerifiable(t *testing.T) {
	for _, e := range Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			s := New(t, e, WithTLS())
			pem, err := os.ReadFile(s.TLS().CA)
			if err != nil {
				t.Fatal(err)
			}
			pool := x509.NewCertPool()
			pool.AppendCertsFromPEM(pem)
			c, err := mysql.ParseDSN(s.DSN(""))
			if err != nil {
				t.Fatal(err)
			}
			c.TLS = &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"}
			conn, err := mysql.NewConnector(c)
			if err != nil {
				t.Fatal(err)
			}
			db := sqlx.NewDb(sql.OpenDB(conn), "mysql")
			defer db.Close()
			var name, cipher string
			if err := db.QueryRowx("SHOW STATUS LIKE 'Ssl_cipher'").Scan(&name, &cipher); err != nil || cipher == "" {
				t.Errorf("got cipher %q, %v", cipher, err)
			}
		})
	}
}

func TestStartReportsWhyTheServerEnded(t *testing.T) {
	_, err := Start(t.Context(), MariaDB1011, WithArgs("no-such-option-at-all=1"))
	if err == nil || !strings.Contains(err.Error(), "no-such-option-at-all") {
		t.Errorf("got %v", err)
	}
}

func TestMissingTreeNamesTheRemedy(t *testing.T) {
	t.Setenv(EnvTrees, t.TempDir())
	for _, e := range []Engine{MariaDB118, MySQL97} {
		if _, err := Start(t.Context(), e); err == nil || !strings.Contains(err.Error(), "go run ./e2e/server/fetch "+string(e)) {
			t.Errorf("%s: got %v", e, err)
		}
	}
}

func TestParseEngines(t *testing.T) {
	for name, c := range map[string]struct {
		list string
		want []Engine
		err  bool
	}{
		"empty means the installed MariaDB": {"", []Engine{MariaDB1011}, false},
		"order is kept, blanks are not":     {"mysql97, mariadb118", []Engine{MySQL97, MariaDB118}, false},
		"unknown name is refused":           {"mariadb1011,mysql80", nil, true},
		"doubled name is refused":           {"mysql97,mysql97", nil, true},
		"empty item is refused":             {"mysql97,", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseEngines(c.list)
			if (err != nil) != c.err {
				t.Fatalf("got error %v", err)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}
