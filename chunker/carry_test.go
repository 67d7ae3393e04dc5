package chunker

import (
	"strings"
	"testing"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

func column(kind, charset string) schema.Column {
	data, _, _ := strings.Cut(kind, "(")
	data, _, _ = strings.Cut(data, " ")
	return schema.Column{Name: "c", Type: kind, DataType: data, Charset: charset}
}

func TestCanCarry(t *testing.T) {
	tests := map[string]struct {
		from, to schema.Column
		want     string // the expression; empty when it cannot
	}{
		"integer":                             {column("int(11)", ""), column("bigint(20) unsigned", ""), "IFNULL(`c`, 'NULL')"},
		"integer to decimal":                  {column("int(11)", ""), column("decimal(20,2)", ""), "IFNULL(`c`, 'NULL')"},
		"integer to text":                     {column("int(11)", ""), column("varchar(20)", "utf8mb4"), ""},
		"year":                                {column("year(4)", ""), column("year(4)", ""), "IFNULL(`c`, 'NULL')"},
		"year to integer":                     {column("year(4)", ""), column("int(11)", ""), ""},
		"float":                               {column("float", ""), column("double", ""), "IFNULL(CONCAT('''', `c` + 0e0, ''''), 'NULL')"},
		"float to decimal":                    {column("float", ""), column("decimal(9,3)", ""), ""},
		"text to another character set":       {column("varchar(20)", "gbk"), column("text", "utf8mb4"), "IFNULL(CONCAT('_gbk X''', HEX(`c`), ''''), 'NULL')"},
		"text to bytes":                       {column("varchar(20)", "latin1"), column("varbinary(20)", ""), ""},
		"text of an odd character set":        {column("varchar(20)", "a'b"), column("varchar(20)", "a'b"), ""},
		"bytes":                               {column("blob", ""), column("longblob", ""), "IFNULL(CONCAT('X''', HEX(`c`), ''''), 'NULL')"},
		"the same members":                    {column("enum('a','b')", "latin1"), column("enum('a','b')", "latin1"), "IFNULL(`c` + 0, 'NULL')"},
		"a member in the middle":              {column("enum('a','b')", "latin1"), column("enum('a','x','b')", "latin1"), ""},
		"members in another character set":    {column("set('a','b')", "latin1"), column("set('a','b')", "utf8mb4"), ""},
		"bits":                                {column("bit(3)", ""), column("bit(64)", ""), "IFNULL(`c` + 0, 'NULL')"},
		"bits to an integer":                  {column("bit(3)", ""), column("int(11)", ""), ""},
		"time with more digits":               {column("datetime", ""), column("datetime(6)", ""), "IFNULL(CONCAT('''', `c`, ''''), 'NULL')"},
		"time of another type":                {column("timestamp", ""), column("datetime", ""), ""},
		"an address (MariaDB)":                {column("inet6", ""), column("inet6", ""), "IFNULL(CONCAT('''', `c`, ''''), 'NULL')"},
		"an address to another type":          {column("inet4", ""), column("inet6", ""), ""},
		"a type without an exact literal":     {column("point", ""), column("point", ""), ""},
		"a type to one without exact literal": {column("longtext", "utf8mb4"), column("json", ""), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := CanCarry(test.from, test.to)
			if ok != (test.want != "") || ok && got.expression() != test.want {
				t.Errorf("%s to %s\n got %t %s\nwant %s", test.from.Type, test.to.Type, ok, got.expression(), test.want)
			}
		})
	}
}

func TestCarrySQL(t *testing.T) {
	one, _ := CanCarry(column("int(11)", ""), column("int(11)", ""))
	two, _ := CanCarry(column("varchar(9)", "latin1"), column("varchar(9)", "latin1"))
	c := Copy{
		Source: Source{Table: ident.Table{Schema: "s", Name: "t"}, Key: Key{Index: "PRIMARY", Columns: []Column{{Name: "id"}}}, Where: "a = 1 OR b = 2"},
		Into:   ident.Table{Schema: "s", Name: "_t_new"}, Columns: ident.Names("c", "c"), As: ident.Names("id", "v"), Carry: Carry{one, two},
	}
	_, chunk := c.Templates()
	golden(t, "carry", strings.Join(append(chunk, c.WriteSQL([]string{"(1,_latin1 X'41')", "(2,NULL)"}, Again)), ";\n")+";\n")
}
