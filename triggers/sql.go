package triggers

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
func (s Spec) writeNew() []string {
	var into, values []string
	for _, p := range s.Columns {
		into = append(into, p.New.SQL())
		values = append(values, "NEW."+p.Original.SQL())
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

// value is the value of a key column in OLD or NEW, to compare with the new table's. Two collations cannot be compared (1267), so it takes the
// new one.
func (s Spec) value(of string, p Pair) string {
	value := of + "." + p.Original.SQL()
	if c, changes := s.Collations[p.Original]; changes {
		return "CONVERT(" + value + " USING " + c.Charset + ") COLLATE " + c.Name
	}
	return value
}
