package verify

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"oscar/chunker"
	"oscar/e2e/server"
	"oscar/osc/alter"
	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/plan"
	"oscar/osc/throttle"
)

func TestMain(m *testing.M) { server.Main(m) }

// bench is a pair of tables, t and n, and a session to compare them with.
type bench struct {
	t       *testing.T
	db      *sqlx.DB
	schema  string
	session *conn.Session
}

func newBench(t *testing.T, s *server.Server, create, fill, change string) *bench {
	t.Helper()
	b := &bench{t: t, schema: server.Schema(t, s)}
	b.db = server.DB(t, s, b.schema)
	cfg, err := mysql.ParseDSN(s.DSN(b.schema))
	if err != nil {
		t.Fatal(err)
	}
	cfg.MultiStatements = false
	vars, err := conn.ParseVars(nil)
	if err != nil {
		t.Fatal(err)
	}
	if b.session, err = conn.Open(t.Context(), cfg, conn.Setup{Vars: vars}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.session.Close() })
	b.exec("CREATE TABLE t (" + create + ")")
	b.exec("CREATE TABLE n LIKE t")
	if change != "" {
		b.exec("ALTER TABLE n " + change)
	}
	if fill != "" {
		b.exec(fill)
	}
	return b
}

func (b *bench) exec(query string) {
	b.t.Helper()
	if _, err := b.session.ExecContext(b.t.Context(), query); err != nil {
		b.t.Fatalf("%s: %v", query, err)
	}
}

// copyAll fills n as oscar's copy does.
func (b *bench) copyAll(text string) {
	b.t.Helper()
	tables := b.tables(text)
	var into, from []ident.Name
	for _, p := range tables.Pairs {
		into, from = append(into, p.New), append(from, p.Original)
	}
	b.exec("INSERT INTO n (" + ident.List(into) + ") SELECT " + ident.List(from) + " FROM t")
}

func (b *bench) tables(text string) Tables {
	b.t.Helper()
	var read alter.Text
	var err error
	if text != "" {
		if read, err = alter.Parse(text, alter.Mode{}); err != nil {
			b.t.Fatal(err)
		}
	}
	var tables Tables
	name := func(n ident.Name) ident.Table { return ident.Table{Schema: ident.Name(b.schema), Name: n} }
	if tables.Original, err = inspect.Table(b.t.Context(), b.session, name("t")); err != nil {
		b.t.Fatal(err)
	}
	if tables.New, err = inspect.Table(b.t.Context(), b.session, name("n")); err != nil {
		b.t.Fatal(err)
	}
	tables.Pairs = plan.Match(tables.Original, tables.New, read)
	tables.Key, tables.Walkable = chunker.Choose(tables.Original, "")
	return tables
}

func (b *bench) run(text string) (Result, Clean, error) {
	v := Verifier{
		Sessions: []Session{b.session}, Tables: b.tables(text), Setup: []string{"SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"}, Clock: time.Now, Tell: func(Progress) {},
		Pace: Pace{Rows: 7, Gate: throttle.All(), Tick: time.Second, Patience: time.Minute},
	}
	return v.Run(context.WithoutCancel(b.t.Context()))
}

