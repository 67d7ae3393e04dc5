package triggers

import (
	"slices"
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
		value := "NEW." + p.Original.SQL()
		if slices.Contains(reread, p.Original) {
			value = s.stored(p)
		}
		values = append(values, s.written(p, value))
	}
	row := " INTO " + s.Shadow.SQL() + " (" + join(into, ", ") + ") VALUES (" + join(values, ", ") + ")"
	if s.Careful {
		return []string{s.deleteRow("NEW", nil), s.begin() + "INSERT" + row}
	}
	return []string{s.begin() + "REPLACE" + row}
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
