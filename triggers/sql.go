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
	for _, p := range s.Key {
		where = append(where, s.Shadow.SQL()+"."+p.New.SQL()+" <=> "+s.old(p))
	}
	return s.begin() + "DELETE IGNORE FROM " + s.Shadow.SQL() + " WHERE " + join(where, " AND ")
}

// replaceNew writes the row of NEW into the new table.
func (s Spec) replaceNew() string {
	var into, values []string
	for _, p := range s.Columns {
		into = append(into, p.New.SQL())
		values = append(values, "NEW."+p.Original.SQL())
	}
	return s.begin() + "REPLACE INTO " + s.Shadow.SQL() + " (" + join(into, ", ") + ") VALUES (" + join(values, ", ") + ")"
}

func (s Spec) begin() string {
	if s.Snapshots {
		return "SET STATEMENT innodb_snapshot_isolation=OFF FOR "
	}
	return ""
}

// old is the old value of a key column, to compare with the new table's. Two collations cannot be compared (1267), so it takes the new one.
func (s Spec) old(p Pair) string {
	value := "OLD." + p.Original.SQL()
	if c, changes := s.Collations[p.Original]; changes {
		return "CONVERT(" + value + " USING " + c.Charset + ") COLLATE " + c.Name
	}
	return value
}