// Every type, unchanged and changed in each way that keeps the values: equal, and not skipped.
var kinds = map[string]struct{ create, fill, change string }{
	"integers":                 {"id int PRIMARY KEY, a tinyint, b bigint unsigned, c year, d bit(40)", "INSERT INTO t VALUES (1,-5,18446744073709551615,2024,b'1011'),(2,NULL,NULL,NULL,NULL),(3,0,0,1901,0)", "MODIFY a bigint, MODIFY id bigint"},
	"decimals":                 {"id int PRIMARY KEY, a decimal(10,2), b decimal(30,10), c int", "INSERT INTO t VALUES (1,-5.25,12345678901234567890.0123456789,7),(2,NULL,0,NULL)", "MODIFY a decimal(20,6), MODIFY c decimal(12,1)"},
	"floats":                   {"id int PRIMARY KEY, a float, b double, c int", "INSERT INTO t VALUES (1,1.1,1.1,3),(2,3.4e38,-1e-300,0),(3,0,-0.0,NULL)", "MODIFY a double, MODIFY c double"},
	"text":                     {"id int PRIMARY KEY, a varchar(20) CHARACTER SET latin1, b text CHARACTER SET utf8mb4, c char(5) CHARACTER SET gbk", "INSERT INTO t VALUES (1,'é#1','a😀#N','汉'),(2,'','N',''),(3,NULL,NULL,NULL)", "MODIFY a text CHARACTER SET utf8mb4, MODIFY c varchar(9) CHARACTER SET utf8mb4"},
	"bytes":                    {"id int PRIMARY KEY, a varbinary(20), b blob, c binary(4)", "INSERT INTO t VALUES (1,X'00FF23','x\\0y',X'01'),(2,'','',''),(3,NULL,NULL,NULL)", "MODIFY a longblob, MODIFY b mediumblob"},
	"enums":                    {"id int PRIMARY KEY, a enum('x','y'), b set('p','q','r'), c enum('1','2')", "INSERT INTO t VALUES (1,'y','p,r','2'),(2,NULL,'',NULL)", "MODIFY a enum('n','y','x'), MODIFY b set('p','q','r','s'), MODIFY c varchar(10)"},
	"zeros before numbers":     {"id int PRIMARY KEY, a int zerofill, b decimal(8,2) zerofill, c year, d int(4) zerofill", "INSERT INTO t VALUES (1,7,7.5,2024,42),(2,0,0,0,0),(3,NULL,NULL,NULL,NULL)", "MODIFY a int unsigned, MODIFY b decimal(10,4), MODIFY c int, MODIFY d bigint(9) unsigned zerofill"},
	"long decimals":            {"id int PRIMARY KEY, a decimal(65,0), b decimal(40,2)", "INSERT INTO t VALUES (1,REPEAT('9',65),-12345678901234567890123456789012345678.5),(2,0,0.01),(3,NULL,NULL)", "MODIFY a decimal(65,0) COMMENT 'x', MODIFY b decimal(60,20)"},
	"integers as floats":       {"id int PRIMARY KEY, a bigint, b bigint unsigned, c double, d float", "INSERT INTO t VALUES (1,-1152921504606846976,9223372036854775808,0.1,16777216),(2,-5,0,0.3,-0.0),(3,NULL,NULL,NULL,NULL)", "MODIFY a double, MODIFY b double, MODIFY c decimal(20,3), MODIFY d bigint"},
	"decimals as floats":       {"id int PRIMARY KEY, a decimal(5,1), b decimal(10,3)", "INSERT INTO t VALUES (1,1.1,-1234567.891),(2,0,0),(3,NULL,NULL)", "MODIFY a float, MODIFY b double"},
	"sets in another order":    {"id int PRIMARY KEY, a set('x','y','z','w') CHARACTER SET latin1, b set('ä','A','it''s','a','') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, c enum('😀','😁') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "INSERT INTO t VALUES (1,'x,z','ä,A','😁'),(2,'','','😀'),(3,NULL,NULL,NULL),(4,'x,y,z,w','it''s,a,','😁')", "MODIFY a set('z','y','x','w') CHARACTER SET utf8mb4, MODIFY b set('new','a','','A','it''s','ä') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, MODIFY c enum('😁','😀') CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"},
	"bytes of a longer BINARY": {"id int PRIMARY KEY, a binary(4)", "INSERT INTO t VALUES (1,X'01'),(2,'abcd'),(3,NULL)", "MODIFY a binary(9)"},
	"dates of zeros":           {"id int PRIMARY KEY, a date, b datetime(2)", "INSERT INTO t VALUES (0,'0000-00-00','0000-00-00 00:00:00'),(1,'2024-01-31','2024-01-31 12:00:00.25'),(2,NULL,NULL)", "MODIFY a datetime, MODIFY b datetime(4)"},
	"times":                    {"id int PRIMARY KEY, a date, b datetime, c timestamp NULL, d time(3)", "INSERT INTO t VALUES (1,'2024-02-29','9999-12-31 23:59:59','2024-10-27 02:30:00','-838:59:59.000'),(2,NULL,NULL,NULL,NULL)", "MODIFY a datetime, MODIFY b datetime(6), MODIFY c timestamp(3) NULL, MODIFY d time(6)"},
	"numbers to text":          {"id int PRIMARY KEY, a int, b decimal(8,3), c varchar(9)", "INSERT INTO t VALUES (1,-7,1.500,'42'),(2,NULL,NULL,NULL)", "MODIFY a varchar(20), MODIFY b varchar(20), MODIFY c bigint"},
	"json":                     {"id int PRIMARY KEY, a json, b longtext", "INSERT INTO t VALUES (1,'{\"b\": 1, \"a\": [1, 2]}','x'),(2,NULL,NULL)", "MODIFY b longtext COMMENT 'x'"},
	"key of another collation": {"id varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PRIMARY KEY, a int", "INSERT INTO t VALUES ('b',1),('C',2),('é',3)", "MODIFY id varchar(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"},
	"composite key":            {"a enum('z','a'), b varchar(9) CHARACTER SET utf8mb4, c datetime(6), PRIMARY KEY (a, b, c)", "INSERT INTO t VALUES ('z','q','2024-01-01'),('a','Q','2024-01-01'),('a','q😀','2024-01-02')", "ADD x int"},
}

func TestEqualTablesAreClean(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, k := range kinds {
			for _, change := range []string{"", k.change} {
				t.Run(name+", "+change, func(t *testing.T) {
					b := newBench(t, s, k.create, k.fill, change)
					b.copyAll(change)
					result, clean, err := b.run(change)
					if err != nil || !clean.Allows() || result.Mismatches != 0 {
						t.Fatalf("got %+v, %v", result, err)
					}
					var rows int64
					if err := b.db.Get(&rows, "SELECT COUNT(*) FROM t"); err != nil || result.Rows != rows {
						t.Errorf("compared %d rows of %d (%v)", result.Rows, rows, err)
					}
					if len(result.Skipped) > 0 {
						t.Errorf("not compared: %v", result.Skipped)
					}
				})
			}
		}
	})
}

