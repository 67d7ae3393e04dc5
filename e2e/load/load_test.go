package load_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/compare"
	"oscar/e2e/load"
	"oscar/e2e/server"
)

func TestMain(m *testing.M) { server.Main(m) }

// everyType has a column of each type that the engine knows.
func everyType(e server.Engine) string {
	cols := []string{
		"ti TINYINT", "tu TINYINT UNSIGNED NULL", "si SMALLINT", "mi MEDIUMINT UNSIGNED", "i INT", "bu BIGINT UNSIGNED", "b BIGINT NULL",
		"de DECIMAL(20,6) NULL", "f FLOAT NULL", "do DOUBLE", "b1 BIT(1)", "b64 BIT(64) NULL",
		"c CHAR(10)", "v VARCHAR(40) NULL", "vl VARCHAR(20) CHARACTER SET latin1 NULL", "tt TINYTEXT", "tx TEXT NULL", "mt MEDIUMTEXT", "lt LONGTEXT",
		"bi BINARY(8)", "vb VARBINARY(30) NULL", "tb TINYBLOB", "bl BLOB NULL", "lb LONGBLOB",
		"en ENUM('a','b''c','d,e')", "se SET('x','y','z') NULL",
		"da DATE", "dt DATETIME(6) NULL", "ts TIMESTAMP(3) NULL", "tm TIME(2)", "y YEAR NULL",
		"js JSON NULL", "po POINT NOT NULL", "ge GEOMETRY NULL", "ls LINESTRING NULL", "pg POLYGON NULL",
		"gen VARCHAR(50) AS (CONCAT('g', i)) STORED", "up TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)",
	}
	if !e.MySQL() {
		cols = append(cols, "u UUID NULL", "i6 INET6 NULL", "i4 INET4 NULL")
	}
	return "CREATE TABLE t (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, " + strings.Join(cols, ", ") + ")"
}

var tables = map[string]func(server.Engine) string{
	"every type": everyType,
	"composite key and a nullable unique key": func(server.Engine) string {
		return `CREATE TABLE t (a INT, b VARCHAR(10), c INT NULL, d VARCHAR(20), PRIMARY KEY (a, b), UNIQUE u (c))`
	},
	"two unique keys meet often": func(server.Engine) string {
		return `CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, x TINYINT UNSIGNED NOT NULL, y TINYINT UNSIGNED, d INT, UNIQUE (x), UNIQUE (y, x))`
	},
	"text key in another collation": func(server.Engine) string {
		return `CREATE TABLE t (k VARCHAR(6) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci PRIMARY KEY, d INT)`
	},
	"binary key": func(server.Engine) string { return `CREATE TABLE t (k VARBINARY(3) PRIMARY KEY, d INT)` },
	"enum and date key": func(server.Engine) string {
		return `CREATE TABLE t (e ENUM('x','Y','z'), d DATE, n INT, PRIMARY KEY (e, d))`
	},
	"key alone":               func(server.Engine) string { return `CREATE TABLE t (k SMALLINT PRIMARY KEY)` },
	"unique key and no other": func(server.Engine) string { return `CREATE TABLE t (k INT NOT NULL, d FLOAT, UNIQUE (k))` },
	"prefix unique key": func(server.Engine) string {
		return `CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(30), UNIQUE (v(2)))`
	},
	"decimal and time key": func(server.Engine) string {
		return `CREATE TABLE t (a DECIMAL(6,2), b TIMESTAMP(2) NOT NULL, c TIME(1), d INT, PRIMARY KEY (a, b, c))`
	},
}

func wait(t *testing.T, w *load.Writers, n int) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	if err := w.WaitOps(ctx, n); err != nil {
		t.Fatalf("%v\n%+v", err, w.Stop())
	}
}

func expectClean(t *testing.T, stats load.Stats) {
	t.Helper()
	for _, e := range stats.Unexpected {
		t.Errorf("unexpected: %s", e)
	}
}

