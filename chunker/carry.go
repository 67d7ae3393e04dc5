package chunker

import (
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
)

// Carry is the other form of a Copy: a locking read whose rows come to the client as literals, and an INSERT .. VALUES of these in the same transaction.
//
// Under innodb_autoinc_lock_mode 0 or 1 an INSERT .. SELECT into a table with an AUTO_INCREMENT column holds the AUTO-INC lock until it ends, also when it
// brings the numbers along (MySQL manual, "AUTO_INCREMENT Handling in InnoDB"). Every write of the application waits for that lock in its trigger; worse,
// once one waits, all take the lock, and deadlocks follow that MariaDB at times resolves by ending a session that is not part of them. An INSERT .. VALUES
// takes it only if somebody else does.
//
// The literals stand for exactly the values (see Form). Conversions to another type are left to the server where they are the same from a literal as from
// the column; CanCarry tells.
type Carry []CarryColumn

// CarryColumn is how one column travels.
type CarryColumn struct {
	Name ident.Name
	literal
}

// literal is what stands around the value of a column in SQL text. No printed value can end it early: they are digits, or quoted texts without quotes.
type literal struct{ before, value, after string }

// CanCarry tells how the values of a column travel into one of the new table, and whether they can: not those of a type that has no exact literal, and not
// those that the server converts in another way when they come from a literal. A TIMESTAMP travels only in a session whose zone is UTC.
func CanCarry(from, to schema.Column) (CarryColumn, bool) {
	c, ok := NewColumn(from)
	target, known := NewColumn(to)
	if !ok || !known {
		return CarryColumn{}, false
	}
	same := from.DataType == to.DataType
	name := from.Name.SQL()
	l := literal{value: name}
	switch c.Form {
	case Number:
		ok = target.Form == Number && (from.DataType == "year") == (to.DataType == "year")
	case Real:
		ok, l = target.Form == Real, literal{"'", name + " + 0e0", "'"} // a quoted text with all its digits is read as a DOUBLE
	case Text:
		ok, l = target.Form == Text && charset.MatchString(c.Charset), literal{"_" + c.Charset + " X'", "HEX(" + name + ")", "'"}
	case Bytes:
		ok, l = target.Form == Bytes, literal{"X'", "HEX(" + name + ")", "'"}
	case Ordinal:
		// The same number is another member where members were added in the middle.
		ok, l = same && (from.DataType == "bit" || from.Type == to.Type && from.Charset == to.Charset), literal{value: name + " + 0"}
	case Temporal, Quoted:
		ok, l = same, literal{"'", name, "'"}
	}
	return CarryColumn{Name: from.Name, literal: l}, ok
}

// expression is the column's value as a literal, or NULL.
func (c CarryColumn) expression() string {
	value := c.value
	if c.before != "" || c.after != "" {
		value = "CONCAT(" + text(c.before) + ", " + value + ", " + text(c.after) + ")"
	}
	return "IFNULL(" + value + ", 'NULL')"
}

// text is a string literal in every sql_mode; s holds no backslash.
func text(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// ReadSQL reads the rows of a range, each as one text for WriteSQL, and keeps them from changing until the transaction ends. A row comes as NULL when its
// text would be longer than max_allowed_packet.
func (c Copy) ReadSQL(r Range) string {
	list := make([]string, len(c.Carry))
	for i, column := range c.Carry {
		list[i] = column.expression()
	}
	return "SELECT CONCAT('(', " + strings.Join(list, ", ',', ") + ", ')') FROM " + c.from() + c.filter(r) + " LOCK IN SHARE MODE /* oscar copy chunk, read */"
}

// WriteSQL writes rows that ReadSQL has read. Rows that a trigger wrote before stay as they are, unless the mode is Again.
func (c Copy) WriteSQL(rows []string, mode CopyMode) string {
	return c.into(mode) + " VALUES " + strings.Join(rows, ",") + " /* oscar copy chunk, write */"
}
