package chunker

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"oscar/osc/schema"
)

func TestNewColumn(t *testing.T) {
	text := func(dataType string) schema.Column { return schema.Column{DataType: dataType, Charset: "gbk"} }
	tests := map[string]struct {
		columns []schema.Column
		form    Form
		no      bool
	}{
		"exact numbers travel as digits": {columns: types("tinyint", "smallint", "mediumint", "int", "integer", "bigint", "decimal", "numeric", "year"), form: Number},
		"floating numbers as DOUBLE":     {columns: types("float", "double", "real"), form: Real},
		"text as hex in its charset":     {columns: []schema.Column{text("char"), text("varchar"), text("tinytext"), text("text"), text("mediumtext"), text("longtext")}, form: Text},
		"binary strings as hex":          {columns: types("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"), form: Bytes},
		"text without charset is binary": {columns: types("char", "varchar", "text"), form: Bytes},
		"ENUM, SET and BIT as numbers":   {columns: types("enum", "set", "bit"), form: Ordinal},
		"times as text":                  {columns: types("date", "time", "datetime", "timestamp"), form: Temporal},
		"addresses and UUIDs as text":    {columns: types("uuid", "inet4", "inet6"), form: Quoted},
		"other types are not walked": {columns: types("json", "geometry", "point", "linestring", "polygon", "multipoint", "geometrycollection",
			"vector", "xmltype", ""), no: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, c := range test.columns {
				c.Name = "c"
				got, ok := NewColumn(c)
				if ok == test.no {
					t.Errorf("%s can be walked\n got %v\nwant %v", c.DataType, ok, !test.no)
				}
				want := Column{Name: "c", Form: test.form, Charset: c.Charset}
				if diff := cmp.Diff(want, got); ok && diff != "" {
					t.Errorf("%s (-want +got):\n%s", c.DataType, diff)
				}
			}
		})
	}
}

func types(names ...string) []schema.Column {
	var columns []schema.Column
	for _, n := range names {
		columns = append(columns, schema.Column{DataType: n, Type: n})
	}
	return columns
}

func TestMembers(t *testing.T) {
	tests := map[string]struct {
		columnType string
		want       int64
	}{
		"two members":                            {"enum('a','b')", 2},
		"one member":                             {"enum('a')", 1},
		"a comma in a member":                    {"enum('a,b','c')", 2},
		"a doubled quote is part of its member":  {"enum('it''s','x')", 2},
		"a member of one quote":                  {"enum('''','x')", 2},
		"a member that ends in a quote":          {"enum('a''','''b')", 2},
		"an empty member is a member":            {"enum('','a')", 2},
		"parentheses in a member":                {"enum('(',')','a')", 3},
		"a backslash does not hide its quote":    {`enum('a\','b')`, 2},
		"something that is no ENUM has no count": {"int(10) unsigned", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := members(test.columnType); got != test.want {
				t.Errorf("members of %s\n got %d\nwant %d", test.columnType, got, test.want)
			}
		})
	}
	c, _ := NewColumn(schema.Column{Name: "e", DataType: "enum", Type: "enum('a','b','c')"})
	if c.Members != 3 {
		t.Errorf("members of an ENUM column\n got %d\nwant 3", c.Members)
	}
	for columnType, want := range map[string]int64{
		"set('a')": 1, "set('a','b','c')": 7, "set('a','b','c','d','e','f','g','h','i','j')": 1023, "set('a','b','c','d','e','f','g','h','i','j','k')": 0,
	} {
		if c, _ := NewColumn(schema.Column{Name: "s", DataType: "set", Type: columnType}); c.Members != want {
			t.Errorf("values of %s\n got %d\nwant %d", columnType, c.Members, want)
		}
	}
}

