package inspect

import (
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/server"
	"oscar/osc/ident"
)

func TestFileNames(t *testing.T) {
	for file, want := range map[string]string{
		"x/t": "", "x/t#P#p0": "#P#p0", "x/t#p#p0#sp#a": "#p#p0#sp#a", "x/t2": "no", "x/t#q": "no", "y/x/t": "no", "x/_t_new": "no", "x/T": "no", "x/t@@@": "",
	} {
		m := fileNames(name("x", "t")).FindStringSubmatch(file)
		if (m == nil) != (want == "no") || m != nil && m[1] != want {
			t.Errorf("%s: got %q, want %s", file, m, want)
		}
	}
}

// What leaves the definition as it is and exchanges the rows changes the storage; what leaves the rows does not. Names are encoded for file
// systems, and a table's storage is found by any name.
func TestStorage(t *testing.T) {
	acts := []struct {
		does  string
		moves bool
	}{
		{"TRUNCATE TABLE #", true}, {"ALTER TABLE # TRUNCATE PARTITION p1", true}, {"ALTER TABLE # EXCHANGE PARTITION p1 WITH TABLE other", true},
		{"ALTER TABLE # FORCE", true}, {"OPTIMIZE TABLE #", true}, {"ALTER TABLE # REBUILD PARTITION p0", true},
		{"ANALYZE TABLE #", false}, {"ALTER TABLE # COMMENT='x'", false}, {"ALTER TABLE # ADD KEY extra (a)", false}, {"DELETE FROM #", false},
		{"RENAME TABLE # TO away; RENAME TABLE away TO #", false}, {"CREATE TRIGGER x AFTER INSERT ON # FOR EACH ROW SET @x = 1", false},
	}
	server.Each(t, func(t *testing.T, srv *server.Server) {
		session := open(t, srv)
		info, err := Server(t.Context(), session)
		if err != nil {
			t.Fatal(err)
		}
		for _, odd := range []ident.Name{"t", "Größe ñ", "a#P#b", "x_y%z", "con", "дом", "日本", ident.Name(strings.Repeat("é", 40)), "do.t"} {
			db := server.Schema(t, srv)
			pool := server.DB(t, srv, db)
			pool.MustExec("CREATE TABLE " + odd.SQL() + " (id int PRIMARY KEY, a int) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))")
			pool.MustExec("CREATE TABLE other (id int PRIMARY KEY, a int); CREATE TABLE " + (odd + "2").SQL() + " LIKE other")
			was, err := StorageOf(t.Context(), session, info, name(db, string(odd)))
			if err != nil || !was.Exact || len(was.Parts) != 2 {
				t.Fatalf("%s: %+v, %v", odd, was, err)
			}
			for _, act := range acts {
				if _, err := pool.Exec(strings.ReplaceAll(act.does, "#", odd.SQL())); err != nil {
					t.Fatalf("%s of %s: %v", act.does, odd, err)
				}
				now, err := StorageOf(t.Context(), session, info, name(db, string(odd)))
				if err != nil || was.Same(now) == act.moves {
					t.Errorf("%s of %s: %v became %v, %v", act.does, odd, was, now, err)
				}
				was = now
			}
		}
	})
}

func clock(t *testing.T, pool *sqlx.DB) (now string) {
	t.Helper()
	if err := pool.Get(&now, "SELECT NOW(2)"); err != nil {
		t.Fatal(err)
	}
	return now
}

// A trigger made again, word for word, has another mark; a rename of its table leaves it.
func TestMarks(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		db := server.Schema(t, srv)
		pool, session := server.DB(t, srv, db), open(t, srv)
		const make = "CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW SET @x = 1"
		pool.MustExec("CREATE TABLE t (id int PRIMARY KEY); " + make)
		look := func(table string) Mark {
			t.Helper()
			marks, err := MarksOn(t.Context(), session, name(db, table))
			if err != nil || len(marks) != 1 {
				t.Fatalf("%v, %v", marks, err)
			}
			return marks[0]
		}
		first := look("t")
		pool.MustExec("RENAME TABLE t TO away")
		if moved := look("away"); moved != first {
			t.Errorf("after a rename\n got %+v\nwant %+v", moved, first)
		}
		if _, err := session.ExecContext(t.Context(), "SET time_zone='+07:00'"); err != nil {
			t.Fatal(err)
		}
		if zoned := look("away"); zoned != first {
			t.Errorf("in another time zone\n got %+v\nwant %+v", zoned, first)
		}
		pool.MustExec("RENAME TABLE away TO t")
		for made, now := clock(t, pool), ""; now <= made; now = clock(t, pool) { // the mark is a time of two decimals
		}
		pool.MustExec("DROP TRIGGER x; " + make)
		if again := look("t"); again == first {
			t.Errorf("made again: %+v", again)
		}
	})
}

func TestCounter(t *testing.T) {
	server.Each(t, func(t *testing.T, srv *server.Server) {
		db := server.Schema(t, srv)
		pool, session := server.DB(t, srv, db), open(t, srv)
		for create, want := range map[string]uint64{
			"CREATE TABLE t (id int) COMMENT=') AUTO_INCREMENT=7'":                                                                                          1,
			"CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY) COMMENT='AUTO_INCREMENT=7'":                                                                 1,
			"CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT=40":                                                                          40,
			"CREATE TABLE t (id bigint unsigned AUTO_INCREMENT PRIMARY KEY); INSERT INTO t VALUES (18446744073709551610)":                                   18446744073709551611,
			"CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY, a int UNIQUE); INSERT INTO t (a) VALUES (1); INSERT IGNORE INTO t (a) VALUES (1); SELECT 1": 3,
			"CREATE TABLE t (id int AUTO_INCREMENT PRIMARY KEY); INSERT INTO t VALUES (-5); DELETE FROM t":                                                  1,
		} {
			pool.MustExec("DROP TABLE IF EXISTS t; " + create)
			if got, err := Counter(t.Context(), session, name(db, "t")); err != nil || got != want {
				t.Errorf("%s: got %d, %v, want %d", create, got, err, want)
			}
		}
	})
}
