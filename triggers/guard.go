package triggers

import (
	"strconv"
	"strings"

	"oscar/osc/ident"
)

// Guard lets the application's writes go on when the new table cannot hold them as they are. Such a write would fail in the application because of a
// tool that the application knows nothing of; instead it is noted in a table of oscar's, in the application's own transaction, and the run ends
// before the swap. A note that is rolled back with its transaction is none.
//
// The notes have a latch, the row with id 0. Once it is taken out, which the swap does in its last moment, a write that does not fit fails as it will
// after the swap: so no note can come unseen.
type Guard struct {
	Notes ident.Table
	// Lenient says that the triggers are made under an sql_mode that is not strict, since the operator lets some columns lose values. Then an error tells
	// nothing of the others, and Exact is all there is.
	Lenient bool
	// Exact are columns whose conversion may change a value without an error, and with Lenient every column whose type changes and whose values the
	// operator did not give up. What the new table holds is compared with NEW after each write.
	Exact []Exact
}

// Exact compares a column of NEW with the new table's. Both are expressions in which %s stands for the column; equal texts mean equal values.
type Exact struct {
	Pair
	Wanted string // of NEW
	Held   string // of the new table's row
}

// Columns of the table of notes.
const (
	NoteID      ident.Name = "id"      // 0 is the latch: without it, writes that do not fit fail
	NoteEvent   ident.Name = "event"   // INSERT or UPDATE
	NoteCode    ident.Name = "code"    // the server's error number; 0 for a value that would change without an error
	NoteMessage ident.Name = "message" // the server's words
	NoteKey     ident.Name = "row_key" // of the row in the original, as text
)

// noteLength is how many characters of a message or a key are kept; it must fit the columns.
const noteLength = 1000

// signalLength is the longest MESSAGE_TEXT that SIGNAL takes (MySQL manual, "SIGNAL Statement").
const signalLength = 128

// unfit are the errors by which a server tells that a row does not go into a table. They are about the row alone: the statement is taken back and the
// transaction lives on. A deadlock, a lock that was not granted, a full disk or a killed statement are not among them and always reach the
// application, which must know that its transaction is gone. From MySQL's "Server Error Message Reference" and MariaDB's "Error Codes".
var unfit = []int{
	1048, // NULL in a NOT NULL column
	1054, // no such column: somebody altered the new table
	1062, // equal in a unique key
	1146, // no such table: somebody dropped the new table
	1264, // out of range
	1265, // truncated
	1292, // no such date, or text that is no number
	1366, // not in the character set, or no number
	1406, // too long
	1416, // no geometry
	1452, // no parent for a foreign key
	1526, // no partition takes it
	1586, // equal in a unique key, the message with the key's name
	1690, // an expression goes out of range (generated columns)
	3140, // no JSON text
	3156, // JSON that cannot be cast (generated columns, functional keys)
	3643, // geometry of another SRID (MySQL)
	3752, // a functional key cannot hold it (MySQL)
	3819, // a CHECK fails (MySQL)
	3903, // JSON for a functional key
	3904, // JSON for a functional key that is no scalar
	3905, // too many values for a multi-valued key
	3907, // too long for a functional key
	4025, // a CHECK fails (MariaDB)
	6138, // no vector (MySQL)
}

func codes() string {
	texts := make([]string, len(unfit))
	for i, n := range unfit {
		texts[i] = strconv.Itoa(n)
	}
	return strings.Join(texts, ", ")
}

// guarded is a body that writes the row of NEW; see Guard for what becomes of one that does not fit.
func (s Spec) guarded(event string, before []string, reread []ident.Name) string {
	g, statements := s.Guard, append(before, s.writeNew(reread)...)
	if g == nil {
		return block(statements)
	}
	inner := "BEGIN DECLARE CONTINUE HANDLER FOR " + codes() + " " + diagnose + "; " + join(statements, "; ") + "; END"
	bad := "oscar_code <> 0"
	if g.Lenient {
		bad = s.differs(reread)
	} else if len(g.Exact) > 0 {
		bad += " OR " + s.differs(reread)
	}
	return "BEGIN DECLARE oscar_code INT DEFAULT 0; DECLARE oscar_text TEXT CHARACTER SET utf8mb4; " + inner + "; " +
		"IF " + bad + " THEN " + s.note(event) + "; " +
		"IF ROW_COUNT() = 0 AND oscar_code <> 0 THEN SET oscar_text = LEFT(oscar_text, " + strconv.Itoa(signalLength) + "); " + raise + "; END IF; " +
		"END IF; END"
}

// keyText shows the key of the row of NEW.
func (s Spec) keyText() string {
	parts := make([]string, len(s.Key))
	for i, p := range s.Key {
		parts[i] = "CONVERT(QUOTE(NEW." + p.Original.SQL() + ") USING utf8mb4)"
		if s.Binary[p.Original] {
			parts[i] = "CONCAT('0x', HEX(NEW." + p.Original.SQL() + "))"
		}
	}
	return "LEFT(CONCAT_WS(', ', " + join(parts, ", ") + "), " + strconv.Itoa(noteLength) + ")"
}
