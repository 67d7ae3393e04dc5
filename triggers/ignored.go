package triggers

import (
	"oscar/osc/ident"
)

// Ignored says that the server fires AFTER UPDATE also for a row that UPDATE IGNORE left as it was, with the values in NEW that it did not get: a unique
// key, a foreign key or a partition did not take them (MariaDB, seen on 10.11.19 and 11.8.9; not on MySQL 9.7). The trigger would write them into the new
// table, and delete a row that the original has still. So it looks first at the row.
type Ignored struct {
	Fires bool
	// Keys are the columns (by their names in Table) for which the server may not take a value: those of its unique keys and foreign keys. Where neither
	// the key nor one of these changed, the row was changed.
	Keys []ident.Name
}

// happened wraps what an UPDATE trigger does, so that it is done only for a row that was changed. The row is read locked, which it is already: under
// REPEATABLE READ a plain read would not see a row that is newer than the transaction's first read.
func (s Spec) happened(do string) string {
	if !s.Ignored.Fires {
		return do
	}
	var same, old, now []string
	for _, p := range s.Key {
		k := p.Original.SQL()
		same = append(same, "OLD."+k+" <=> NEW."+k)
		old = append(old, "oscar."+k+" = OLD."+k)
		now = append(now, "oscar."+k+" = NEW."+k)
	}
	for _, c := range s.Ignored.Keys {
		if !s.inKey(c) {
			n := c.SQL()
			now = append(now, "(oscar."+n+" = NEW."+n+" OR oscar."+n+" IS NULL AND NEW."+n+" IS NULL)")
		}
	}
	row := func(where []string) string {
		return "EXISTS (SELECT 1 FROM " + s.Table.SQL() + " oscar WHERE " + join(where, " AND ") + " LOCK IN SHARE MODE)"
	}
	kept := join(same, " AND ")
	stays := "(" + kept + ")"
	if len(now) > len(s.Key) {
		stays = "(" + kept + " AND " + row(now) + ")"
	}
	return "IF " + stays + " OR (NOT (" + kept + ") AND NOT " + row(old) + ") THEN " + do + "; END IF"
}

func (s Spec) inKey(c ident.Name) bool {
	for _, p := range s.Key {
		if p.Original.Is(c) {
			return true
		}
	}
	return false
}
