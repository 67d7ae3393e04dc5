package preflight

import (
	"strings"
	"testing"

	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

// The query for rows without a partition, from the definitions that servers print. That it finds the right rows is for the test on real servers.
func TestUnplacedQuery(t *testing.T) {
	const head = "CREATE TABLE `t` (\n  `id` int NOT NULL COMMENT 'PARTITION BY LIST (x)',\n  `PARTITION` int,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB COMMENT='it''s \\' (PARTITION BY'"
	original := schema.Table{
		Name: ident.Table{Schema: "db", Name: "t"}, Create: head,
		Columns: []schema.Column{number("id", "int"), number("a", "int"), varchar("s", 20, "utf8mb4_general_ci"), {Name: "d", Type: "datetime", DataType: "datetime"}},
		Keys:    []schema.Key{{Name: "PRIMARY", Unique: true, Parts: []schema.KeyPart{{Column: "id"}}}},
	}
	same := pairs("id", "a", "s", "d")
	const from = "SELECT `id`, `a` FROM `db`.`t` WHERE "
	for rule, c := range map[string]struct {
		partitions string
		where      string
		pairs      []triggers.Pair
		columns    []schema.Column // of the new table; nil for the original's
		query      string
		unsure     string
	}{
		"no partitions":                      {},
		"partitions that take every row":     {partitions: "PARTITION BY HASH (`a`)\nPARTITIONS 3"},
		"MAXVALUE takes every row":           {partitions: "/*!50100 PARTITION BY RANGE (`a`)\n(PARTITION p0 VALUES LESS THAN (5) ENGINE = InnoDB,\n PARTITION p1 VALUES LESS THAN MAXVALUE ENGINE = InnoDB) */"},
		"DEFAULT takes every row":            {partitions: "PARTITION BY LIST (`a`)\n(PARTITION `p0` VALUES IN (1,2) ENGINE = InnoDB,\n PARTITION `p1` DEFAULT ENGINE = InnoDB)"},
		"a comment of MAXVALUE does not":     {partitions: "PARTITION BY RANGE (`a`) (PARTITION `MAXVALUE` VALUES LESS THAN (5) COMMENT = 'VALUES LESS THAN MAXVALUE, PARTITION x DEFAULT' ENGINE = InnoDB)", query: from + "`a` >= 5"},
		"the last limit of a range counts":   {partitions: "PARTITION BY RANGE (`a` + 1) (PARTITION `p0` VALUES LESS THAN (-5), PARTITION `p1` VALUES LESS THAN (7))", query: from + "(`a` + 1) >= 7"},
		"a range of several columns":         {partitions: "/*!50500 PARTITION BY RANGE  COLUMNS(a,s)\n(PARTITION p0 VALUES LESS THAN (1,'a,\\')') ENGINE = InnoDB) */", query: "SELECT `id`, `a`, `s` FROM `db`.`t` WHERE (`a` > 1 OR `a` = 1 AND `s` >= 'a,\\')')"},
		"a range open in its second column":  {partitions: "PARTITION BY RANGE  COLUMNS(`a`,`s`) (PARTITION `p0` VALUES LESS THAN (1,MAXVALUE))", query: "SELECT `id`, `a`, `s` FROM `db`.`t` WHERE `a` > 1"},
		"a list without NULL":                {partitions: "PARTITION BY LIST (`a`) (PARTITION `p0` VALUES IN (1,2), PARTITION `p1` VALUES IN (3))", query: from + "(`a` IS NULL OR `a` NOT IN (1, 2, 3))"},
		"a list with NULL":                   {partitions: "PARTITION BY LIST (`a`) (PARTITION `p0` VALUES IN (NULL,2))", query: from + "`a` NOT IN (2)"},
		"a list of rows":                     {partitions: "PARTITION BY LIST  COLUMNS(`a`,`s`) (PARTITION `p0` VALUES IN ((1,NULL),(2,_utf8mb4 0xf09f9880)))", query: "SELECT `id`, `a`, `s` FROM `db`.`t` WHERE NOT ((`a` <=> 1 AND `s` <=> NULL) OR (`a` <=> 2 AND `s` <=> _utf8mb4 0xf09f9880))"},
		"only the rows that are copied":      {partitions: "PARTITION BY RANGE (`a`) (PARTITION `p0` VALUES LESS THAN (5))", where: "a < 3 OR id = 7", query: from + "(a < 3 OR id = 7) AND `a` >= 5"},
		"a function is no column":            {partitions: "PARTITION BY RANGE (d(`a`)) (PARTITION `p0` VALUES LESS THAN (5))", query: from + "(d(`a`)) >= 5"},
		"subpartitions do not count":         {partitions: "PARTITION BY RANGE (`a`)\nSUBPARTITION BY HASH (`id`)\n(PARTITION `p0` VALUES LESS THAN (5)\n (SUBPARTITION `s0` ENGINE = InnoDB,\n  SUBPARTITION `s1` ENGINE = InnoDB))", query: from + "`a` >= 5"},
		"names of before":                    {partitions: "PARTITION BY RANGE (`b`) (PARTITION `p0` VALUES LESS THAN (5))", pairs: []triggers.Pair{{Original: "id", New: "id"}, {Original: "a", New: "b"}}, columns: columns(number("id", "int"), number("b", "int")), query: from + "`a` >= 5"},
		"values as the new column has them":  {partitions: "PARTITION BY RANGE (year(`d`)) (PARTITION `p0` VALUES LESS THAN (2000))", columns: columns(schema.Column{Name: "d", Type: "date", DataType: "date"}), pairs: pairs("d"), query: "SELECT `id`, `d` FROM `db`.`t` WHERE (year(CAST(`d` AS DATE))) >= 2000"},
		"a new column is not known":          {partitions: "PARTITION BY RANGE (`n`) (PARTITION `p0` VALUES LESS THAN (5))", columns: columns(number("n", "int")), unsure: "the column `n`, by which it is partitioned, is a new one"},
		"a number made of text is not known": {partitions: "PARTITION BY RANGE (`s`) (PARTITION `p0` VALUES LESS THAN (5))", columns: columns(number("s", "int")), pairs: pairs("s"), unsure: "the column `s`, by which it is partitioned, changes from varchar(20) to int"},
		"partitions that cannot be read":     {partitions: "PARTITION BY RANGE (`a`) INTERVAL 1 MONTH", unsure: "its partitions are written in a way that oscar does not read"},
		"a row of another length":            {partitions: "PARTITION BY LIST  COLUMNS(`a`,`s`) (PARTITION `p0` VALUES IN ((1)))", unsure: "its partitions are written in a way that oscar does not read"},
	} {
		t.Run(rule, func(t *testing.T) {
			shadow := original
			shadow.Create += "\n" + c.partitions
			if c.columns != nil {
				shadow.Columns = c.columns
			}
			if c.pairs == nil {
				c.pairs = same
			}
			got := FindUnplaced(original, shadow, c.pairs, c.where)
			if got.Query != c.query || got.Unsure != c.unsure {
				t.Errorf("\n got %q, %q\nwant %q, %q", got.Query, got.Unsure, c.query, c.unsure)
			}
			before := original
			before.Create += "\n" + c.partitions
			if c.columns == nil {
				if got := FindUnplaced(before, shadow, c.pairs, c.where); got.Query != "" {
					t.Errorf("the same partitions as before: got %q", got.Query)
				}
			}
		})
	}
}

func TestUnplacedRefusal(t *testing.T) {
	u := Unplaced{Query: "SELECT 1", Columns: []string{"`id`", "`a`"}}
	table := ident.Table{Schema: "db", Name: "t"}
	for want, rows := range map[string][]string{
		"": nil,
		"would hold 1 row of `db`.`t`: (`id`, `a`) = (1, NULL)":                     {"(1, NULL)"},
		"would hold more than 2 rows of `db`.`t`: (`id`, `a`) = (1, 2), (\"x\", 4)": {"(1, 2)", `("x", 4)`},
	} {
		got := u.Refuse(table, rows, len(rows) > 1)
		if (len(got) == 0) != (want == "") || len(got) > 0 && (!strings.Contains(got[0].Why, want) || !strings.Contains(got[0].Try, u.Query)) {
			t.Errorf("got %v, want %q", got, want)
		}
	}
}
