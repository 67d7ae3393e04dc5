package plan

import (
	"testing"

	"oscar/osc/schema"
	"oscar/triggers"
)

func TestHolds(t *testing.T) {
	column := func(kind, data, charset string, chars int64) schema.Column {
		return schema.Column{Name: "a", Type: kind, DataType: data, Charset: charset, MaxChars: chars}
	}
	nullable := func(c schema.Column) schema.Column { c.Nullable = true; return c }
	number, big, small := column("int(11)", "int", "", 0), column("bigint(20)", "bigint", "", 0), column("smallint(6)", "smallint", "", 0)
	unsigned, bigUnsigned := column("int(10) unsigned", "int", "", 0), column("bigint(20) unsigned", "bigint", "", 0)
	ten, twenty := column("varchar(10)", "varchar", "utf8mb4", 10), column("varchar(20)", "varchar", "utf8mb4", 20)
	tests := map[string]struct {
		from, to schema.Column
		want     bool
	}{
		"the same type":                             {number, number, true},
		"a wider integer":                           {number, big, true},
		"a narrower integer":                        {number, small, false},
		"an unsigned integer into a wider one":      {unsigned, big, true},
		"an unsigned integer into a wider unsigned": {unsigned, bigUnsigned, true},
		"an unsigned integer into one as wide":      {unsigned, number, false},
		"a signed integer into an unsigned":         {number, bigUnsigned, false},
		"longer text":                               {ten, twenty, true},
		"shorter text":                              {twenty, ten, false},
		"text of another character set":             {ten, column("varchar(20)", "varchar", "latin1", 20), false},
		"VARCHAR into CHAR, which loses spaces":     {ten, column("char(20)", "char", "utf8mb4", 20), false},
		"NULL where there was none":                 {number, nullable(number), true},
		"NOT NULL where there may be NULL":          {nullable(number), number, false},
		"a number into text":                        {number, twenty, false},
		"an ENUM with other members":                {column("enum('a')", "enum", "utf8mb4", 1), column("enum('b')", "enum", "utf8mb4", 1), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := Holds(test.from, test.to); got != test.want {
				t.Errorf("%s into %s\n got %v\nwant %v", test.from.Type, test.to.Type, got, test.want)
			}
		})
	}
}

func TestMayRefuse(t *testing.T) {
	base := "CREATE TABLE `orders` (\n  `id` int(11) NOT NULL,\n  PRIMARY KEY (`id`),\n  CONSTRAINT `c` CHECK (`id` > 0)\n) ENGINE=InnoDB"
	tests := map[string]struct {
		change func(*schema.Table)
		want   bool
	}{
		"nothing changes": {func(*schema.Table) {}, false},
		"another constraint's name": {func(t *schema.Table) {
			t.Create = "CREATE TABLE `x` (\n  CONSTRAINT `_c` CHECK (`id` > 0)\n) ENGINE=InnoDB"
		}, false},
		"another condition": {func(t *schema.Table) {
			t.Create = "CREATE TABLE `x` (\n  CONSTRAINT `_c` CHECK (`id` > 1)\n) ENGINE=InnoDB"
		}, true},
		"partitions": {func(t *schema.Table) {
			t.Create = base + "\n PARTITION BY RANGE (`id`)\n(PARTITION `p0` VALUES LESS THAN (9))"
		}, true},
		"partitions in MySQL's words": {func(t *schema.Table) {
			t.Create = base + "\n/*!50100 PARTITION BY RANGE (`id`)\n(PARTITION p0 VALUES LESS THAN (9)) */"
		}, true},
		"a new column": {func(t *schema.Table) { t.Columns = append(t.Columns, schema.Column{Name: "n"}) }, false},
		"a new generated column": {func(t *schema.Table) {
			t.Columns = append(t.Columns, schema.Column{Name: "n", Generated: true, Generation: "id*2"})
		}, true},
		"a key over an expression": {func(t *schema.Table) {
			t.Keys = []schema.Key{{Name: "k", Parts: []schema.KeyPart{{Expression: "id*2"}}}}
		}, true},
		"a foreign key that was there before": {func(t *schema.Table) { t.ForeignKeys = []schema.ForeignKey{{Name: "f"}} }, true},
		"a narrower column":                   {func(t *schema.Table) { t.Columns[0].Type, t.Columns[0].DataType = "smallint(6)", "smallint" }, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			original, shadow := columns("id"), columns("id")
			original.Create, shadow.Create = base, base
			test.change(&shadow)
			if got := mayRefuse(original, shadow, []triggers.Pair{{Original: "id", New: "id"}}); got != test.want {
				t.Errorf("\n got %v\nwant %v", got, test.want)
			}
		})
	}
}
