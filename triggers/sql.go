package triggers

import (
	"slices"
	"strconv"
	"strings"

	"oscar/osc/ident"
)

// Create is the CREATE TRIGGER statement. It runs under the session's sql_mode, which the trigger keeps (NO_AUTO_VALUE_ON_ZERO: an id of 0
// stays 0).
func (t Trigger) Create() string {
	return "CREATE TRIGGER " + t.Name.SQL() + " AFTER " + t.Event + " ON " + t.On.SQL() + " FOR EACH ROW " + t.Body
}

// Drop takes the trigger away; it is no error when there is none.
func (t Trigger) Drop() string { return "DROP TRIGGER IF EXISTS " + t.Name.SQL() }

// deleteOld deletes the row of OLD from the new table, unless its key stayed the same.
func (s Spec) deleteOld(unless []string) string {
	var where []string
	if len(unless) > 0 {
		where = append(where, "NOT ("+join(unless, " AND ")+")")
	}
	return s.deleteRow("OLD", where)
}

// deleteRow deletes the row that has the key of OLD or NEW.
func (s Spec) deleteRow(of string, where []string) string {
	for _, p := range s.Key {
		where = append(where, s.Shadow.SQL()+"."+p.New.SQL()+" <=> "+s.value(of, p))
	}
	return s.begin() + "DELETE IGNORE FROM " + s.Shadow.SQL() + " WHERE " + join(where, " AND ")
}

// writeNew writes the row of NEW into the new table.
func (s Spec) writeNew(reread []ident.Name) []string {
	var into, values []string
	for _, p := range s.Columns {
		into = append(into, p.New.SQL())
		values = append(values, s.written(p, s.read(p, reread)))
	}
	row := " INTO " + s.Shadow.SQL() + " (" + join(into, ", ") + ") " + s.rowOf(values)
	if s.Careful {
		return []string{s.deleteRow("NEW", nil), s.begin() + "INSERT" + row}
	}
	return []string{s.begin() + "REPLACE" + row}
}

// read is the value of a column that was written to Table.
func (s Spec) read(p Pair, reread []ident.Name) string {
	if slices.Contains(reread, p.Original) {
		return s.stored(p)
	}
	return "NEW." + p.Original.SQL()
}

func (s Spec) begin() string {
	if s.Snapshots {
		return "SET STATEMENT innodb_snapshot_isolation=OFF FOR "
	}
	return ""
}

// stored is the value of a column in the row of NEW. In a statement that writes, the server reads it locked, and so as it is now. The key holds no
// NULL; with <=> MariaDB finds no row by a key of several columns when a BIGINT UNSIGNED in it is beyond the signed range (seen on 10.11.19
// and 11.8.6).
func (s Spec) stored(p Pair) string {
	var where []string
	for _, k := range s.Key {
		where = append(where, "oscar."+k.Original.SQL()+" = NEW."+k.Original.SQL())
	}
	return "(SELECT oscar." + p.Original.SQL() + " FROM " + s.Table.SQL() + " oscar WHERE " + join(where, " AND ") + ")"
}

// written is the value of a column as it goes into the new table. A TIMESTAMP is taken as the moment that it is, and shown in the copy's time
// zone; anything else is a time in that zone, and becomes the same moment whatever the application's zone is.
func (s Spec) written(p Pair, value string) string {
	m, crosses := s.Moments[p.Original]
	if !crosses {
		return value
	}
	zone := "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(m.Zone) + "'"
	if m.To {
		return "CONVERT_TZ(" + value + ", " + zone + ", @@session.time_zone)"
	}
	return "IF(UNIX_TIMESTAMP(" + value + ") = 0, '0000-00-00 00:00:00', CONVERT_TZ(TIMESTAMP'1970-01-01 00:00:00' + INTERVAL UNIX_TIMESTAMP(" + value +
		") SECOND, '+00:00', " + zone + "))"
}

// value is the value of a key column in OLD or NEW, to compare with the new table's. Two collations cannot be compared (1267), so it takes the
// new one.
func (s Spec) value(of string, p Pair) string {
	value := of + "." + p.Original.SQL()
	if c, changes := s.Collations[p.Original]; changes {
		return "CONVERT(" + value + " USING " + c.Charset + ") COLLATE " + c.Name
	}
	return value
}

// Statements of a guarded body.
const (
	diagnose = "GET DIAGNOSTICS CONDITION 1 oscar_code = MYSQL_ERRNO, oscar_text = MESSAGE_TEXT"
	raise    = "SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = oscar_code, MESSAGE_TEXT = oscar_text"
)

// note writes that the row of NEW does not fit, unless the latch is out: then no row is inserted. The latch is read locked, and stays so until the
// application's transaction ends, so that it cannot be taken out between the note and its commit, whatever the isolation level.
func (s Spec) note(event string) string {
	notes := s.Guard.Notes.SQL()
	return s.begin() + "INSERT INTO " + notes + " (" + ident.List([]ident.Name{NoteEvent, NoteCode, NoteMessage, NoteKey}) + ") SELECT '" + event +
		"', oscar_code, LEFT(oscar_text, " + strconv.Itoa(noteLength) + "), " + s.keyText() + " FROM " + notes + " WHERE " + NoteID.SQL() + " = 0 LOCK IN SHARE MODE"
}

// differs is true when the new table does not hold the row of NEW, or another value of it. Keys hold no NULL; see stored for the = between them.
func (s Spec) differs(reread []ident.Name) string {
	var where []string
	for _, p := range s.Key {
		where = append(where, "oscar."+p.New.SQL()+" = "+s.value("NEW", p))
	}
	for _, e := range s.Guard.Exact {
		where = append(where, asBytes(fill(e.Held, "oscar."+e.New.SQL()))+" <=> "+asBytes(fill(e.Wanted, s.written(e.Pair, s.read(e.Pair, reread)))))
	}
	return "(SELECT COUNT(*) FROM " + s.Shadow.SQL() + " oscar WHERE " + join(where, " AND ") + ") = 0"
}

// asBytes is the text of an expression, byte by byte: neither a collation nor a conversion to a floating point number makes two of them equal.
func asBytes(expression string) string { return "CAST(CONCAT(" + expression + ") AS BINARY)" }

// fill puts a column into an expression.
func fill(expression, column string) string { return strings.ReplaceAll(expression, "%s", column) }

// rowOf is one row to insert. A lenient server turns NULL into the value that a NOT NULL column has for it in INSERT .. SELECT, and refuses it in VALUES.
func (s Spec) rowOf(values []string) string {
	if s.Guard != nil && s.Guard.Lenient {
		return "SELECT " + join(values, ", ")
	}
	return "VALUES (" + join(values, ", ") + ")"
}
