package plan

import (
	"strings"

	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

// Stmt is one statement of the plan. What is printed is what is run.
type Stmt struct {
	Name     string // what it does, for messages: "create new table"
	SQL      string
	Template bool // it runs many times, with key values in place of each ?
}

// AlterClause is the operator's text after ALTER TABLE x. It is joined to a statement once and never formatted.
type AlterClause string

func alterTable(t ident.Table, clause AlterClause) Stmt {
	return Stmt{Name: "alter new table", SQL: "ALTER TABLE " + t.SQL() + " " + string(clause)}
}

func setMode(mode string) Stmt {
	return Stmt{Name: "set sql_mode", SQL: "SET SESSION sql_mode='" + mode + "'"}
}

// lockTable opens the window in which all capture triggers are made. Outside of such a window MariaDB loses the rows of an
// application's server-side prepared statements: a statement that was prepared again while CREATE TRIGGER waited for its
// lock never fires that trigger (seen on 10.11.19 and 11.8.6; not on MySQL 9.7).
func lockTable(t ident.Table) Stmt {
	return Stmt{Name: "lock table", SQL: "LOCK TABLES " + t.SQL() + " WRITE"}
}

func unlockTables() Stmt { return Stmt{Name: "unlock tables", SQL: "UNLOCK TABLES"} }

func createTrigger(t triggers.Trigger) Stmt {
	return Stmt{Name: "create " + strings.ToLower(t.Event) + " trigger", SQL: t.Create()}
}

func dropTrigger(t triggers.Trigger) Stmt {
	return Stmt{Name: "drop " + strings.ToLower(t.Event) + " trigger", SQL: t.Drop()}
}

func analyze(t ident.Table) Stmt {
	return Stmt{Name: "analyze new table", SQL: "ANALYZE TABLE " + t.SQL()}
}

// lockBoth keeps everybody from both tables until the swap is done. MySQL can rename locked tables since 8.0.13; MariaDB refuses that (1192).
func lockBoth(t, shadow ident.Table) Stmt {
	return Stmt{Name: "lock both tables", SQL: "LOCK TABLES " + t.SQL() + " WRITE, " + shadow.SQL() + " WRITE"}
}

// raiseCounter sets the AUTO_INCREMENT of a table; n stands for a number that is known only when it runs.
func raiseCounter(t ident.Table, n string, template bool) Stmt {
	return Stmt{Name: "raise AUTO_INCREMENT", SQL: "ALTER TABLE " + t.SQL() + " AUTO_INCREMENT=" + n + online, Template: template}
}

func setChecks(value string) Stmt {
	return Stmt{Name: "set foreign_key_checks", SQL: "SET SESSION foreign_key_checks=" + value}
}

func rename(t, old, shadow ident.Table) Stmt {
	return Stmt{Name: "swap tables", SQL: "RENAME TABLE " + t.SQL() + " TO " + old.SQL() + ", " + shadow.SQL() + " TO " + t.SQL()}
}

func dropTable(name string, t ident.Table) Stmt {
	return Stmt{Name: name, SQL: "DROP TABLE IF EXISTS " + t.SQL()}
}

// isolation of the copy. With READ COMMITTED the copy locks the rows that it reads and no gaps between them, so that applications can insert
// into the range being copied. A binary log in STATEMENT format does not allow it.
func isolation(binlogFormat string) Stmt {
	level := "READ COMMITTED"
	if strings.EqualFold(binlogFormat, "STATEMENT") {
		level = "REPEATABLE READ"
	}
	return Stmt{Name: "set isolation level", SQL: "SET SESSION TRANSACTION ISOLATION LEVEL " + level}
}

func setZone(zone string) Stmt {
	return Stmt{Name: "set time zone", SQL: "SET SESSION time_zone='" + zone + "'"}
}

// repeatable is the isolation level of the comparison: a look at both sides is of one moment, and a repair locks the gaps of its range.
func repeatable() Stmt {
	return Stmt{Name: "set isolation level", SQL: "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"}
}

// LookOnly sets a session up that compares and can change nothing: the server refuses it. zone as in Input.
func LookOnly(zone string) []Stmt {
	stmts := []Stmt{repeatable(), {Name: "read only", SQL: "SET SESSION TRANSACTION READ ONLY"}}
	if zone != "" {
		stmts = append(stmts, setZone(zone))
	}
	return stmts
}

func dropKey(k schema.Key) string {
	if k.Primary() {
		return "DROP PRIMARY KEY"
	}
	return "DROP KEY " + k.Name.SQL()
}

func addKey(definition string) string { return "ADD " + definition }

// online lets the application's writes through while a key is built; a server that cannot do that says so instead of blocking them.
const online = ", ALGORITHM=INPLACE, LOCK=NONE"

// held makes writers wait until the key is built.
const held = ", ALGORITHM=INPLACE, LOCK=SHARED"

// createNotes makes the table of notes and its latch. The server's default character set may not hold what a message says, so it has its own.
func createNotes(t ident.Table) []Stmt {
	column := func(n ident.Name, kind string) string { return n.SQL() + " " + kind }
	columns := []string{
		column(triggers.NoteID, "bigint NOT NULL AUTO_INCREMENT PRIMARY KEY"), column(triggers.NoteEvent, "varchar(10)"),
		column(triggers.NoteCode, "int"), column(triggers.NoteMessage, "text"), column(triggers.NoteKey, "text"),
	}
	return []Stmt{
		{Name: "create notes", SQL: "CREATE TABLE " + t.SQL() + " (" + strings.Join(columns, ", ") + ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"},
		openNotes("create notes", t),
	}
}

// closeNotes takes the latch out. It waits for every transaction that has written a note. (An UPDATE would be plainer, and need one privilege more.)
func closeNotes(t ident.Table) Stmt {
	return Stmt{Name: "close notes", SQL: "DELETE FROM " + t.SQL() + " WHERE " + triggers.NoteID.SQL() + " = 0"}
}

// openNotes puts the latch in; it may be in.
func openNotes(name string, t ident.Table) Stmt {
	return Stmt{Name: name, SQL: "INSERT IGNORE INTO " + t.SQL() + " (" + triggers.NoteID.SQL() + ") VALUES (0)"}
}

// readNotes reads the first notes, as event, error number, message and key.
func readNotes(t ident.Table) Stmt {
	return Stmt{Name: "read notes", SQL: "SELECT " + ident.List([]ident.Name{triggers.NoteEvent, triggers.NoteCode}) + ", IFNULL(" + triggers.NoteMessage.SQL() + ", '') " +
		triggers.NoteMessage.SQL() + ", IFNULL(" + triggers.NoteKey.SQL() + ", '') " + triggers.NoteKey.SQL() + " FROM " +
		t.SQL() + " WHERE " + triggers.NoteID.SQL() + " > 0 ORDER BY " + triggers.NoteID.SQL() + " LIMIT 20"}
}
