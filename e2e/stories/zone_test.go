package stories

import (
	"strings"
	"testing"

	"oscar/e2e/compare"
	"oscar/e2e/server"
)

// summerZone puts a zone with daylight saving time into the server's tables and makes it the server's own: +1, and +2 from 2024-03-31 to
// 2024-10-27, 01:00 UTC each, as in most of Europe. Between 02:00 and 03:00 on that day in October each time of day comes twice.
const summerZone = `INSERT INTO mysql.time_zone (Time_zone_id, Use_leap_seconds) VALUES (77, 'N');
	INSERT INTO mysql.time_zone_name (Name, Time_zone_id) VALUES ('Test/Summer', 77);
	INSERT INTO mysql.time_zone_transition_type (Time_zone_id, Transition_type_id, ` + "`Offset`" + `, Is_DST, Abbreviation) VALUES (77, 0, 3600, 0, 'W'), (77, 1, 7200, 1, 'S');
	INSERT INTO mysql.time_zone_transition (Time_zone_id, Transition_time, Transition_type_id) VALUES (77, -2147483648, 0), (77, 1711846800, 1), (77, 1729990800, 0);
	FLUSH TABLES; SET GLOBAL time_zone = 'Test/Summer'`

// Moments of both hours, which read alike in the server's zone, are copied, written by triggers and compared as what they are. MySQL's own ALTER TABLE
// is no measure: when it copies, it makes the first hour of the second.
func TestKeysAcrossDaylightSavingTime(t *testing.T) {
	build(t)
	for _, e := range server.Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			s := server.New(t, e, server.WithBufferPool("64M"))
			root := server.DB(t, s, "")
			mustExec(t, root, summerZone)
			makeNumbers(t, root)
			for _, c := range []struct {
				name, create, alter string
				converts            bool
			}{
				{name: "key", create: "PRIMARY KEY (at)", alter: "ADD COLUMN x INT NULL"},
				{name: "key of two", create: "PRIMARY KEY (at, v)", alter: "MODIFY v BIGINT NOT NULL"},
				{name: "no key", create: "PRIMARY KEY (v)", alter: "ADD COLUMN x INT NULL"},
				{name: "converted", create: "b DATETIME(3) NOT NULL DEFAULT '2024-10-27 02:30:00', PRIMARY KEY (v)", converts: true,
					alter: "MODIFY at DATETIME(3) NOT NULL DEFAULT '2024-01-01', MODIFY b TIMESTAMP(3) NOT NULL DEFAULT '2024-01-01'"},
			} {
				t.Run(c.name, func(t *testing.T) {
					st := story{table: "t", args: []string{"--alter", c.alter, "--chunk-size", "20", "--chunk-size-limit", "1"}}
					st.create = "SET time_zone = '+00:00'; CREATE TABLE t (at TIMESTAMP(3) NOT NULL DEFAULT '2024-01-01', v INT NOT NULL, " + c.create + ");" +
						"INSERT INTO t (at, v) SELECT DATE_ADD('2024-10-26 22:00:00', INTERVAL i * 30 SECOND), i FROM seed.n WHERE i <= 600;" +
						"INSERT INTO t (at, v) SELECT DATE_ADD('2024-03-31 00:30:00', INTERVAL i * 30 SECOND), 1000 + i FROM seed.n WHERE i <= 120;" +
						"CREATE TABLE was AS SELECT at, v FROM t"
					want := natively(t, root, s, st)
					db := fresh(t, root, s, st)
					o := run(t, st.command(s, "--execute")...)
					if e.MySQL() && strings.HasPrefix(c.name, "key") {
						o.expect(t, 17)
						if !strings.Contains(o.stderr, "by the TIMESTAMP column `at`") {
							t.Error(o.stderr)
						}
						return
					}
					o.expect(t, 0)
					if c.converts {
						if got := look(t, db); got.rows["t"] != want.rows["t"] {
							t.Errorf("got %s, the server's own ALTER TABLE gives %s", got.rows["t"], want.rows["t"])
						}
						return
					}
					var same int
					err := db.GetContext(t.Context(), &same, "SELECT COUNT(*) FROM t JOIN was USING (v) WHERE UNIX_TIMESTAMP(t.at) = UNIX_TIMESTAMP(was.at)")
					if err != nil || same != 720 {
						t.Errorf("%d of 720 moments are what they were (%v)", same, err)
					}
					db = fresh(t, root, s, st)
					run(t, st.command(s, "--execute", "--no-swap-tables", "--no-drop-new-table", "--no-drop-triggers")...).expect(t, 0)
					app := session(t, db)
					for _, query := range []string{ // 321 and 441 are an hour apart, both at 02:40:30; 322 to 330 and 442 to 450 likewise
						"DELETE FROM t WHERE v = 321", "UPDATE t SET v = -v WHERE v = 322", "UPDATE t SET v = -v WHERE v = 443", "DELETE FROM t WHERE v = 444",
						"UPDATE t SET at = at + INTERVAL 250000 MICROSECOND WHERE v BETWEEN 325 AND 330",
						"SET time_zone = '+00:00'", "UPDATE t SET at = at + INTERVAL 125000 MICROSECOND WHERE v BETWEEN 445 AND 450",
					} {
						mustExec(t, app, query)
					}
					diff, err := compare.Tables(t.Context(), db, "t", "_t_new", compare.Options{Key: []string{"v"}})
					if err != nil || !diff.Equal() {
						t.Errorf("after writes in both hours: %v %v", diff, err)
					}
					var other int
					err = db.GetContext(t.Context(), &other, "SELECT COUNT(*) FROM t LEFT JOIN _t_new n USING (v) WHERE NOT UNIX_TIMESTAMP(t.at) <=> UNIX_TIMESTAMP(n.at)")
					if err != nil || other != 0 {
						t.Errorf("after writes in both hours %d moments are others (%v)", other, err)
					}
				})
			}
		})
	}
}