// A new table that differs in any one value of a row is not clean, whatever the type, and is mended by copying again.
func TestEveryDifferenceIsFoundAndMended(t *testing.T) {
	breaks := map[string]string{
		"a missing row":      "DELETE FROM n WHERE id = 50",
		"a missing last row": "DELETE FROM n WHERE id = 100",
		"an extra row":       "INSERT INTO n (id, a, b, c) VALUES (1000, 1, 'x', NULL)",
		"an extra first row": "INSERT INTO n (id, a, b, c) VALUES (-1, 1, 'x', NULL)",
		"a changed number":   "UPDATE n SET a = a + 1 WHERE id = 7",
		"a changed case":     "UPDATE n SET b = UPPER(b) WHERE id = 8",
		"a trailing space":   "UPDATE n SET b = CONCAT(b, ' ') WHERE id = 9",
		"NULL for empty":     "UPDATE n SET c = NULL WHERE id = 10",
		"empty for NULL":     "UPDATE n SET c = '' WHERE id = 11",
		"a moved separator":  "UPDATE n SET b = 'x#1', c = 'y' WHERE id = 12",
		"two rows exchanged": "UPDATE n SET a = CASE id WHEN 13 THEN 1400 ELSE 1300 END WHERE id IN (13, 14)",
		"all rows gone":      "DELETE FROM n",
	}
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, query := range breaks {
			t.Run(name, func(t *testing.T) {
				b := newBench(t, s, "id int PRIMARY KEY, a int, b varchar(20) CHARACTER SET utf8mb4, c varchar(20)", "", "")
				var values []string
				for i := 1; i <= 100; i++ {
					values = append(values, fmt.Sprintf("(%d, %d, 'name%d', IF(%d %% 2, NULL, ''))", i, i*100, i, i))
				}
				b.exec("INSERT INTO t VALUES " + strings.Join(values, ","))
				b.exec("UPDATE t SET b = 'x', c = '1#y' WHERE id = 12")
				b.copyAll("")
				b.exec(query)
				result, clean, err := b.run("")
				if err != nil || !clean.Allows() || result.Mismatches == 0 || result.Repaired != result.Mismatches {
					t.Fatalf("got %+v, %v", result, err)
				}
				if again, _, err := b.run(""); err != nil || again.Mismatches != 0 {
					t.Errorf("after mending: %+v, %v", again, err)
				}
				var differ int
				if err := b.db.Get(&differ, "SELECT (SELECT COUNT(*) FROM t LEFT JOIN n USING (id) WHERE n.id IS NULL OR NOT (t.a <=> n.a AND BINARY t.b <=> BINARY n.b AND t.c <=> n.c)) + (SELECT COUNT(*) FROM n LEFT JOIN t USING (id) WHERE t.id IS NULL)"); err != nil || differ != 0 {
					t.Errorf("%d rows differ after mending (%v)", differ, err)
				}
			})
		}
	})
}

// One bit among 64 is a difference: numbers of more than 53 bits must not be compared as floating point.
func TestLastMemberOfALargeSetIsCompared(t *testing.T) {
	var list []string
	for i := range 64 {
		list = append(list, fmt.Sprintf("'m%d'", i))
	}
	set := "set(" + strings.Join(list, ",") + ")"
	slices.Reverse(list)
	server.Each(t, func(t *testing.T, s *server.Server) {
		for _, change := range []string{"", "MODIFY a set(" + strings.Join(list, ",") + ")"} {
			b := newBench(t, s, "id int PRIMARY KEY, a "+set, "INSERT INTO t VALUES (1, 'm0,m63'), (2, 'm63')", change)
			b.copyAll(change)
			if result, clean, err := b.run(change); err != nil || !clean.Allows() || result.Mismatches != 0 || len(result.Skipped) > 0 {
				t.Fatalf("%s: got %+v, %v", change, result, err)
			}
			b.exec("UPDATE n SET a = 'm63' WHERE id = 1")
			if result, _, err := b.run(change); err != nil || result.Mismatches != 1 {
				t.Errorf("%s: a lost member: got %+v, %v", change, result, err)
			}
		}
	})
}

