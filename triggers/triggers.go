// Package triggers writes the capture triggers that keep the new table equal to the original while rows are copied.
package triggers

import (
	"regexp"
	"strings"

	"oscar/osc/ident"
)

// Pair is a column of the original and the column of the new table that takes its values; the two names differ after a rename.
type Pair struct {
	Original ident.Name
	New      ident.Name
}

// Spec says what is captured: writes to Table go to Shadow.
type Spec struct {
	Table   ident.Table
	Shadow  ident.Table
	Columns []Pair // every column that is copied; generated columns are not
	Key     []Pair // the columns that find a row of Shadow: a unique key of it whose columns all come from Table
	// Collations are those of the new table, for text columns of Key (by their names in Table) whose collation the ALTER changes.
	Collations map[ident.Name]Collation
	// Moments are columns (by their names in Table) that turn into TIMESTAMP or stop being one. The conversion depends on a time zone, and a
	// trigger runs in that of the application's session.
	Moments map[ident.Name]Moment
	// Reread are columns (by their names in Table) whose NEW value an UPDATE trigger cannot trust: on MariaDB an UPDATE that changes nothing still fires
	// the trigger, with the statement's time in NEW of an ON UPDATE CURRENT_TIMESTAMP column, while the row keeps its old one (seen on
	// 10.11.19 and 11.8.6). They are read from the row.
	Reread []ident.Name
	// Careful says that Shadow gets a unique key that rows of Table may not fit. REPLACE would then delete other rows than that of the key, so
	// the row is deleted by its key and inserted; see Guard for an insert that does not fit.
	Careful bool
	// Snapshots says that the server has innodb_snapshot_isolation (MariaDB 10.6.18 and later; on by default since 11.6.2). With it a transaction
	// under REPEATABLE READ may not touch a row that came after its first read, and every row that the copy puts into the new table
	// comes after the first read of some transaction: the application's write would fail with 1020. The triggers put it off for
	// their own statements.
	Snapshots bool
	// Guard is what becomes of writes that Shadow cannot hold; with none they fail in the application.
	Guard *Guard
	// Binary are columns of Key (by their names in Table) whose values are no text.
	Binary map[ident.Name]bool
	// Ignored is how the server's UPDATE IGNORE fires triggers.
	Ignored Ignored
}

// Collation is a collation with its character set.
type Collation struct {
	Charset string
	Name    string
}

// Moment is a conversion between TIMESTAMP and another type.
type Moment struct {
	To   bool   // to TIMESTAMP; else from it
	Zone string // time_zone of the copy
}

// Trigger is one AFTER trigger.
type Trigger struct {
	Name  ident.Table // schema and name
	Event string      // DELETE, UPDATE or INSERT
	Body  string
	On    ident.Table
}

// nameRoom leaves space for "_ins" within 64 characters.
const nameRoom = ident.MaxLen - len("_ins")

var notPlain = regexp.MustCompile(`[^a-z0-9_]`)

// BaseName is the part that the names of the three triggers of a table share: pt_osc_<schema>_<table>, which is also the name that
// pt-online-schema-change gives. Where that name would have to be changed (characters other than a-z, 0-9 and _, upper case, since
// servers differ in comparing the case of trigger names, or more than 60 characters) it ends in a digest of the full name, so that
// `my-t`, `my_t` and `My_t` do not share triggers.
func BaseName(t ident.Table) string {
	full := "pt_osc_" + string(t.Schema) + "_" + string(t.Name)
	plain := notPlain.ReplaceAllString(full, "_")
	if plain == full && len(plain) <= nameRoom {
		return plain
	}
	digest := ident.Digest(t.SQL())
	return ident.Cut(plain, nameRoom-len(digest)-1) + "_" + digest
}

// Names are the names of the three triggers of a table, in the order in which they are made.
func Names(t ident.Table) []ident.Table {
	base := BaseName(t)
	return []ident.Table{t.Sibling(ident.Name(base + "_del")), t.Sibling(ident.Name(base + "_upd")), t.Sibling(ident.Name(base + "_ins"))}
}

// Triggers are the three triggers in the order in which they are made: delete, update, insert.
//
// Without a Guard there is no handler for errors in them. A row that cannot be captured is noted, or fails the application's statement, instead of
// going missing; pt-online-schema-change's handler for 1146 loses rows in silence when the new table disappears.
func (s Spec) Triggers() []Trigger {
	names := Names(s.Table)
	return []Trigger{
		{Name: names[0], Event: "DELETE", Body: s.deleteOld(nil), On: s.Table},
		// The row is written whole, never updated in place: an UPDATE that finds no row yet would lock the gap where it will be
		// (field-notes 7 #23). The old key is deleted only when it changed.
		{Name: names[1], Event: "UPDATE", Body: s.update(), On: s.Table},
		{Name: names[2], Event: "INSERT", Body: s.guarded("INSERT", nil, nil), On: s.Table},
	}
}

func (s Spec) update() string {
	before := []string{s.deleteOld(s.sameKey())}
	switch {
	case !s.Ignored.Fires:
		return s.guarded("UPDATE", before, s.Reread)
	case s.Guard == nil:
		return "BEGIN " + s.happened(join(append(before, s.writeNew(s.Reread)...), "; ")) + "; END"
	default:
		return "BEGIN " + s.happened(s.guarded("UPDATE", before, s.Reread)) + "; END"
	}
}

// sameKey is the condition under which an update keeps the row's key. Where the collation changes, keys that are equal in the old one ('a' and
// 'A') may be two in the new one, so there the bytes decide.
func (s Spec) sameKey() []string {
	var same []string
	for _, p := range s.Key {
		name := p.Original.SQL()
		if _, changes := s.Collations[p.Original]; changes {
			same = append(same, "CAST(OLD."+name+" AS BINARY) <=> CAST(NEW."+name+" AS BINARY)")
		} else {
			same = append(same, "OLD."+name+" <=> NEW."+name)
		}
	}
	return same
}

func block(statements []string) string {
	if len(statements) == 1 {
		return statements[0]
	}
	return "BEGIN " + join(statements, "; ") + "; END"
}

func join(parts []string, sep string) string { return strings.Join(parts, sep) }
