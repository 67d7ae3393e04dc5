package exact

import (
	"testing"

	"oscar/osc/ident"
)

func TestCovers(t *testing.T) {
	tests := map[string]struct {
		code    int
		message string
		lossy   []ident.Name
		nulls   bool
		want    bool
	}{
		"a column that was named":                                 {1265, "Data truncated for column 'a' at row 3", []ident.Name{"a"}, false, true},
		"whatever its letters' case":                              {1265, "Data truncated for column 'A' at row 3", []ident.Name{"a"}, false, true},
		"another column":                                          {1265, "Data truncated for column 'b' at row 3", []ident.Name{"a"}, false, false},
		"MariaDB's way to name a column":                          {1366, "Incorrect string value: '\\xE6' for column `s`.`_t_new`.`a` at row 3", []ident.Name{"a"}, false, true},
		"another column in MariaDB's way":                         {1366, "Incorrect string value: '\\xE6' for column `s`.`_t_new`.`b` at row 3", []ident.Name{"a"}, false, false},
		"a value that reads like a message about a named column":  {1366, "Incorrect integer value: ' for column 'a' at row 1' for column 'b' at row 3", []ident.Name{"a"}, false, false},
		"a value with a line break":                               {1366, "Incorrect integer value: 'x\ny' for column 'a' at row 3", []ident.Name{"a"}, false, true},
		"NULL of a named column":                                  {1048, "Column 'a' cannot be null", []ident.Name{"a"}, false, true},
		"NULL of any column with --null-to-not-null":              {1048, "Column 'b' cannot be null", nil, true, true},
		"NULL without leave":                                      {1048, "Column 'b' cannot be null", []ident.Name{"a"}, false, false},
		"--null-to-not-null is about NULL alone":                  {1265, "Data truncated for column 'b' at row 3", nil, true, false},
		"a warning that names no column":                          {1292, "Truncated incorrect DOUBLE value: 'x'", []ident.Name{"a"}, true, false},
		"a column's name that only begins as the named one":       {1265, "Data truncated for column 'ab' at row 3", []ident.Name{"a"}, false, false},
		"a name with a quote in it, which servers do not escape":  {1265, "Data truncated for column 'it's' at row 3", []ident.Name{"it's"}, false, true},
		"a name with a backquote in it, which MariaDB leaves too": {1366, "Incorrect string value: 'x' for column `s`.`t`.`a`b` at row 3", []ident.Name{"a`b"}, false, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, got := (Leave{Lossy: test.lossy, NullToNotNull: test.nulls}).Covers(test.code, test.message); got != test.want {
				t.Errorf("%s\n got %v\nwant %v", test.message, got, test.want)
			}
		})
	}
}
