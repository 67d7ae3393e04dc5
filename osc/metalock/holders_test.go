package metalock_test

import (
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"oscar/e2e/server"
	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/metalock"
	"oscar/osc/schema"
)

func TestMain(m *testing.M) { server.Main(m) }

// Who is in the way is told by id, account, age and what it does; whoever came and went in less than a second is not. MariaDB tells for certain only with
// its plugin.
func TestHolders(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		name := server.Schema(t, s)
		db := server.DB(t, s, name)
		db.MustExec("CREATE TABLE t (id int PRIMARY KEY, secret varchar(20)); INSERT INTO t VALUES (1, 'x'); CREATE TABLE other (id int PRIMARY KEY)")
		cfg, err := mysql.ParseDSN(s.DSN(name))
		if err != nil {
			t.Fatal(err)
		}
		vars, err := conn.ParseVars([]string{"time_zone='+05:00'"})
		if err != nil {
			t.Fatal(err)
		}
		session, err := conn.Open(t.Context(), cfg, conn.Setup{Vars: vars})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { session.Close() })
		flavor := schema.MariaDB
		if s.Engine() == server.MySQL97 {
			flavor = schema.MySQL
		}
		table := ident.Table{Schema: ident.Name(name), Name: "t"}
		find := func() []metalock.Holder {
			t.Helper()
			list, err := metalock.Holders(t.Context(), session, flavor, table)
			if err != nil {
				t.Fatal(err)
			}
			return list
		}
		idle := db.MustBegin()
		defer idle.Rollback()
		var id int64
		if err := idle.Get(&id, "SELECT CONNECTION_ID() FROM t WHERE secret = 'x' FOR UPDATE"); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(20 * time.Second); len(find()) == 0; time.Sleep(100 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("an idle transaction of some seconds was never found")
			}
		}
		h := find()[0]
		if h.ID != id || h.User != "root" || h.Open < time.Second || h.Open > time.Minute || h.Idle < 0 || h.Verb != "" {
			t.Errorf("got %+v, want connection %d, idle for some seconds", h, id)
		}
		if h.Certain != (flavor == schema.MySQL) {
			t.Errorf("certain: %t", h.Certain)
		}
		if err := idle.Rollback(); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(20 * time.Second); len(find()) > 0; time.Sleep(100 * time.Millisecond) { // InnoDB answers from a cache
			if time.Now().After(end) {
				t.Errorf("after the transaction: %v", find())
				break
			}
		}
	})
}

func TestHolderText(t *testing.T) {
	for want, h := range map[string]metalock.Holder{
		"connection 7 of app@10.0.0.1, transaction open for 1m1s, idle for 59s":           {ID: 7, User: "app", Host: "10.0.0.1", Open: 61 * time.Second, Idle: 59 * time.Second, Certain: true},
		"connection 7 of app@10.0.0.1, transaction open for 2s, running SELECT (perhaps)": {ID: 7, User: "app", Host: "10.0.0.1", Open: 2 * time.Second, Idle: -1, Verb: "SELECT"},
		"connection 7 of app@10.0.0.1": {ID: 7, User: "app", Host: "10.0.0.1", Open: -1, Idle: -1, Certain: true},
	} {
		if got := h.String(); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}

func TestKillTakes(t *testing.T) {
	idle, busy := metalock.Holder{Certain: true}, metalock.Holder{Certain: true, Idle: -1}
	for name, test := range map[string]struct {
		kill metalock.Kill
		h    metalock.Holder
		want bool
	}{
		"off": {metalock.KillOff, idle, false}, "idle": {metalock.KillIdle, idle, true}, "a busy one": {metalock.KillIdle, busy, false}, "all": {metalock.KillAll, busy, true},
		"nobody on a guess": {metalock.KillAll, metalock.Holder{}, false},
	} {
		if got := test.kill.Takes(test.h); got != test.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
