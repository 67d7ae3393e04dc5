// Package report turns what happens in a run into text: pt-online-schema-change's lines on stdout, progress and log lines on stderr.
package report

import (
	"time"

	"oscar/osc/ident"
)

// Sink receives everything that a run has to tell. Calls may come from several goroutines at once.
type Sink interface {
	// Line is a sentence of the product's output (stdout).
	Line(Line)
	// SQL is a statement of the plan, about to be run or, in a dry run, shown only. It comes only with --print (stdout).
	SQL(SQL)
	// Progress is the state of the copy, several times a second at most.
	Progress(Progress)
	// Event is something for the log (stderr).
	Event(Event)
}

// Line is one line of stdout.
type Line struct {
	Text    string
	Stamped bool // the line begins with the local time, as those of the long phases do
}

// SQL is the text of one statement.
type SQL struct {
	Name string // what it does: "create new table"
	Text string
}

// Progress is how far the copy, or the comparison after it, is.
type Progress struct {
	Act       Act
	Table     ident.Table
	Rows      int64         // copied so far
	Estimate  int64         // of all rows; a guess
	Chunks    int64         // copied so far
	Rate      float64       // rows a second of late
	ChunkRows int64         // size of the next chunk
	Elapsed   time.Duration // since the copy began
	Remaining time.Duration // at the present rate; negative when unknown
	Waiting   string        // what the copy waits for; empty when it runs
	Done      bool          // the last one of this copy
}

// Act is what goes through the rows. The zero value copies.
type Act int

// The acts.
const (
	Copying Act = iota
	Verifying
)

func (a Act) String() string {
	if a == Verifying {
		return "Verifying"
	}
	return "Copying"
}

// Level is how much an event matters.
type Level int

// The levels.
const (
	Debug Level = iota
	Info
	Warn
)

// Event is one thing for the log. Keys are the constants of this package.
type Event struct {
	Level  Level
	Text   string
	Fields []Field
}

// Field is one detail of an event.
type Field struct {
	Key   string
	Value any
}

// Keys of fields.
const (
	Step   = "step"
	Took   = "took"
	Table  = "table"
	Rows   = "rows"
	Chunk  = "chunk"
	Reason = "reason"
	Holder = "holder"
	Try    = "try"
	Cause  = "error"
	Query  = "sql"
)