func check(t *testing.T, db *sqlx.DB, w *load.Writers, table string) compare.Diff {
	t.Helper()
	d, err := w.Ledger().Check(t.Context(), db, table, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestLedgerKnowsTheTableWith(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, create := range tables {
			t.Run(name, func(t *testing.T) {
				schema := server.Schema(t, s)
				db := server.DB(t, s, schema)
				if _, err := db.Exec(create(s.Engine())); err != nil {
					t.Fatal(err)
				}
				w := load.New(t, s.DSN(schema), load.Spec{Table: "t", Seed: 1, Workers: 6, Ledger: true})
				wait(t, w, 300)
				// As an alteration does it, but with the writers held meanwhile: every row moves to another table.
				resume := w.Pause()
				_, err := db.Exec("CREATE TABLE n LIKE t; SET sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO')")
				if err == nil {
					err = moveRows(db)
				}
				resume()
				if err != nil {
					t.Fatal(err)
				}
				wait(t, w, 300)
				stats := w.Stop()
				expectClean(t, stats)
				if d := check(t, db, w, "t"); !d.Equal() || d.RowsB == 0 {
					t.Errorf("after %s:\n%s", stats, d)
				}
				if d := check(t, db, w, "o"); d.Equal() {
					t.Error("the table as it was before still fits the ledger")
				}
			})
		}
	})
}

// moveRows copies t to n and exchanges them.
func moveRows(db *sqlx.DB) error {
	cols, err := compare.Columns(context.Background(), db, "t")
	if err != nil {
		return err
	}
	var names []string
	for _, c := range cols {
		if !c.Generated() {
			names = append(names, compare.Quote(c.Name))
		}
	}
	list := strings.Join(names, ", ")
	_, err = db.Exec("SET sql_mode = CONCAT(@@sql_mode, ',NO_AUTO_VALUE_ON_ZERO'), time_zone = '+00:00'; INSERT INTO n (" + list +
		") SELECT " + list + " FROM t; RENAME TABLE t TO o, n TO t")
	return err
}

func TestLedgerFinds(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		schema := server.Schema(t, s)
		db := server.DB(t, s, schema)
		if _, err := db.Exec("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20) NULL)"); err != nil {
			t.Fatal(err)
		}
		w := load.New(t, s.DSN(schema), load.Spec{Table: "t", Seed: 2, Ledger: true})
		wait(t, w, 200)
		expectClean(t, w.Stop())
		for name, c := range map[string]struct {
			change              string
			missing, extra, chg int
		}{
			"nothing when nothing happened": {"DO 0", 0, 0, 0},
			"a missing row":                 {"DELETE FROM t ORDER BY id LIMIT 1", 1, 0, 0},
			"an extra row":                  {"INSERT INTO t VALUES (123456789, 'x')", 0, 1, 0},
			"a changed value":               {"UPDATE t SET v = CONCAT(v, ' ') WHERE v IS NOT NULL AND LENGTH(v) < 15 ORDER BY id LIMIT 1", 0, 0, 1},
			"empty text for NULL":           {"UPDATE t SET v = '' WHERE v IS NULL ORDER BY id LIMIT 1", 0, 0, 1},
			"a moved row":                   {"UPDATE t SET id = 123456789 ORDER BY id LIMIT 1", 1, 1, 0},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := db.Exec("DROP TABLE IF EXISTS kept; CREATE TABLE kept LIKE t; INSERT INTO kept SELECT * FROM t; " +
					strings.ReplaceAll(strings.ReplaceAll(c.change, "FROM t", "FROM kept"), " t ", " kept "))
				if err != nil {
					t.Fatal(err)
				}
				d := check(t, db, w, "kept")
				if d.OnlyA != c.missing || d.OnlyB != c.extra || d.Changed != c.chg {
					t.Errorf("got %s", d)
				}
			})
		}
	})
}