func TestLiteral(t *testing.T) {
	tests := map[string]struct {
		column  Column
		printed string
		want    string // empty: refused
	}{
		"the greatest BIGINT UNSIGNED":             {Column{Form: Number}, "18446744073709551615", "18446744073709551615"},
		"a negative number":                        {Column{Form: Number}, "-9223372036854775808", "-9223372036854775808"},
		"a DECIMAL keeps all its digits":           {Column{Form: Number}, "-12345678901234567890.0123456789", "-12345678901234567890.0123456789"},
		"a year of zeros":                          {Column{Form: Number}, "0000", "0000"},
		"a number with an exponent is no Number":   {Column{Form: Number}, "1e5", ""},
		"a second sign is no number":               {Column{Form: Number}, "--5", ""},
		"a number and more is no number":           {Column{Form: Number}, "1 OR 1=1", ""},
		"a number and a line end is no number":     {Column{Form: Number}, "1\n", ""},
		"nothing is no number":                     {Column{Form: Number}, "", ""},
		"a DOUBLE without exponent gets one":       {Column{Form: Real}, "0.1", "0.1e0"},
		"a whole DOUBLE gets one":                  {Column{Form: Real}, "-3", "-3e0"},
		"a DOUBLE with exponent stays":             {Column{Form: Real}, "-1.7976931348623157e308", "-1.7976931348623157e308"},
		"a small DOUBLE stays":                     {Column{Form: Real}, "2.2250738585072014e-308", "2.2250738585072014e-308"},
		"an exponent with a plus sign stays":       {Column{Form: Real}, "1e+20", "1e+20"},
		"an exponent alone is no number":           {Column{Form: Real}, "e5", ""},
		"text is hex in its charset":               {Column{Form: Text, Charset: "utf8mb4"}, "F09F9880", "_utf8mb4 X'F09F9880'"},
		"empty text":                               {Column{Form: Text, Charset: "latin1"}, "", "_latin1 X''"},
		"half a byte is no text":                   {Column{Form: Text, Charset: "latin1"}, "F0F", ""},
		"plain text is not hex":                    {Column{Form: Text, Charset: "latin1"}, "xyz'", ""},
		"an odd charset is refused":                {Column{Form: Text, Charset: "latin1 X'00' OR _latin1"}, "00", ""},
		"text without charset is refused":          {Column{Form: Text}, "00", ""},
		"bytes are hex":                            {Column{Form: Bytes}, "00ff5C27", "X'00ff5C27'"},
		"no bytes":                                 {Column{Form: Bytes}, "", "X''"},
		"a quote is no bytes":                      {Column{Form: Bytes}, "00'", ""},
		"the ordinal of an ENUM":                   {Column{Form: Ordinal, Members: 3}, "2", "2"},
		"BIT(64)":                                  {Column{Form: Ordinal}, "18446744073709551615", "18446744073709551615"},
		"the name of an ENUM member is no ordinal": {Column{Form: Ordinal, Members: 3}, "two", ""},
		"a DATE":                           {Column{Form: Temporal}, "0000-00-00", "'0000-00-00'"},
		"a DATETIME with microseconds":     {Column{Form: Temporal}, "2024-02-29 23:59:59.999999", "'2024-02-29 23:59:59.999999'"},
		"a negative TIME":                  {Column{Form: Temporal}, "-838:59:59.000000", "'-838:59:59.000000'"},
		"a quote is no time":               {Column{Form: Temporal}, "2024-01-01' OR '1", ""},
		"a sign alone is no time":          {Column{Form: Temporal}, "-", ""},
		"a UUID":                           {Column{Form: Quoted}, "123e4567-e89b-12d3-a456-426655440000", "'123e4567-e89b-12d3-a456-426655440000'"},
		"an IPv6 address":                  {Column{Form: Quoted}, "::ffff:192.0.2.1", "'::ffff:192.0.2.1'"},
		"a backslash is no address":        {Column{Form: Quoted}, `::\`, ""},
		"an unknown form makes no literal": {Column{Form: Form(99)}, "1", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.column.Name = "c"
			got, err := test.column.Literal(test.printed)
			if got.SQL() != test.want {
				t.Errorf("literal of %q\n got %s\nwant %s", test.printed, got.SQL(), test.want)
			}
			if (err != nil) != (test.want == "") {
				t.Errorf("error for %q: %v", test.printed, err)
			}
			if err != nil && (!strings.Contains(err.Error(), "`c`") || !strings.Contains(err.Error(), test.column.Form.String())) {
				t.Errorf("the error names neither column nor form: %v", err)
			}
		})
	}
}

// oneLiteral is what may stand in SQL text in place of one value: no quote inside, nothing behind it.
var oneLiteral = regexp.MustCompile(`^(-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?|(_[A-Za-z0-9]+ )?X'([0-9A-Fa-f]{2})*'|'[-0-9A-Fa-f:. ]*')$`)

func FuzzLiteral(f *testing.F) {
	for _, seed := range []string{"1", "-1.5", "1e5", "00FF", "2024-01-01 00:00:00", "::1", "' OR '1'='1", "1; DROP TABLE t", `\'`, "1\n", "\x00", "é", "1/**/", "--1"} {
		for form := Number; form <= Quoted+1; form++ {
			f.Add(int(form), "utf8mb4", seed)
		}
	}
	f.Add(int(Text), "latin1 X'' OR 1=1 -- ", "00")
	f.Fuzz(func(t *testing.T, form int, charset, printed string) {
		c := Column{Name: "c", Form: Form(form), Charset: charset}
		v, err := c.Literal(printed)
		if err != nil {
			if v.SQL() != "" {
				t.Errorf("an error and the literal %s", v.SQL())
			}
			return
		}
		if !oneLiteral.MatchString(v.SQL()) {
			t.Errorf("%q printed for a %s became %s, which is not one literal", printed, c.Form, v.SQL())
		}
	})
}

func TestPoint(t *testing.T) {
	key := Key{Index: "k", Columns: []Column{{Name: "a", Form: Number}, {Name: "b", Form: Bytes}}}
	one, hex, bad := "1", "61", "x"
	tests := map[string]struct {
		row []*string
		sql string
		err string
	}{
		"a value for each column":          {row: []*string{&one, &hex}, sql: "1, X'61'"},
		"NULL in a key is an error":        {row: []*string{&one, nil}, err: "key column `b` holds NULL"},
		"too few values are an error":      {row: []*string{&one}, err: "the server sent 1 values for the 2 columns of key `k`"},
		"a value of the wrong form is one": {row: []*string{&bad, &hex}, err: "the server printed \"x\" for key column `a`, which is no number value"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p, err := key.Point(test.row)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if p.SQL() != test.sql || got != test.err {
				t.Errorf("\n got %s, %s\nwant %s, %s", p.SQL(), got, test.sql, test.err)
			}
		})
	}
}

func TestFormString(t *testing.T) {
	want := []string{"number", "real", "text", "bytes", "ordinal", "temporal", "quoted", "form 7"}
	var got []string
	for f := Number; f <= Quoted+1; f++ {
		got = append(got, f.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names of forms (-want +got):\n%s", diff)
	}
}
