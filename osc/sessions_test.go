package osc

import (
	"context"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"oscar/e2e/server"
	"oscar/osc/conn"
)

func TestMain(m *testing.M) { server.Main(m) }

// Halt ends what every session is doing, not only the first one, and none that was closed.
func TestHaltEndsTheStatementsOfAllSessions(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		cfg, err := mysql.ParseDSN(s.DSN(""))
		if err != nil {
			t.Fatal(err)
		}
		j := New(Options{}, nil)
		const sessions = 3
		ended := make(chan error, sessions)
		for range sessions {
			session, err := conn.Open(t.Context(), cfg, conn.Setup{})
			if err != nil {
				t.Fatal(err)
			}
			j.active.add(session)
			t.Cleanup(func() { session.Close() })
			go func() {
				_, err := session.ExecContext(t.Context(), "DO SLEEP(600)")
				ended <- err
			}()
		}
		closed, err := conn.Open(t.Context(), cfg, conn.Setup{})
		if err != nil {
			t.Fatal(err)
		}
		j.active.add(closed)
		j.active.close(closed)
		db := server.DB(t, s, "")
		for began, n := time.Now(), 0; n < sessions; {
			if err := db.Get(&n, "SELECT COUNT(*) FROM information_schema.processlist WHERE info = 'DO SLEEP(600)'"); err != nil {
				t.Fatal(err)
			}
			if time.Since(began) > time.Minute {
				t.Fatal("the statements never ran")
			}
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := j.Halt(ctx); err != nil {
			t.Error(err)
		}
		for range sessions {
			select {
			case err := <-ended:
				if !conn.IsLost(err) {
					t.Errorf("error %v", err)
				}
			case <-ctx.Done():
				t.Fatal("a statement goes on")
			}
		}
	})
}