// A commit whose answer never came may have happened or not; everything else is known.
func TestLedgerHoldsOverAKilledServer(t *testing.T) {
	for _, e := range server.Engines(t) {
		t.Run(string(e), func(t *testing.T) {
			s := server.New(t, e)
			schema := server.Schema(t, s)
			db := server.DB(t, s, schema)
			if _, err := db.Exec("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20) NULL)"); err != nil {
				t.Fatal(err)
			}
			w := load.New(t, s.DSN(schema), load.Spec{Table: "t", Seed: 3, Workers: 6, Ledger: true, Tolerate: []uint16{2013, 1053}})
			for range 2 {
				wait(t, w, 200)
				if err := s.Kill(); err != nil {
					t.Fatal(err)
				}
				if err := s.Restart(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			wait(t, w, 200)
			stats := w.Stop()
			expectClean(t, stats)
			if stats.Errors[2013] == 0 {
				t.Error("no connection was lost")
			}
			if d := check(t, db, w, "t"); !d.Equal() {
				t.Errorf("after %s:\n%s", stats, d)
			}
		})
	}
}

func TestWritersWithoutALedger(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		schema := server.Schema(t, s)
		db := server.DB(t, s, schema)
		if _, err := db.Exec(everyType(s.Engine())); err != nil {
			t.Fatal(err)
		}
		w := load.New(t, s.DSN(schema), load.Spec{Table: "t", Seed: 4, Workers: 6})
		wait(t, w, 3000)
		resume := w.Pause()
		before, _, err := compare.Snapshot(t.Context(), db, "t")
		if err != nil {
			t.Fatal(err)
		}
		after, rows, err := compare.Snapshot(t.Context(), db, "t")
		if err != nil || before != after || rows == 0 {
			t.Errorf("the table moved during a pause: %v, %d rows", err, rows)
		}
		resume()
		wait(t, w, 100)
		stats := w.Stop()
		expectClean(t, stats)
		for _, k := range load.Kinds() {
			for op := range load.DefaultMix() {
				if what := string(k) + "/" + string(op); stats.Ops[what] == 0 {
					t.Errorf("%s never happened", what)
				}
			}
		}
		if len(stats.Seconds) == 0 || stats.Longest.Took == 0 || stats.Commits == 0 || stats.Rollbacks == 0 {
			t.Errorf("got %+v", stats)
		}
		var left int
		if err := db.Get(&left, "SELECT COUNT(*) FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE()"); err != nil || left != 0 {
			t.Errorf("%d stored procedures left, %v", left, err)
		}
		t.Log(stats)
	})
}

// The point of prepared writers: nothing is prepared again while they run.
func TestPreparedWritersPrepareOnlyAtTheStart(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		schema := server.Schema(t, s)
		db := server.DB(t, s, schema)
		if _, err := db.Exec("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20) NULL)"); err != nil {
			t.Fatal(err)
		}
		count := func(what string) (n int) {
			t.Helper()
			var name string
			if err := db.QueryRow("SHOW GLOBAL STATUS LIKE '"+what+"'").Scan(&name, &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		w := load.New(t, s.DSN(schema), load.Spec{Table: "t", Kinds: []load.Kind{load.Prepared}, Workers: 2, Ledger: true})
		prepared, executed := count("Com_stmt_prepare"), count("Com_stmt_execute")
		wait(t, w, 200)
		if now := count("Com_stmt_prepare"); now != prepared {
			t.Errorf("%d statements were prepared while the writers ran", now-prepared)
		}
		if now := count("Com_stmt_execute"); now < executed+200 {
			t.Errorf("only %d prepared statements were executed", now-executed)
		}
		expectClean(t, w.Stop())
	})
}

