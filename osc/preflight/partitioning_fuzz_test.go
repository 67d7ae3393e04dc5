package preflight

import (
	"testing"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// Whatever a definition looks like, it is read to an answer.
func FuzzPartitioning(f *testing.F) {
	for _, text := range []string{
		"PARTITION BY RANGE (`a` + 1) (PARTITION `p0` VALUES LESS THAN (-5), PARTITION `p1` VALUES LESS THAN MAXVALUE)",
		"/*!50500 PARTITION BY RANGE  COLUMNS(a,s)\n(PARTITION p0 VALUES LESS THAN (1,'a,\\')') ENGINE = InnoDB) */",
		"PARTITION BY LIST  COLUMNS(`a`,`s`) (PARTITION `p0` VALUES IN ((1,NULL),(2,_utf8mb4 0xf09f9880)), PARTITION `p1` DEFAULT)",
		"PARTITION BY LIST (`a`) SUBPARTITION BY HASH (`a`) (PARTITION `p0` VALUES IN (NULL,2) (SUBPARTITION `s`))",
	} {
		f.Add(text)
	}
	original := schema.Table{Name: ident.Table{Schema: "db", Name: "t"}, Columns: columns(number("a", "int"), varchar("s", 20, "utf8mb4_general_ci"))}
	f.Fuzz(func(t *testing.T, text string) {
		shadow := original
		shadow.Create = "CREATE TABLE `t` (\n  `a` int\n) ENGINE=InnoDB\n" + text
		got := FindUnplaced(original, shadow, pairs("a", "s"), "")
		if got.Query != "" && got.Unsure != "" {
			t.Errorf("both asked and unsure: %+v", got)
		}
		if again := FindUnplaced(shadow, shadow, pairs("a", "s"), ""); again.Query != "" {
			t.Errorf("the same partitions leave rows out: %s", again.Query)
		}
	})
}
