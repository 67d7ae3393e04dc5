package plan

import (
	"oscar/chunker"
	"oscar/osc/schema"
)

// carry is how each column travels through the client, empty when one of them cannot.
func carry(in Input) chunker.Carry {
	var list chunker.Carry
	for _, p := range in.Pairs {
		from, _ := in.Original.Column(p.Original)
		to, _ := in.New.Column(p.New)
		column, ok := chunker.CanCarry(from, to)
		if !ok {
			return nil
		}
		list = append(list, column)
	}
	return list
}

// Numbers reports whether the server gives the rows of a table numbers under a lock that an INSERT .. SELECT holds until it ends: the table has an
// AUTO_INCREMENT column and innodb_autoinc_lock_mode is not 2. MariaDB's default is 1, that of MySQL since 8.0 is 2.
func Numbers(server schema.Server, t schema.Table) bool {
	mode, ok := server.Var("innodb_autoinc_lock_mode")
	if !ok || mode == "2" {
		return false
	}
	for _, c := range t.Columns {
		if c.AutoIncrement {
			return true
		}
	}
	return false
}
