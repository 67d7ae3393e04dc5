package exact

import (
	"testing"

	"github.com/go-sql-driver/mysql"

	"oscar/e2e/server"
	"oscar/osc/conn"
)

func TestMain(m *testing.M) { server.Main(m) }

// bench is a session in a schema of its own.
type bench struct {
	t       *testing.T
	schema  string
	session *conn.Session
}

func newBench(t *testing.T, s *server.Server) *bench {
	t.Helper()
	b := &bench{t: t, schema: server.Schema(t, s)}
	cfg, err := mysql.ParseDSN(s.DSN(b.schema))
	if err != nil {
		t.Fatal(err)
	}
	vars, err := conn.ParseVars(nil)
	if err != nil {
		t.Fatal(err)
	}
	if b.session, err = conn.Open(t.Context(), cfg, conn.Setup{Vars: vars}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.session.Close() })
	return b
}

func (b *bench) exec(query string) {
	b.t.Helper()
	if _, err := b.session.ExecContext(b.t.Context(), query); err != nil {
		b.t.Fatalf("%s: %v", query, err)
	}
}
