package compare_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"oscar/e2e/compare"
	"oscar/e2e/server"
)

func TestMain(m *testing.M) { server.Main(m) }

func TestTablesFinds(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		schema := server.Schema(t, s)
		db := server.DB(t, s, schema)
		const table = "(id INT PRIMARY KEY, c VARCHAR(20) NULL, b VARBINARY(20) NULL)"
		for name, c := range map[string]struct {
			change string // made to b, a copy of a
			want   string // describes the only difference; empty: equal
		}{
			"nothing in equal tables":  {"SELECT 1", ""},
			"a missing row":            {"DELETE FROM b WHERE id = 500", `only in first (id)=("500")`},
			"a missing last row":       {"DELETE FROM b WHERE id = 1000", `only in first (id)=("1000")`},
			"an extra row":             {"INSERT INTO b VALUES (-3, 'x', 'y')", `only in second (id)=("-3")`},
			"one changed byte":         {"UPDATE b SET b = x'4100FE' WHERE id = 7", `changed (id)=("7") b: "A\x00\xff" became "A\x00\xfe"`},
			"empty text for NULL":      {"UPDATE b SET c = '' WHERE id = 9", `changed (id)=("9") c: NULL became ""`},
			"NULL for text":            {"UPDATE b SET c = NULL WHERE id = 8", `changed (id)=("8") c: "a" became NULL`},
			"a changed letter case":    {"UPDATE b SET c = 'A' WHERE id = 8", `changed (id)=("8") c: "a" became "A"`},
			"a trailing blank":         {"UPDATE b SET c = 'a ' WHERE id = 8", `changed (id)=("8") c: "a" became "a "`},
			"a moved row":              {"UPDATE b SET id = 2000 WHERE id = 8", "only in first (id)=(\"8\")\n  only in second (id)=(\"2000\")"},
			"text NULL beside a NULL":  {"UPDATE b SET c = 'NULL' WHERE id = 9", `changed (id)=("9") c: NULL became "NULL"`},
			"everything when one side": {"DELETE FROM b WHERE id > 1", ""},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := db.Exec("DROP TABLE IF EXISTS a, b; CREATE TABLE a " + table + "; CREATE TABLE b LIKE a")
				if err != nil {
					t.Fatal(err)
				}
				var rows []string
				for i := 1; i <= 1000; i++ {
					c := "'a'"
					if i == 9 {
						c = "NULL"
					}
					rows = append(rows, fmt.Sprintf("(%d, %s, x'4100FF')", i, c))
				}
				if _, err := db.Exec("INSERT INTO a VALUES " + strings.Join(rows, ",") + "; INSERT INTO b SELECT * FROM a; " + c.change); err != nil {
					t.Fatal(err)
				}
				d, err := compare.Tables(t.Context(), db, "a", "b", compare.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasPrefix(name, "everything") {
					if d.Equal() || d.OnlyA != 999 || d.RowsB != 1 {
						t.Errorf("got %v", d)
					}
					return
				}
				if got := strings.Join(d.First, "\n  "); d.Equal() != (c.want == "") || got != c.want {
					t.Errorf("got  %s\nwant %s", d, c.want)
				}
				ha, na, errA := compare.Snapshot(t.Context(), db, "a")
				hb, nb, errB := compare.Snapshot(t.Context(), db, "b")
				if errA != nil || errB != nil || na != 1000 || nb != d.RowsB || (ha == hb) != (c.want == "") {
					t.Errorf("snapshots: %s %d %v, %s %d %v", ha, na, errA, hb, nb, errB)
				}
			})
		}
	})
}

func TestTablesStopsEarlyAndSaysSo(t *testing.T) {
	s := server.Shared(t, server.Engines(t)[0])
	db := server.DB(t, s, server.Schema(t, s))
	_, err := db.Exec(`CREATE TABLE a (id INT PRIMARY KEY); CREATE TABLE b LIKE a;
		INSERT INTO a WITH RECURSIVE n AS (SELECT 1 i UNION ALL SELECT i + 1 FROM n WHERE i < 900) SELECT i FROM n`)
	if err != nil {
		t.Fatal(err)
	}
	d, err := compare.Tables(t.Context(), db, "a", "b", compare.Options{Stop: 100})
	if err != nil || !d.Stopped || d.Equal() || d.RowsA > 200 {
		t.Errorf("got %v, %v", d, err)
	}
}

