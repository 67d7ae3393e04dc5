package preflight

import (
	"strings"
	"testing"

	"oscar/chunker"
	"oscar/osc/ident"
	"oscar/osc/schema"
)

func TestCopyZone(t *testing.T) {
	typed := func(name ident.Name, dataType string) schema.Column {
		return schema.Column{Name: name, Type: dataType, DataType: dataType}
	}
	id, ts, dt := typed("id", "int"), typed("ts", "timestamp"), typed("d", "datetime")
	table := schema.Table{Name: ident.Table{Schema: "db", Name: "t"}, Columns: columns(id, ts, dt)}
	for rule, c := range map[string]struct {
		key     ident.Name
		columns []schema.Column
		line    string // of the new table's definition
		zone    string
		refused string
	}{
		"no TIMESTAMP in the key":               {key: "id", columns: table.Columns},
		"a TIMESTAMP key":                       {key: "ts", columns: table.Columns, zone: utc},
		"a column is converted":                 {key: "id", columns: columns(id, typed("ts", "datetime"), typed("d", "timestamp"))},
		"a key beside a column that is":         {key: "ts", columns: columns(id, ts, typed("d", "timestamp")), refused: "`d` is converted from or to TIMESTAMP"},
		"a new time of day":                     {key: "id", columns: columns(id, ts, dt, typed("n", "datetime")), line: "`n` datetime NOT NULL DEFAULT CURRENT_TIMESTAMP"},
		"a new time of day beside a key":        {key: "ts", columns: columns(id, ts, dt, typed("n", "date")), line: "`n` date DEFAULT (curdate()),", refused: "`n` is new and has the time of day as its default"},
		"a new moment":                          {key: "ts", columns: columns(id, ts, dt, typed("n", "timestamp")), line: "`n` timestamp DEFAULT CURRENT_TIMESTAMP", zone: utc},
		"a new text that only looks like a day": {key: "ts", columns: columns(id, ts, dt, typed("n", "varchar")), line: "`n` varchar(9) DEFAULT 'curdate()' COMMENT ' default now'", zone: utc},
	} {
		shadow := schema.Table{Name: table.Name.Sibling("_t_new"), Columns: c.columns, Create: "CREATE TABLE `_t_new` (\n  " + c.line + "\n)"}
		zone, refusals := CopyZone(table, chunker.Key{Columns: []chunker.Column{{Name: c.key}}}, shadow, pairs("id", "ts", "d"))
		switch {
		case zone != c.zone, (len(refusals) > 0) != (c.refused != ""), c.refused != "" && !strings.Contains(refusals[0].Why, c.refused):
			t.Errorf("%s: got %q, %v", rule, zone, refusals)
		}
	}
}
