package topology

import (
	"context"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"oscar/dsn"
	"oscar/e2e/server"
	"oscar/osc/conn"
	"oscar/osc/throttle"
)

func TestMain(m *testing.M) { server.Main(m) }

// A thousand looks at a replica, and as many checks, take one connection.
func TestOneConnectionForAThousandLooks(t *testing.T) {
	for _, e := range server.Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			primary := server.New(t, e)
			replica := server.NewReplica(t, primary)
			server.CaughtUp(t, primary, replica)
			dial := func(ctx context.Context, _ dsn.DSN) (*conn.Session, error) {
				cfg, err := mysql.ParseDSN(replica.DSN(""))
				if err != nil {
					return nil, err
				}
				return conn.Open(ctx, cfg, conn.Setup{})
			}
			db := server.DB(t, replica, "")
			db.SetMaxOpenConns(1)
			var before, after struct {
				Name string `db:"Variable_name"`
				N    int    `db:"Value"`
			}
			const query = "SHOW GLOBAL STATUS LIKE 'Connections'"
			if err := db.Get(&before, query); err != nil {
				t.Fatal(err)
			}
			w := Start(t.Context(), []*Link{newLink(dsn.DSN{Host: "r"}, dial, 0)}, Watch{MaxLag: time.Hour, Each: time.Hour, Note: func(text string) { t.Error(text) }})
			for range 1000 {
				w.look(t.Context())
				if v, err := w.Check(t.Context()); err != nil || v.State != throttle.Go {
					t.Fatalf("got %v, %v; want go", v, err)
				}
			}
			w.Close()
			if err := db.Get(&after, query); err != nil || after.N-before.N != 1 {
				t.Errorf("connections: got %d, want 1 (%v)", after.N-before.N, err)
			}
		})
	}
}

func TestPick(t *testing.T) {
	a, b := row{"connection_name": "", "master_server_id": "1"}, row{"connection_name": "B", "master_server_id": "2"}
	for name, test := range map[string]struct {
		rows    []row
		channel string
		parent  int64
		want    string
	}{
		"the only one":                {[]row{b}, "", 0, "2"},
		"the one that leads here":     {[]row{a, b}, "", 2, "2"},
		"the one that was named":      {[]row{a, b}, "b", 1, "2"},
		"none of several":             {[]row{a, b}, "", 0, ""},
		"no channel of that name":     {[]row{a, b}, "c", 1, ""},
		"a server that is no replica": {nil, "", 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pick(test.rows, test.channel, test.parent)
			if got["master_server_id"] != test.want || (err == nil) != (test.want != "") {
				t.Errorf("got %v, %v; want %q", got, err, test.want)
			}
		})
	}
}
