package verify

import (
	"testing"

	"oscar/e2e/server"
)

// MariaDB's named types come from texts in several forms and from bytes, and go there.
func TestNamedTypesAreCompared(t *testing.T) {
	cases := map[string]struct{ from, values, to, other string }{
		"UUID of a CHAR":         {"char(36) CHARACTER SET latin1", "(1, '123E4567-e89b-12d3-a456-426655440000'), (2, '123e4567e89b12d3a456426655440001')", "uuid", "'123e4567-e89b-12d3-a456-426655440009'"},
		"UUID of a utf8 VARCHAR": {"varchar(40) CHARACTER SET utf8mb4", "(1, '123E4567-e89b-12d3-a456-426655440000'), (2, NULL)", "uuid", "'123e4567-e89b-12d3-a456-426655440009'"},
		"UUID of bytes":          {"binary(16)", "(1, X'123e4567e89b12d3a456426655440000'), (2, X'00000000000000000000000000000001')", "uuid", "'123e4567-e89b-12d3-a456-426655440009'"},
		"UUID to bytes":          {"uuid", "(1, '123e4567-e89b-12d3-a456-426655440000'), (2, NULL)", "binary(16)", "X'123e4567e89b12d3a456426655440009'"},
		"UUID to a CHAR":         {"uuid", "(1, '123e4567-e89b-12d3-a456-426655440000'), (2, NULL)", "char(36)", "'123e4567-e89b-12d3-a456-426655440009'"},
		"INET6 of a text":        {"varchar(45)", "(1, '2001:DB8:0::1'), (2, '::ffff:10.0.0.1')", "inet6", "'2001:db8::2'"},
		"INET6 of bytes":         {"varbinary(16)", "(1, X'20010db8000000000000000000000001'), (2, NULL)", "inet6", "'2001:db8::2'"},
		"INET6 to bytes":         {"inet6", "(1, '2001:db8::1'), (2, '::')", "varbinary(16)", "X'20010db8000000000000000000000002'"},
		"INET4 of a text":        {"varchar(15)", "(1, '10.0.0.1'), (2, '0.0.0.0')", "inet4", "'10.0.0.2'"},
		"INET4 to bytes":         {"inet4", "(1, '10.0.0.1'), (2, NULL)", "binary(4)", "X'0a000002'"},
	}
	server.Each(t, func(t *testing.T, s *server.Server) {
		if s.Engine().MySQL() {
			return // has none of them
		}
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				change := "MODIFY a " + c.to + " NULL"
				b := newBench(t, s, "id int PRIMARY KEY, a "+c.from+" NULL", "INSERT INTO t VALUES "+c.values, change)
				b.copyAll(change)
				if result, clean, err := b.run(change); err != nil || !clean.Allows() || result.Mismatches != 0 || len(result.Skipped) > 0 {
					t.Fatalf("got %+v, %v", result, err)
				}
				b.exec("UPDATE n SET a = " + c.other + " WHERE id = 1")
				if result, _, err := b.run(change); err != nil || result.Mismatches != 1 || result.Repaired != 1 {
					t.Errorf("another value: got %+v, %v", result, err)
				}
			})
		}
	})
}
