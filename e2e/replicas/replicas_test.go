// Package replicas runs oscar on a primary whose replicas lag, stop, die and come back.
package replicas

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/compare"
	"oscar/e2e/server"
	"oscar/e2e/tool"
)

func TestMain(m *testing.M) { server.Main(m, tool.Remove) }

// scene is a primary with a table and a replica that has it too.
type scene struct {
	t       *testing.T
	primary *server.Server
	replica *server.Server
	db      *sqlx.DB
}

func each(t *testing.T, test func(*scene)) {
	for _, e := range server.Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			s := &scene{t: t, primary: server.New(t, e)}
			s.replica = server.NewReplica(t, s.primary)
			s.db = server.DB(t, s.primary, "")
			s.exec("CREATE SCHEMA shop", "CREATE TABLE shop.digits (d int PRIMARY KEY)", "INSERT INTO shop.digits VALUES (0),(1),(2),(3),(4),(5),(6),(7),(8),(9)",
				"CREATE TABLE shop.t (id int PRIMARY KEY, a int, b varchar(20))",
				"INSERT INTO shop.t SELECT p.d*1000+q.d*100+r.d*10+s.d, p.d, CONCAT('name', q.d) FROM shop.digits p, shop.digits q, shop.digits r, shop.digits s")
			server.CaughtUp(t, s.primary, s.replica)
			test(s)
		})
	}
}

func (s *scene) exec(queries ...string) {
	s.t.Helper()
	for _, q := range queries {
		if _, err := s.db.ExecContext(s.t.Context(), q); err != nil {
			s.t.Fatalf("%s: %v", q, err)
		}
	}
}

func (s *scene) args(more ...string) []string {
	return append([]string{s.primary.PT() + ",D=shop,t=t", "--alter", "ADD COLUMN z int NOT NULL DEFAULT 5", "--execute", "--chunk-size", "500", "--chunk-size-limit", "1"}, more...)
}

// slow makes the copy last for some seconds, so that something can happen meanwhile.
func (s *scene) slow(more ...string) []string {
	return s.args(append([]string{"--sleep", "0.25", "--progress", "iterations,1", "--check-interval", "1"}, more...)...)
}

func (s *scene) word() string {
	if s.primary.Engine().MySQL() {
		return "replica"
	}
	return "slave"
}

// equal compares the changed table on the primary and the replicas, row by row.
func (s *scene) equal(replicas ...*server.Server) {
	s.t.Helper()
	want, n, err := compare.Snapshot(s.t.Context(), server.DB(s.t, s.primary, "shop"), "t")
	if err != nil || n != 10000 {
		s.t.Fatalf("primary: %d rows, want 10000 (%v)", n, err)
	}
	for _, r := range replicas {
		server.CaughtUp(s.t, s.primary, r)
		db := server.DB(s.t, r, "shop")
		got, n, err := compare.Snapshot(s.t.Context(), db, "t")
		if err != nil || got != want {
			s.t.Errorf("replica at port %d: %d rows that differ from the primary's (%v)", r.Port(), n, err)
		}
		var z int
		if err := db.GetContext(s.t.Context(), &z, "SELECT COUNT(*) FROM t WHERE z = 5"); err != nil || z != 10000 {
			s.t.Errorf("replica at port %d: %d rows have the new column, want 10000 (%v)", r.Port(), z, err)
		}
	}
}

func (s *scene) code(r tool.Result, want int) {
	s.t.Helper()
	if r.Code != want {
		s.t.Fatalf("exit code: got %d, want %d\n%s", r.Code, want, r)
	}
}

func (s *scene) holds(r tool.Result, texts ...string) {
	s.t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.Out+r.Err, text) {
			s.t.Errorf("no %q in\n%s", text, r)
		}
	}
}

func (s *scene) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// at is a replica's address as the lists have it.
func at(r *server.Server) string { return fmt.Sprintf(" -> 127.0.0.1:%d\n", r.Port()) }

func TestListsAndAChain(t *testing.T) {
	each(t, func(s *scene) {
		chained := server.NewReplica(s.t, s.replica)
		server.CaughtUp(s.t, s.primary, chained)
		// The filters of a replica are refused before anything is touched, those of one left out are not looked at.
		r := tool.Run(s.t, s.args("--no-swap-tables", "--recurse", "1")...)
		s.code(r, 0)
		s.holds(r, "Found 1 "+s.word()+"s:\n", "Will check "+s.word()+" lag on:\n")
		if strings.Contains(r.Out, at(chained)) {
			s.t.Errorf("--recurse 1 goes on to the second level:\n%s", r)
		}
		r = tool.Run(s.t, s.args("--no-swap-tables", "--skip-check-replica-lag", fmt.Sprintf("h=127.0.0.1,P=%d", s.replica.Port()))...)
		s.code(r, 0)
		s.holds(r, "Skipping "+s.word()+" ", "No "+s.word()+"s found.  See --recursion-method if host ", "Not checking "+s.word()+" lag because no "+s.word()+"s were found and --check-replica-lag was not specified.")
		r = tool.Run(s.t, s.args("--no-swap-tables", "--recursion-method", "none", "--check-slave-lag", fmt.Sprintf("h=127.0.0.1,P=%d,u=osc,p=osc", s.replica.Port()))...)
		s.code(r, 0)
		s.holds(r, "No "+s.word()+"s found.", "Will check "+s.word()+" lag on:\n", at(s.replica), "Option --check-slave-lag is deprecated")
		r = tool.Run(s.t, s.args()...)
		s.code(r, 0)
		s.holds(r, "Found 2 "+s.word()+"s:\n", at(s.replica), at(chained))
		s.equal(s.replica, chained)
	})
}