// Every kind of type is compared by its exact value, before and after the type was widened.
func TestTablesComparesByType(t *testing.T) {
	server.Each(t, func(t *testing.T, s *server.Server) {
		schema := server.Schema(t, s)
		db := server.DB(t, s, schema)
		for typ, c := range map[string]struct{ wide, one, other string }{
			"BIGINT UNSIGNED":                  {"DECIMAL(30)", "18446744073709551615", "18446744073709551614"},
			"INT":                              {"BIGINT", "-1", "1"},
			"DECIMAL(20,4)":                    {"DECIMAL(22,4)", "1.0001", "1.0002"},
			"FLOAT":                            {"DOUBLE", "16777216", "16777215"},
			"DOUBLE":                           {"DOUBLE NULL", "0.1", "0.10000000000000002"},
			"CHAR(5) CHARACTER SET latin1":     {"VARCHAR(9) CHARACTER SET utf8mb4", "'é'", "'e'"},
			"TEXT":                             {"LONGTEXT", "'😀'", "'?'"},
			"VARBINARY(9)":                     {"BLOB", "x'00'", "x'0000'"},
			"BINARY(2)":                        {"BINARY(2) NULL", "x'4100'", "x'4120'"},
			"ENUM('a','b')":                    {"ENUM('x','a','b')", "'a'", "'b'"},
			"SET('a','b')":                     {"SET('a','b','c')", "'a,b'", "'b'"},
			"BIT(64)":                          {"BIGINT UNSIGNED", "x'FFFFFFFFFFFFFFFF'", "x'FFFFFFFFFFFFFFFE'"},
			"DATE":                             {"DATE NULL", "'2024-02-29'", "'2024-03-01'"},
			"DATETIME(6)":                      {"DATETIME(6) NULL", "'2024-02-29 01:02:03.000001'", "'2024-02-29 01:02:03.000002'"},
			"TIMESTAMP(3) NULL":                {"DATETIME(3)", "'2024-02-29 01:02:03.001'", "'2024-02-29 01:02:03.002'"},
			"TIME(2)":                          {"TIME(2) NULL", "'-838:59:58.01'", "'-838:59:58.02'"},
			"YEAR":                             {"SMALLINT", "1999", "2000"},
			"JSON":                             {"JSON NULL", `'{"a": 1}'`, `'{"a": 2}'`},
			"POINT":                            {"GEOMETRY", "ST_GeomFromText('POINT(1 2)')", "ST_GeomFromText('POINT(1 3)')"},
			"VARCHAR(9) COLLATE utf8mb4_bin":   {"VARCHAR(9)", "'a'", "'a '"},
			"CHAR(9) CHARACTER SET ascii":      {"CHAR(9) CHARACTER SET utf8mb4", "'a'", "'A'"},
			"MEDIUMINT UNSIGNED ZEROFILL NULL": {"MEDIUMINT UNSIGNED ZEROFILL NULL DEFAULT 1", "7", "70"},
		} {
			t.Run(typ, func(t *testing.T) {
				set := "SET time_zone = '+00:00'; "
				if _, err := db.Exec(set + "DROP TABLE IF EXISTS a, b; CREATE TABLE a (id INT PRIMARY KEY, v " + typ + "); " +
					"INSERT INTO a VALUES (1, " + c.one + "), (2, " + c.other + "); CREATE TABLE b (id INT PRIMARY KEY, v " + c.wide +
					"); INSERT INTO b SELECT * FROM a"); err != nil {
					t.Fatal(err)
				}
				d, err := compare.Tables(t.Context(), db, "a", "b", compare.Options{})
				if err != nil || !d.Equal() || d.RowsA != 2 {
					t.Fatalf("widened: %v, %v", d, err)
				}
				if _, err := db.Exec("DELETE FROM b WHERE id = 1; INSERT INTO b SELECT 1, v FROM a WHERE id = 2"); err != nil {
					t.Fatal(err)
				}
				d, err = compare.Tables(t.Context(), db, "a", "b", compare.Options{})
				if err != nil || d.Changed != 1 {
					t.Errorf("one value changed: %v, %v", d, err)
				}
			})
		}
	})
}

func TestTablesMatchesByOtherKeysAndNames(t *testing.T) {
	for name, c := range map[string]struct {
		create string
		opts   compare.Options
		want   []string
	}{
		"renamed column": {`CREATE TABLE a (id INT PRIMARY KEY, x INT); CREATE TABLE b (id INT PRIMARY KEY, y INT);
			INSERT INTO a VALUES (1, 2); INSERT INTO b VALUES (1, 3)`, compare.Options{Renames: map[string]string{"x": "y"}},
			[]string{`changed (id)=("1") x: "2" became "3"`}},
		"dropped column is left out": {`CREATE TABLE a (id INT PRIMARY KEY, x INT); CREATE TABLE b (id INT PRIMARY KEY, y INT);
			INSERT INTO a VALUES (1, 2); INSERT INTO b VALUES (1, 3)`, compare.Options{}, nil},
		"ignored column is left out": {`CREATE TABLE a (id INT PRIMARY KEY, x INT); CREATE TABLE b LIKE a;
			INSERT INTO a VALUES (1, 2); INSERT INTO b VALUES (1, 3)`, compare.Options{Ignore: []string{"x"}}, nil},
		"key order differs by collation": {`CREATE TABLE a (k VARCHAR(9) COLLATE utf8mb4_bin PRIMARY KEY);
			CREATE TABLE b (k VARCHAR(9) COLLATE utf8mb4_general_ci PRIMARY KEY);
			INSERT INTO a VALUES ('B'), ('a'), ('C'); INSERT INTO b SELECT * FROM a`, compare.Options{Stop: 1}, nil},
		"equal rows without a key are counted": {`CREATE TABLE a (x INT); CREATE TABLE b LIKE a;
			INSERT INTO a VALUES (1), (1), (NULL); INSERT INTO b VALUES (1), (NULL), (NULL)`, compare.Options{},
			[]string{`only in first (x)=("1")`, `only in second (x)=(NULL)`}},
	} {
		t.Run(name, func(t *testing.T) {
			s := server.Shared(t, server.Engines(t)[0])
			db := server.DB(t, s, server.Schema(t, s))
			if _, err := db.Exec(c.create); err != nil {
				t.Fatal(err)
			}
			d, err := compare.Tables(t.Context(), db, "a", "b", c.opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, d.First); diff != "" || d.Equal() != (c.want == nil) {
				t.Errorf("%s\n%s", d, diff)
			}
		})
	}
}
