package osc

import (
	"time"

	"oscar/osc/ident"
)

// Verdict is how a run ended.
type Verdict int

// The verdicts.
const (
	NotAltered   Verdict = iota // the original is as it was
	DryRunDone                  // a dry run went through
	Altered                     // the change is live
	AlteredNotes                // the change is live, but something after the swap went wrong
	Refused                     // neither --dry-run nor --execute was given: looked only
	InDoubt                     // nobody knows whether the swap took place; a person must look
	Compared                    // a pair was compared and is equal; nothing was changed
)

// Summary is what a run has done.
type Summary struct {
	Table      ident.Table
	Verdict    Verdict
	Rows       int64                // rows that the copy inserted
	Chunks     int64                // copy statements that went through
	CopyTime   time.Duration        // of the copy, waits included
	Total      time.Duration        // of the whole run
	Changed    map[ident.Name]int64 // values that the copy changed with leave (--allow-lossy, --null-to-not-null), by column of the new table
	Dropped    int64                // rows of the original that are not in the new table, with --no-check-unique-key-change
	Verified   Verified
	Statistics map[string]int // counts by pt-online-schema-change's names: INSERT, lock_wait_timeout, mysql_warning_1062, ...
}

// Verified is what the comparison before the swap has done.
type Verified struct {
	Waived     string // why there was none; empty when there was one
	Rows       int64
	Ranges     int64
	Mismatches int64        // ranges that differed
	Repaired   int64        // of these, ranges that were equal after they had been copied again
	Skipped    []ident.Name // columns whose change of type has no exact comparison
	Time       time.Duration
}
