package server

import (
	"context"
	"fmt"
	"testing"
	"time"
)

// replicaLimit is how long a replica may take to catch up in a test.
const replicaLimit = 60 * time.Second

// NewReplica starts a replica of the server for one test and returns once it replicates. A replica may have replicas of its own. A primary gets its first
// replica before anything is written to it, since nothing is copied but the log.
func NewReplica(t testing.TB, of *Server, opts ...Option) *Server {
	t.Helper()
	e := of.Engine()
	extra := WithArgs("gtid-strict-mode=0")
	if e.MySQL() {
		extra = WithArgs("skip-replica-start=0")
	}
	s := New(t, e, append([]Option{extra}, opts...)...)
	if err := s.Follow(t.Context(), of); err != nil {
		t.Fatal(err)
	}
	return s
}

// Follow makes the server a replica of another one, from the first statement in that one's oldest log on.
func (s *Server) Follow(ctx context.Context, of *Server) error {
	db, err := s.Open(ctx, "")
	if err != nil {
		return err
	}
	defer db.Close()
	change := fmt.Sprintf("CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=%d, MASTER_USER='osc', MASTER_PASSWORD='osc', MASTER_CONNECT_RETRY=1", of.port)
	if s.Engine().MySQL() {
		change = fmt.Sprintf("CHANGE REPLICATION SOURCE TO SOURCE_HOST='127.0.0.1', SOURCE_PORT=%d, SOURCE_USER='osc', SOURCE_PASSWORD='osc', "+
			"GET_SOURCE_PUBLIC_KEY=1, SOURCE_CONNECT_RETRY=1", of.port)
	}
	if _, err := db.ExecContext(ctx, change); err != nil {
		return fmt.Errorf("follow the server at port %d: %w", of.port, err)
	}
	return s.Replicate(ctx, "START")
}

// Replicate sends START or STOP to the replica; a part, such as "SQL_THREAD", may follow.
func (s *Server) Replicate(ctx context.Context, act string) error {
	db, err := s.Open(ctx, "")
	if err != nil {
		return err
	}
	defer db.Close()
	verb, part := act, ""
	if n := len("STOP"); act[:n] == "STOP" {
		verb, part = "STOP", act[n:]
	} else if n := len("START"); act[:n] == "START" {
		verb, part = "START", act[n:]
	}
	if _, err := db.ExecContext(ctx, verb+" "+s.replicaWord()+part); err != nil {
		return fmt.Errorf("%s replication: %w", act, err)
	}
	return nil
}

func (s *Server) replicaWord() string {
	if s.Engine().MySQL() {
		return "REPLICA"
	}
	return "SLAVE"
}

// Delay makes the replica apply everything so many seconds late.
func (s *Server) Delay(ctx context.Context, seconds int) error {
	db, err := s.Open(ctx, "")
	if err != nil {
		return err
	}
	defer db.Close()
	change := fmt.Sprintf("CHANGE MASTER TO MASTER_DELAY=%d", seconds)
	if s.Engine().MySQL() {
		change = fmt.Sprintf("CHANGE REPLICATION SOURCE TO SOURCE_DELAY=%d", seconds)
	}
	if err := s.Replicate(ctx, "STOP"); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, change); err != nil {
		return fmt.Errorf("delay the replica: %w", err)
	}
	return s.Replicate(ctx, "START")
}

// CaughtUp waits until the replica has applied what the primary has written so far: a mark, written to the primary, arrives.
func CaughtUp(t testing.TB, primary, replica *Server) {
	t.Helper()
	p, r := DB(t, primary, ""), DB(t, replica, "")
	mark := time.Now().UnixNano()
	for _, q := range []string{"CREATE SCHEMA IF NOT EXISTS e2e_mark", "CREATE TABLE IF NOT EXISTS e2e_mark.m (n bigint PRIMARY KEY)", fmt.Sprintf("INSERT INTO e2e_mark.m VALUES (%d)", mark)} {
		if _, err := p.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	for end := time.Now().Add(replicaLimit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) { // between two looks
		var n int
		if err = r.GetContext(t.Context(), &n, "SELECT COUNT(*) FROM e2e_mark.m WHERE n = ?", mark); err == nil && n == 1 {
			return
		}
	}
	t.Fatalf("the replica at port %d did not catch up within %s (last error: %v)", replica.port, replicaLimit, err)
}
