// Package osc walks the route of a schema change once, from options to summary.
package osc

import (
	"sort"
	"strconv"
	"time"

	"oscar/dsn"
	"oscar/osc/ident"
	"oscar/osc/metalock"
)

// Mode is what the operator asked for.
type Mode int

// The modes. The zero value changes nothing.
const (
	CheckOnly Mode = iota // neither --dry-run nor --execute: look, plan, say what stands against it
	DryRun                // create, alter and drop the empty new table; touch nothing else
	Execute
	VerifyOnly // compare an existing pair; change nothing
)

func (m Mode) String() string {
	switch m {
	case DryRun:
		return "dry run"
	case Execute:
		return "execute"
	case VerifyOnly:
		return "verify only"
	default:
		return "check only"
	}
}

// Options are the operator's wishes as values. Every flag is read in one place, osc/command, and comes here typed and checked.
type Options struct {
	DSN           dsn.DSN // complete: names a schema and a table
	Mode          Mode
	Alter         string // text after ALTER TABLE x; empty rebuilds the table
	Print         bool
	Force         bool
	NoVerify      bool         // --no-verify: swap without comparing the tables
	VerifyThreads int          // --verify-threads: sessions that compare at once; 0 counts as 1
	Lossy         []ident.Name // --allow-lossy: columns whose values may change
	NullToNotNull bool         // --null-to-not-null: NULL may become the value that a NOT NULL column has for it
	NoCheckUnique bool         // --no-check-unique-key-change: drop rows that are equal in a new unique key, as pt-online-schema-change does
	Tables        TableOptions
	Copy          CopyOptions
	Load          LoadOptions
	Replicas      ReplicaOptions
	Tries         Tries
	Blockers      Blockers
	SetVars       []string // elements of --set-vars: name=value
}

// Blockers say what becomes of sessions that hold the table while oscar asks for it.
type Blockers struct {
	Kill  metalock.Kill // --kill-blockers
	After int           // --kill-blockers-after: asks that were not granted
}

// TableOptions say what becomes of the tables and triggers.
type TableOptions struct {
	NewName       string     // --new-table-name with %T for the table's name; empty: _T_new, or with more underscores when that is taken
	NoSwap        bool       // --no-swap-tables
	KeepOld       bool       // --no-drop-old-table
	KeepNew       bool       // --no-drop-new-table
	KeepTriggers  bool       // --no-drop-triggers
	AnalyzeBefore TrueOrAuto // --[no]analyze-before-swap
}

// TrueOrAuto is a yes/no option that decides by itself when it is not given.
type TrueOrAuto int

// The values.
const (
	Auto TrueOrAuto = iota
	Yes
	No
)

// CopyOptions steer the copy.
type CopyOptions struct {
	ChunkRows  int64         // --chunk-size: rows of the first chunk
	ChunkTime  time.Duration // --chunk-time: what a chunk should take; 0 keeps the size
	SizeLimit  float64       // --chunk-size-limit: a table of up to ChunkRows times this is copied in one statement; 0 counts as 1
	Index      ident.Name    // --chunk-index
	Where      string        // --where
	Sleep      time.Duration // --sleep: after each chunk
	ReportEach time.Duration // how often Sink.Progress is told at most; 0 means 10 times a second
}

// LoadOptions hold the copy while the server is busy and end the run when it is in danger.
type LoadOptions struct {
	Max           []string      // --max-load: Variable=number or Variable (then 1.2 times the value at the start)
	Critical      []string      // --critical-load: likewise, 2 times
	CheckInterval time.Duration // --check-interval
	PauseFile     string        // --pause-file: hold while it exists
	FlagFile      string        // --throttle-flag-file: likewise, gh-ost's name
}

// Try is how often an act is tried and how long is waited in between.
//
// A try that needs an exclusive metadata lock asks for it, one second at a time, for as long as --set-vars lock_wait_timeout says: as
// patient as pt-online-schema-change in all, but the application never queues behind it for more than that second.
type Try struct {
	Times int // 0 means for as long as it takes
	Wait  time.Duration
}

// Operation is an act that is tried several times. The names are those of --tries.
type Operation string

// The operations.
const (
	AnalyzeTable      Operation = "analyze_table"
	CopyRows          Operation = "copy_rows"
	CreateTriggers    Operation = "create_triggers"
	DropTriggers      Operation = "drop_triggers"
	SwapTables        Operation = "swap_tables"
	UpdateForeignKeys Operation = "update_foreign_keys"
)

// Tries hold a Try for each operation.
type Tries map[Operation]Try

// lines are the tries as pt-online-schema-change prints them, by name.
func (t Tries) lines() []string {
	names := make([]string, 0, len(t))
	for name := range t {
		names = append(names, string(name))
	}
	sort.Strings(names)
	for i, name := range names {
		try := t[Operation(name)]
		times := strconv.Itoa(try.Times)
		if try.Times == 0 {
			times = "unlimited"
		}
		names[i] = name + ", " + times + ", " + strconv.FormatFloat(try.Wait.Seconds(), 'f', -1, 64)
	}
	return names
}

// DefaultTries are what --tries begins with. Row locks are waited for without an end: a chunk that meets one grows smaller and is tried again, since
// a lock held for a minute is no reason to throw away a copy of days.
func DefaultTries() Tries {
	second := Try{Times: 10, Wait: time.Second}
	return Tries{
		AnalyzeTable: second, CopyRows: {Wait: 250 * time.Millisecond}, CreateTriggers: second, DropTriggers: second,
		SwapTables: second, UpdateForeignKeys: second,
	}
}

// DefaultCopy are the copy's defaults.
func DefaultCopy() CopyOptions {
	return CopyOptions{ChunkRows: 1000, ChunkTime: 500 * time.Millisecond, SizeLimit: 4}
}

// DefaultVerifyThreads is how many sessions compare at once.
const DefaultVerifyThreads = 2

// DefaultLoad are the load limits' defaults.
func DefaultLoad() LoadOptions {
	return LoadOptions{Max: []string{"Threads_running=25"}, Critical: []string{"Threads_running=50"}, CheckInterval: time.Second}
}
