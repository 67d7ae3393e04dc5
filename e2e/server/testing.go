package server

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"
)

// New starts a server for one test and closes it at the test's end. A server that cannot be had fails the test.
func New(t testing.TB, e Engine, opts ...Option) *Server {
	t.Helper()
	s, err := Start(t.Context(), e, opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close %s: %v", e, err)
		}
	})
	return s
}

// shared holds the servers that live as long as the test binary.
var shared = struct {
	sync.Mutex
	servers map[Engine]*Server
	errs    map[Engine]error
}{servers: map[Engine]*Server{}, errs: map[Engine]error{}}

// Shared returns the one server of this kind that all tests of the binary use. It is started at the first call and closed
// by Main, or by its guard when the binary has no Main. Tests must not change its global settings nor end it.
func Shared(t testing.TB, e Engine) *Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.servers[e] == nil && shared.errs[e] == nil {
		// Not the test's context: the server outlives the test that came first.
		shared.servers[e], shared.errs[e] = Start(context.Background(), e)
	}
	if err := shared.errs[e]; err != nil {
		t.Fatal(err)
	}
	return shared.servers[e]
}

// Main runs the tests, cleans up, closes the shared servers and exits. Call it from TestMain.
func Main(m *testing.M, after ...func()) {
	code := m.Run()
	for _, clean := range after {
		clean()
	}
	shared.Lock()
	defer shared.Unlock()
	for e, s := range shared.servers {
		if s == nil {
			continue
		}
		if err := s.Close(); err != nil {
			fmt.Fprintf(os.Stderr, "close %s: %v\n", e, err)
			code = max(code, 1)
		}
	}
	os.Exit(code)
}

// Each runs the test as a subtest on the shared server of every engine that $OSCAR_ENGINES names.
func Each(t *testing.T, test func(t *testing.T, s *Server)) {
	t.Helper()
	for _, e := range Engines(t) {
		t.Run(string(e), func(t *testing.T) { test(t, Shared(t, e)) })
	}
}

var schemas atomic.Int64

// Schema makes a schema for one test and drops it at the test's end, if the server is still there.
func Schema(t testing.TB, s *Server) string {
	t.Helper()
	name := fmt.Sprintf("t%d_%d", os.Getpid(), schemas.Add(1))
	db := DB(t, s, "")
	t.Cleanup(func() {
		if s.Pid() == 0 {
			return
		}
		ctx, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		if _, err := db.ExecContext(ctx, "DROP SCHEMA IF EXISTS "+name); err != nil {
			t.Errorf("drop schema %s: %v", name, err)
		}
	})
	if _, err := db.ExecContext(t.Context(), "CREATE SCHEMA "+name+" CHARACTER SET utf8mb4"); err != nil {
		t.Fatalf("create schema %s: %v", name, err)
	}
	return name
}

// DB opens the schema as root for one test and closes the pool at the test's end.
func DB(t testing.TB, s *Server, schema string) *sqlx.DB {
	t.Helper()
	db, err := s.Open(t.Context(), schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