func TestUnexpectedErrorsAreReported(t *testing.T) {
	s := server.Shared(t, server.Engines(t)[0])
	schema := server.Schema(t, s)
	db := server.DB(t, s, schema)
	if _, err := db.Exec("CREATE TABLE t (id INT PRIMARY KEY, v INT, w INT)"); err != nil {
		t.Fatal(err)
	}
	wide := load.New(t, s.DSN(schema), load.Spec{Table: "t"})
	narrow := load.New(t, s.DSN(schema), load.Spec{Table: "t", Columns: []string{"id", "v"}})
	wait(t, wide, 50)
	wait(t, narrow, 50)
	if _, err := db.Exec("ALTER TABLE t DROP COLUMN w"); err != nil {
		t.Fatal(err)
	}
	wait(t, narrow, 100)
	expectClean(t, narrow.Stop())
	if got := wide.Stop(); len(got.Unexpected) == 0 || got.Errors[1054] == 0 || !strings.Contains(fmt.Sprint(got.Unexpected), "1054") {
		t.Errorf("got %+v", got.Unexpected)
	}
}

func TestStopEndsWritersThatArePaused(t *testing.T) {
	s := server.Shared(t, server.Engines(t)[0])
	schema := server.Schema(t, s)
	if _, err := server.DB(t, s, schema).Exec("CREATE TABLE t (id INT PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	w := load.New(t, s.DSN(schema), load.Spec{Table: "t"})
	wait(t, w, 10)
	w.Pause()
	expectClean(t, w.Stop())
	if w.Stop().Total() == 0 {
		t.Error("the second call has no numbers")
	}
}

func TestStartRefuses(t *testing.T) {
	s := server.Shared(t, server.Engines(t)[0])
	schema := server.Schema(t, s)
	db := server.DB(t, s, schema)
	_, err := db.Exec(`CREATE TABLE nokey (a INT); CREATE TABLE myisam (a INT PRIMARY KEY) ENGINE=MyISAM; CREATE TABLE fine (a INT PRIMARY KEY)`)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spec load.Spec
		want string
	}{
		"no table named":                   {load.Spec{}, "no table named"},
		"a table that is not there":        {load.Spec{Table: "absent"}, "no such table"},
		"a table without a key":            {load.Spec{Table: "nokey"}, "no unique key"},
		"a key column that is not written": {load.Spec{Table: "fine", Columns: []string{"b"}}, "no unique key"},
		"a ledger without transactions":    {load.Spec{Table: "myisam", Ledger: true}, "not an InnoDB table"},
		"an unknown kind":                  {load.Spec{Table: "fine", Kinds: []load.Kind{"x"}}, "unknown kind"},
		"an unknown operation":             {load.Spec{Table: "fine", Mix: load.Mix{"x": 1}}, "unknown operation"},
		"an empty mix":                     {load.Spec{Table: "fine", Mix: load.Mix{}}, "no operation"},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := load.Start(t.Context(), s.DSN(schema), c.spec)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if w != nil {
				t.Error("got writers with an error")
			}
		})
	}
}

func TestForeignKeysGetValuesOfTheParent(t *testing.T) {
	s := server.Shared(t, server.Engines(t)[0])
	schema := server.Schema(t, s)
	db := server.DB(t, s, schema)
	_, err := db.Exec(`CREATE TABLE p (id INT PRIMARY KEY); INSERT INTO p VALUES (3), (70);
		CREATE TABLE t (id INT PRIMARY KEY, p INT NULL, w INT, FOREIGN KEY (p) REFERENCES p (id), CHECK (w IN (1, 2)))`)
	if err != nil {
		t.Fatal(err)
	}
	w := load.New(t, s.DSN(schema), load.Spec{Table: "t", Values: map[string][]any{"w": {1, 2}}})
	wait(t, w, 100)
	expectClean(t, w.Stop())
	var got []int
	if err := db.Select(&got, "SELECT DISTINCT p FROM t WHERE p IS NOT NULL ORDER BY p"); err != nil || !slices.Equal(got, []int{3, 70}) {
		t.Errorf("got %v, %v", got, err)
	}
}