// Values that the new type rounds, cuts or pads are not the values of the original, and copying again does not help.
func TestChangedValuesStopTheSwap(t *testing.T) {
	cases := map[string]struct{ create, fill, change, key string }{
		"a fraction of a second": {"id int PRIMARY KEY, a datetime(6)", "INSERT INTO t VALUES (5,'2024-01-01 00:00:00.25')", "MODIFY a datetime", "5"},
		"the time of day":        {"id int PRIMARY KEY, a datetime", "INSERT INTO t VALUES (5,'2024-01-01 01:00:00')", "MODIFY a date", "5"},
		"precision of a double":  {"id int PRIMARY KEY, a double", "INSERT INTO t VALUES (5,1.23456789012)", "MODIFY a float", "5"},
		"decimals":               {"id int PRIMARY KEY, a decimal(10,4)", "INSERT INTO t VALUES (5,1.2345)", "MODIFY a decimal(10,2)", "5"},
		"trailing spaces":        {"id int PRIMARY KEY, a varchar(9)", "INSERT INTO t VALUES (5,'a  ')", "MODIFY a char(9)", "5"},
		"a fraction of a float":  {"id int PRIMARY KEY, a float", "INSERT INTO t VALUES (5,1.5)", "MODIFY a int", "5"},
		"a fraction of a double": {"id int PRIMARY KEY, a double", "INSERT INTO t VALUES (5,0.125)", "MODIFY a decimal(10,2)", "5"},
		"decimals of an integer": {"id int PRIMARY KEY, a decimal(10,2)", "INSERT INTO t VALUES (5,1.25)", "MODIFY a int", "5"},
		"digits of a bigint":     {"id int PRIMARY KEY, a bigint", "INSERT INTO t VALUES (5,9007199254740993)", "MODIFY a double", "5"},
		"the last of a bigint":   {"id int PRIMARY KEY, a bigint unsigned", "INSERT INTO t VALUES (5,18446744073709551615)", "MODIFY a double", "5"},
		"digits of an int":       {"id int PRIMARY KEY, a int", "INSERT INTO t VALUES (5,16777217)", "MODIFY a float", "5"},
		"digits of a decimal":    {"id int PRIMARY KEY, a decimal(30,10)", "INSERT INTO t VALUES (5,12345678901234567890.0123456789)", "MODIFY a double", "5"},
		"digits of a long one":   {"id int PRIMARY KEY, a decimal(65,2)", "INSERT INTO t VALUES (5,12345678901234567890123456789012345678901234567890.25)", "MODIFY a decimal(65,1)", "5"},
		"a member of a set":      {"id int PRIMARY KEY, a set('x','y','z')", "INSERT INTO t VALUES (5,'x,z')", "MODIFY a set('z','y')", "5"},
		"case of a member":       {"id int PRIMARY KEY, a set('x','y')", "INSERT INTO t VALUES (5,'x')", "MODIFY a set('y','X')", "5"},
		"the date of a text":     {"id int PRIMARY KEY, a varchar(30)", "INSERT INTO t VALUES (5,'2024-02-29 10:11:12')", "MODIFY a time", "5"},
		"bytes that pad":         {"id int PRIMARY KEY, a varbinary(9)", "INSERT INTO t VALUES (5,'a')", "MODIFY a binary(9)", "5"},
	}
	server.Each(t, func(t *testing.T, s *server.Server) {
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				b := newBench(t, s, c.create, c.fill, c.change)
				b.exec("SET SESSION sql_mode=''")
				b.copyAll(c.change)
				_, clean, err := b.run(c.change)
				var mismatch *Mismatch
				if !errors.As(err, &mismatch) || clean.Allows() || len(mismatch.Keys) != 1 || !strings.HasPrefix(mismatch.Keys[0], "("+c.key+")") {
					t.Fatalf("got %v, want a mismatch that names key %s", err, c.key)
				}
			})
		}
	})
}

func TestZeroCleanAllowsNothing(t *testing.T) {
	if (Clean{}).Allows() || !Waived("x").Allows() {
		t.Error("only a comparison, or a waiver with a reason, allows a swap")
	}
}
