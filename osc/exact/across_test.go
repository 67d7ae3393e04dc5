package exact

import (
	"testing"

	"oscar/osc/schema"
)

// Which changes of type are compared, and which are only named as not compared; what the comparisons say is tested on servers.
func TestWhichChangesAreCompared(t *testing.T) {
	col := func(kind string) column { return column{schema.Column{DataType: kind, Type: kind}} }
	chars := func(kind string) column {
		return column{schema.Column{DataType: kind, Type: kind, Charset: "utf8mb4", Collation: "utf8mb4_bin"}}
	}
	list := column{schema.Column{DataType: "enum", Type: "enum('a','b')", Charset: "utf8mb4"}}
	set := column{schema.Column{DataType: "set", Type: "set('a','b')", Charset: "utf8mb4"}}
	compared := map[string][2]column{
		"BIT to DECIMAL": {col("bit"), col("decimal")}, "DECIMAL to BIT": {col("decimal"), col("bit")}, "BIT to DOUBLE": {col("bit"), col("double")}, "DOUBLE to BIT": {col("double"), col("bit")},
		"INT to VARBINARY": {col("int"), col("varbinary")}, "VARBINARY to INT": {col("varbinary"), col("int")}, "DECIMAL to BLOB": {col("decimal"), col("blob")},
		"DOUBLE to VARCHAR": {col("double"), chars("varchar")}, "DOUBLE to BLOB": {col("double"), col("blob")}, "VARCHAR to DOUBLE": {chars("varchar"), col("double")},
		"INT to ENUM": {col("int"), list}, "ENUM to INT": {list, col("int")}, "SET to BIT": {set, col("bit")}, "ENUM to DOUBLE": {list, col("double")}, "ENUM to BLOB": {list, col("blob")}, "BLOB to SET": {col("blob"), set},
		"DATE to INT": {col("date"), col("int")}, "TIMESTAMP to DECIMAL": {col("timestamp"), col("decimal")}, "TIME to INT": {col("time"), col("int")}, "INT to TIME": {col("int"), col("time")}, "DATETIME to DOUBLE": {col("datetime"), col("double")},
		"DATETIME to BLOB": {col("datetime"), col("blob")}, "BLOB to DATETIME": {col("blob"), col("datetime")}, "JSON to BLOB": {col("json"), col("blob")},
		"CHAR to UUID": {chars("char"), col("uuid")}, "BINARY to UUID": {col("binary"), col("uuid")}, "INET6 to VARBINARY": {col("inet6"), col("varbinary")},
	}
	skipped := map[string][2]column{
		"FLOAT to VARCHAR": {col("float"), chars("varchar")}, "VARCHAR to FLOAT": {chars("varchar"), col("float")}, "FLOAT to DECIMAL": {col("float"), col("decimal")},
		"BIT to VARCHAR": {col("bit"), chars("varchar")}, "BLOB to BIT": {col("blob"), col("bit")}, "INT to DATE": {col("int"), col("date")}, "DATETIME to TIME": {col("datetime"), col("time")},
		"INT to BINARY": {col("int"), col("binary")}, "YEAR to TIME": {col("year"), col("time")}, "POINT to BLOB": {col("point"), col("blob")}, "JSON to INT": {col("json"), col("int")},
	}
	for want, cases := range map[bool]map[string][2]column{true: compared, false: skipped} {
		for name, c := range cases {
			if _, got := Compare(c[0].Column, c[1].Column); got != want {
				t.Errorf("%s is compared: got %v, want %v", name, got, want)
			}
		}
	}
}