func TestLagHolds(t *testing.T) {
	each(t, func(s *scene) {
		s.must(s.replica.Delay(s.t.Context(), 4))
		p := tool.Start(s.t, s.slow()...)
		p.Await(s.t, fmt.Sprintf("replica 127.0.0.1:%d lag ", s.replica.Port()))
		p.Await(s.t, "> 1s")
		s.must(s.replica.Delay(s.t.Context(), 0))
		s.code(p.Wait(s.t), 0)
		s.equal(s.replica)
	})
}

func TestPauseFile(t *testing.T) {
	server.Each(t, func(t *testing.T, primary *server.Server) {
		schema := server.Schema(t, primary)
		db := server.DB(t, primary, schema)
		if _, err := db.ExecContext(t.Context(), "CREATE TABLE t (id int PRIMARY KEY)"); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "hold")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		p := tool.Start(t, primary.PT()+",D="+schema+",t=t", "--alter", "ADD COLUMN z int", "--execute", "--pause-file", path, "--log-level", "info")
		p.Await(t, "--pause-file "+path+" exists")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if r := p.Wait(t); r.Code != 0 {
			t.Fatal(r)
		}
	})
}

func TestStoppedReplica(t *testing.T) {
	each(t, func(s *scene) {
		p := tool.Start(s.t, s.slow()...)
		p.Await(s.t, "Copying `shop`.`t`")
		s.must(s.replica.Replicate(s.t.Context(), "STOP"))
		p.Await(s.t, fmt.Sprintf("replica 127.0.0.1:%d is stopped (IO thread No, SQL thread No)", s.replica.Port()))
		s.must(s.replica.Replicate(s.t.Context(), "START"))
		r := p.Wait(s.t)
		s.code(r, 0)
		s.holds(r, fmt.Sprintf("replica 127.0.0.1:%d replicates again", s.replica.Port()))
		s.equal(s.replica)

		// It is waited for so long and no longer, and everything is taken back.
		s.must(s.replica.Replicate(s.t.Context(), "STOP"))
		again := []string{"--alter", "ADD COLUMN y int"}
		r = tool.Run(s.t, s.slow(append(again, "--replica-patience", "2")...)...)
		s.code(r, 30)
		s.holds(r, fmt.Sprintf("replica 127.0.0.1:%d has not replicated for ", s.replica.Port()), "--no-fail-on-stopped-replication")
		p = tool.Start(s.t, s.slow(append(again, "--replica-patience", "1", "--no-fail-on-stopped-replication", "--recursion-method", "dsn="+s.list())...)...)
		p.Await(s.t, "is stopped")
		s.exec("DELETE FROM shop.dsns") // the list is edited: the replica is let go
		p.Await(s.t, "Replica set to watch has changed")
		s.code(p.Wait(s.t), 0)
		s.must(s.replica.Replicate(s.t.Context(), "START"))
		server.CaughtUp(s.t, s.primary, s.replica)
		s.equal(s.replica)
	})
}

// list makes a table of DSNs with the replica in it.
func (s *scene) list() string {
	s.t.Helper()
	s.exec("CREATE TABLE shop.dsns (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, parent_id int, dsn varchar(255) NOT NULL)",
		fmt.Sprintf("INSERT INTO shop.dsns (dsn) VALUES ('h=127.0.0.1,P=%d,u=osc,p=osc')", s.replica.Port()))
	return "D=shop,t=dsns"
}

// A replica that is shut down and started again while rows are copied is waited for. (One that is killed may apply its last event twice: that is the server's affair.)
func TestRestartedReplica(t *testing.T) {
	each(t, func(s *scene) {
		p := tool.Start(s.t, s.slow()...)
		p.Await(s.t, "Copying `shop`.`t`")
		s.must(s.replica.Stop())
		p.Await(s.t, fmt.Sprintf("replica 127.0.0.1:%d cannot be asked: ", s.replica.Port()))
		s.must(s.replica.Restart(s.t.Context()))
		s.code(p.Wait(s.t), 0)
		s.equal(s.replica)

		// A signal ends a run that waits.
		s.must(s.replica.Replicate(s.t.Context(), "STOP"))
		p = tool.Start(s.t, s.slow("--alter", "ADD COLUMN y int")...)
		p.Await(s.t, "is stopped")
		p.Signal(s.t, syscall.SIGINT)
		s.code(p.Wait(s.t), 24)
	})
}

func TestFiltersAreRefused(t *testing.T) {
	for _, e := range server.Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			s := &scene{t: t, primary: server.New(t, e)}
			s.replica = server.NewReplica(t, s.primary, server.WithArgs("replicate-ignore-table=other.x"))
			s.db = server.DB(t, s.primary, "")
			s.exec("CREATE SCHEMA shop", "CREATE TABLE shop.t (id int PRIMARY KEY)")
			server.CaughtUp(t, s.primary, s.replica)
			r := tool.Run(t, s.args()...)
			s.code(r, 1)
			s.holds(r, fmt.Sprintf("Replication filters are set on these hosts: 127.0.0.1:%d (replicate_ignore_table=other.x)", s.replica.Port()))
			s.code(tool.Run(t, s.args("--no-check-replication-filters")...), 0)
		})
	}
}
