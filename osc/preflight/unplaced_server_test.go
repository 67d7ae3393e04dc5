package preflight_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/go-sql-driver/mysql"

	"oscar/e2e/server"
	"oscar/osc/alter"
	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/preflight"
	"oscar/osc/schema"
)

const errNoPartition = 1526

// The rows that are said to have no partition are those, and only those, that the server itself does not take into the new table.
func TestUnplacedRowsAreThoseThatTheServerRefuses(t *testing.T) {
	cases := map[string]struct {
		columns string // beside id, which is INT
		key     string // primary key; id when empty
		by      string // how the original is partitioned
		alter   string
		rows    []string // each the values beside id
		unsure  bool     // nothing can be asked; the copy finds the rows
		nothing bool     // nothing needs to be asked
		mariadb bool     // only there
	}{
		"range": {columns: "a INT NULL", alter: "DROP PRIMARY KEY, ADD KEY (id), ADD UNIQUE (id, a) PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (-5), PARTITION p1 VALUES LESS THAN (10))",
			rows: []string{"NULL", "-6", "-5", "9", "10", "11", "2147483647"}},
		"range up to the end": {columns: "a INT", key: "id, a", nothing: true, rows: []string{"5", "7"},
			alter: "PARTITION BY RANGE (a) (PARTITION `p,'``)` VALUES LESS THAN (1), PARTITION p1 VALUES LESS THAN MAXVALUE COMMENT 'VALUES LESS THAN (3)')"},
		"range of numbers beyond the signed ones": {columns: "a BIGINT UNSIGNED NOT NULL", key: "id, a",
			alter: "PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (18446744073709551614))",
			rows:  []string{"0", "9223372036854775808", "18446744073709551613", "18446744073709551614", "18446744073709551615"}},
		"range over a year, with subpartitions": {columns: "d DATETIME NULL", alter: "DROP PRIMARY KEY, ADD UNIQUE (id, d) PARTITION BY RANGE (YEAR(d)) SUBPARTITION BY HASH (TO_DAYS(d)) SUBPARTITIONS 2 " +
			"(PARTITION p0 VALUES LESS THAN (1999) (SUBPARTITION s0, SUBPARTITION s1), PARTITION p1 VALUES LESS THAN (2020) (SUBPARTITION s2, SUBPARTITION s3))",
			rows: []string{"NULL", "'0000-00-00'", "'1998-12-31 23:59:59'", "'2019-12-31 23:59:59'", "'2020-01-01'", "'9999-12-31'"}},
		"range over TO_DAYS of a day that is none": {columns: "d DATE NOT NULL", key: "id, d", alter: "PARTITION BY RANGE (TO_DAYS(d)) (PARTITION p0 VALUES LESS THAN (TO_DAYS('2020-01-01')))",
			rows: []string{"'0000-00-00'", "'2019-12-31'", "'2020-01-01'", "'2020-00-00'"}},
		"range over a moment in the session's zone": {columns: "d TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP", key: "id, d", alter: "PARTITION BY RANGE (UNIX_TIMESTAMP(d)) (PARTITION p0 VALUES LESS THAN (UNIX_TIMESTAMP('2020-06-01 00:00:00')))",
			rows: []string{"'2020-05-31 23:59:59'", "'2020-06-01'"}},
		"range over two columns of a sum": {columns: "`a``b` INT NOT NULL, c INT NOT NULL", key: "id, `a``b`, c", alter: "PARTITION BY RANGE (`a``b` * 2 + c) (PARTITION p0 VALUES LESS THAN (10))",
			rows: []string{"0, 0", "4, 1", "5, 0", "4, 2", "-5, 21"}},
		"range columns": {columns: "a INT NULL, b VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL, d DATE NULL",
			alter: "DROP PRIMARY KEY, ADD UNIQUE (id, a, b, d) PARTITION BY RANGE COLUMNS (a, b, d) (PARTITION p0 VALUES LESS THAN (1, 'a''\\\\', '2000-01-01'), PARTITION p1 VALUES LESS THAN (5, 'Ä', '2000-01-01'))",
			rows:  []string{"NULL, NULL, NULL", "4, 'z', '2020-01-01'", "5, NULL, '2020-01-01'", "5, 'A', NULL", "5, 'ä', '1999-12-31'", "5, 'ä', '2000-01-01'", "5, 'b', NULL", "6, NULL, NULL"}},
		"range columns up to the end of one": {columns: "a INT NOT NULL, b INT NOT NULL", key: "id, a, b", alter: "PARTITION BY RANGE COLUMNS (a, b) (PARTITION p0 VALUES LESS THAN (1, 2), PARTITION p1 VALUES LESS THAN (5, MAXVALUE))",
			rows: []string{"5, 2147483647", "6, 0", "0, 0"}},
		"range columns up to the end": {columns: "a INT NOT NULL, b INT NOT NULL", key: "id, a, b", nothing: true, rows: []string{"9, 9"},
			alter: "PARTITION BY RANGE COLUMNS (a, b) (PARTITION p0 VALUES LESS THAN (1, 2), PARTITION p1 VALUES LESS THAN (MAXVALUE, MAXVALUE))"},
		"range columns of text and bytes": {columns: "a VARCHAR(9) CHARACTER SET latin1 NOT NULL, b VARBINARY(9) NOT NULL", key: "id, a, b", alter: "PARTITION BY RANGE COLUMNS (a, b) (PARTITION p0 VALUES LESS THAN ('ä', x'00ff'))",
			rows: []string{"'Ä', x'00'", "'ä', x'00ff'", "'ä ', x'00fe'", "'z', x''", "'a', x'ff'"}},
		"range columns of times": {columns: "d DATETIME(3) NOT NULL", key: "id, d", alter: "PARTITION BY RANGE COLUMNS (d) (PARTITION p0 VALUES LESS THAN ('2020-01-01 10:00:00'))",
			rows: []string{"'2020-01-01 09:59:59.999'", "'2020-01-01 10:00:00'"}},
		"list": {columns: "a INT NOT NULL", key: "id, a", alter: "PARTITION BY LIST (a) (PARTITION p0 VALUES IN (1, 2), PARTITION p1 VALUES IN (-4))",
			rows: []string{"1", "2", "-4", "3", "0"}},
		"list without NULL": {columns: "a INT NULL", alter: "DROP PRIMARY KEY, ADD UNIQUE (id, a) PARTITION BY LIST (a * 2) (PARTITION p0 VALUES IN (1, 2))",
			rows: []string{"NULL", "1", "2"}},
		"list with NULL": {columns: "a INT NULL", alter: "DROP PRIMARY KEY, ADD UNIQUE (id, a) PARTITION BY LIST (a) (PARTITION p0 VALUES IN (1, 2), PARTITION p1 VALUES IN (7, NULL))",
			rows: []string{"NULL", "1", "3"}},
		"list of NULL alone": {columns: "a INT NULL", alter: "DROP PRIMARY KEY, ADD UNIQUE (id, a) PARTITION BY LIST (a) (PARTITION p1 VALUES IN (NULL))",
			rows: []string{"NULL", "1"}},
		"list columns of text": {columns: "a VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL", key: "id, a", alter: "PARTITION BY LIST COLUMNS (a) (PARTITION p0 VALUES IN ('x', 'it''s', '😀'), PARTITION p1 VALUES IN ('\\\\(,'))",
			rows: []string{"'X'", "'x '", "'it''s'", "'😀'", "'y'", "'\\\\(,'", "'('", "'é'"}},
		"list columns of two": {columns: "a INT NULL, b VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NULL",
			alter: "DROP PRIMARY KEY, ADD UNIQUE (id, a, b) PARTITION BY LIST COLUMNS (a, b) (PARTITION p0 VALUES IN ((1, 'x'), (NULL, 'y)')), PARTITION p1 VALUES IN ((3, NULL)))",
			rows:  []string{"1, 'X'", "NULL, 'y)'", "3, NULL", "NULL, NULL", "3, 'x'", "1, NULL", "NULL, 'x'"}},
		"list with a default": {columns: "a INT NULL", alter: "DROP PRIMARY KEY, ADD UNIQUE (id, a) PARTITION BY LIST (a) (PARTITION p0 VALUES IN (1), PARTITION p1 DEFAULT)", nothing: true, mariadb: true,
			rows: []string{"NULL", "0", "5"}},
		"list columns with a default": {columns: "a INT NULL, b INT NULL", alter: "DROP PRIMARY KEY, ADD UNIQUE (id, a, b) PARTITION BY LIST COLUMNS (a, b) (PARTITION p0 VALUES IN ((1, 2)), PARTITION p1 DEFAULT)", nothing: true, mariadb: true,
			rows: []string{"NULL, NULL", "0, 0"}},
		"hash": {columns: "a INT", key: "id, a", alter: "PARTITION BY HASH (a) PARTITIONS 3", nothing: true, rows: []string{"4", "-4"}},
		"key":  {columns: "a INT", key: "id, a", alter: "PARTITION BY KEY (a) PARTITIONS 3", nothing: true, rows: []string{"4", "-4"}},
		"renamed columns": {columns: "a INT NOT NULL, b INT NOT NULL", key: "id, a, b", alter: "CHANGE a b INT NOT NULL, CHANGE b a INT NOT NULL PARTITION BY RANGE (b - 3) (PARTITION p0 VALUES LESS THAN (5))",
			rows: []string{"7, 100", "8, 0", "100, 7"}},
		"another collation": {columns: "a VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL", key: "id, a",
			alter: "MODIFY a VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL PARTITION BY LIST COLUMNS (a) (PARTITION p0 VALUES IN ('x'))", rows: []string{"'x'", "'X'"}},
		"another character set": {columns: "a VARCHAR(9) CHARACTER SET latin1 NOT NULL", key: "id, a",
			alter: "CHANGE a neu VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL PARTITION BY RANGE COLUMNS (neu) (PARTITION p0 VALUES LESS THAN ('ö'))", rows: []string{"'ä'", "'Ö'", "'z'", "'ñ'"}},
		"a day of a moment": {columns: "a DATETIME NOT NULL", key: "id, a", alter: "MODIFY a DATE NOT NULL PARTITION BY LIST COLUMNS (a) (PARTITION p0 VALUES IN ('2020-01-01'))",
			rows: []string{"'2020-01-01'", "'2020-01-02'"}},
		"a moment of a stamp": {columns: "a TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP", key: "id, a", alter: "MODIFY a DATETIME NOT NULL PARTITION BY RANGE (DAYOFMONTH(a)) (PARTITION p0 VALUES LESS THAN (15))",
			rows: []string{"'2020-01-14 23:59:59'", "'2020-01-15 00:00:00'"}},
		"a wider number":     {columns: "a SMALLINT NOT NULL", key: "id, a", alter: "MODIFY a BIGINT NOT NULL PARTITION BY RANGE COLUMNS (a) (PARTITION p0 VALUES LESS THAN (7))", rows: []string{"7", "-7"}},
		"a number of a text": {columns: "a VARCHAR(9) NOT NULL", key: "id, a", alter: "MODIFY a INT NOT NULL PARTITION BY RANGE (a) (PARTITION p0 VALUES LESS THAN (7))", rows: []string{"'10'", "'6'"}, unsure: true},
		"a new column":       {columns: "a INT NOT NULL", key: "id, a", alter: "ADD c INT NOT NULL DEFAULT 9, DROP PRIMARY KEY, ADD PRIMARY KEY (id, a, c) PARTITION BY RANGE (c) (PARTITION p0 VALUES LESS THAN (7))", rows: []string{"10"}, unsure: true},
		"a partition is added": {columns: "a INT NOT NULL", key: "id, a", by: "PARTITION BY LIST (a) (PARTITION p0 VALUES IN (1,2))", alter: "ADD PARTITION (PARTITION p1 VALUES IN (3))",
			rows: []string{"1", "2"}},
		"partitions are reorganized and lose a member": {columns: "a INT NOT NULL", key: "id, a", by: "PARTITION BY LIST (a) (PARTITION p0 VALUES IN (1,2))", alter: "REORGANIZE PARTITION p0 INTO (PARTITION p0 VALUES IN (1))",
			rows: []string{"1", "2"}},
		"the same partitions":     {columns: "a INT NOT NULL, b INT", key: "id, a", by: "PARTITION BY LIST (a) (PARTITION p0 VALUES IN (1,2))", alter: "MODIFY b BIGINT", rows: []string{"1, 1"}, nothing: true},
		"no partitions any more":  {columns: "a INT NOT NULL", key: "id, a", by: "PARTITION BY LIST (a) (PARTITION p0 VALUES IN (1,2))", alter: "REMOVE PARTITIONING", rows: []string{"1"}, nothing: true},
		"the same, another order": {columns: "a VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT NULL", key: "id, a", by: "PARTITION BY LIST COLUMNS (a) (PARTITION p0 VALUES IN ('x','y'))", alter: "MODIFY a VARCHAR(9) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL", rows: []string{"'x'", "'X'"}},
	}
	server.Each(t, func(t *testing.T, s *server.Server) {
		b := newBench(t, s)
		for name, c := range cases {
			if c.mariadb && s.Engine().MySQL() {
				continue
			}
			t.Run(name, func(t *testing.T) {
				b.t = t
				b.table.Name = "u"
				shadow := b.table.Sibling("_u_new")
				q := b.open("root") // takes dates of zeros, as a run's session does
				exec := func(query string) error {
					_, err := q.ExecContext(t.Context(), query)
					return err
				}
				must := func(query string) {
					t.Helper()
					if err := exec(query); err != nil {
						t.Fatalf("%s: %v", query, err)
					}
				}
				key := c.key
				if key == "" {
					key = "id"
				}
				must("DROP TABLE IF EXISTS " + b.table.SQL() + ", " + shadow.SQL())
				must("CREATE TABLE " + b.table.SQL() + " (id INT NOT NULL, " + c.columns + ", PRIMARY KEY (" + key + ")) " + c.by)
				for i, row := range c.rows {
					must(fmt.Sprintf("INSERT INTO %s VALUES (%d, %s)", b.table.SQL(), i, row))
				}
				must("CREATE TABLE " + shadow.SQL() + " LIKE " + b.table.SQL())
				must("ALTER TABLE " + shadow.SQL() + " " + c.alter)

				f := preflight.Facts{Table: table(t, q, b.table)}
				var err error
				if f.Alter, err = alter.Parse(c.alter, alter.Mode{}); err != nil {
					t.Fatal(err)
				}
				made := table(t, q, shadow)
				pairs := copied(f, made)
				u := preflight.FindUnplaced(f.Table, made, pairs, "")
				if asked := u.Query != "" || u.Unsure != ""; (u.Unsure != "") != c.unsure || asked == c.nothing {
					t.Fatalf("got %+v", u)
				}
				if u.Unsure != "" {
					return
				}
				var got, want []string
				if u.Query != "" {
					_, rows, err := q.Rows(t.Context(), u.Query)
					if err != nil {
						t.Fatalf("%s: %v", u.Query, err)
					}
					for _, r := range rows {
						got = append(got, *r[0])
					}
				}
				var to, from []ident.Name
				for _, p := range pairs {
					to, from = append(to, p.New), append(from, p.Original)
				}
				for i := range c.rows {
					err := exec(fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s WHERE id = %d", shadow.SQL(), ident.List(to), ident.List(from), b.table.SQL(), i))
					var server *mysql.MySQLError
					switch {
					case errors.As(err, &server) && server.Number == errNoPartition:
						want = append(want, fmt.Sprint(i))
					case err != nil:
						t.Fatal(err)
					}
				}
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Errorf("%s\n got rows %v\nwant rows %v, which the server does not take", u.Query, got, want)
				}
			})
		}
	})
}

func table(t *testing.T, q inspect.Reader, name ident.Table) schema.Table {
	t.Helper()
	read, err := inspect.Table(t.Context(), q, name)
	if err != nil {
		t.Fatal(err)
	}
	return read
}
