// Package load drives one table with concurrent writers, as an application would while its table is altered: text
// statements, server-side prepared statements that stay open, and stored procedures; inserts, updates, moves of keys,
// deletes, REPLACE, upserts, several rows at once, short transactions and rollbacks.
//
// The writers know the table only through information_schema. The same seed gives each writer the same sequence of choices;
// how the writers interleave is up to the server.
//
// With a ledger the writers note what the table must hold in the end (see Ledger), so that a run can be checked exactly even
// though the table was swapped underneath them.
package load

import (
	"fmt"
	"slices"
)

// Kind is how a writer sends its statements.
type Kind string

const (
	// Text sends whole statements with their values in the text.
	Text Kind = "text"
	// Prepared sends server-side prepared statements, opened before the first write and never prepared again by the writer
	// unless its connection is lost.
	Prepared Kind = "prepared"
	// Procedure calls stored procedures that the load makes in the schema.
	Procedure Kind = "procedure"
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Text, Prepared, Procedure} }

// Op is what a statement does.
type Op string

// The operations. Move changes key columns; Range updates up to three neighbours with one statement.
const (
	Insert     Op = "insert"
	InsertKey  Op = "insert-key" // like Insert, with a value of our own for an auto_increment column
	InsertMany Op = "insert-many"
	Update     Op = "update"
	Range      Op = "update-range"
	Move       Op = "move"
	Delete     Op = "delete"
	Replace    Op = "replace"
	Upsert     Op = "upsert"
)

// Mix gives each operation a weight. An operation that is not named does not happen.
type Mix map[Op]int

// DefaultMix keeps the table growing slowly.
func DefaultMix() Mix {
	return Mix{Insert: 25, InsertKey: 4, InsertMany: 5, Update: 30, Range: 4, Move: 6, Delete: 14, Replace: 6, Upsert: 6}
}

// Spec says what to write. Only Table must be given.
type Spec struct {
	Table   string
	Seed    uint64
	Workers int     // 0: one for each of Kinds
	Kinds   []Kind  // dealt out to the workers in turn; empty: all
	Mix     Mix     // nil: DefaultMix
	Rate    float64 // transactions a second of each worker; 0: as fast as the server answers
	// Columns are the columns to write and to note in the ledger; key columns must be among them. Empty: all that can be
	// written. Name only columns that live through the alteration under the same name, else writers fail once it is done.
	Columns []string
	// Values replaces the random values of a column by a choice from these.
	Values map[string][]any
	// Tolerate are server error numbers that are counted and not reported as unexpected, beside 1062, 1205 and 1213. A lost
	// connection counts as 2013.
	Tolerate []uint16
	// Ledger makes the writers note every committed change. It needs InnoDB. On tables with more than one unique key it leaves out REPLACE and
	// upsert, which may touch rows that it cannot know of.
	Ledger bool
}

// Server error numbers known here.
const (
	errDuplicate = 1062
	errLockWait  = 1205
	errDeadlock  = 1213
	errLost      = 2013 // the client library's number for a connection lost during a query
)

// filled returns the spec with its defaults, or what is wrong with it.
func (s Spec) filled() (Spec, error) {
	if s.Table == "" {
		return s, fmt.Errorf("no table named")
	}
	if len(s.Kinds) == 0 {
		s.Kinds = Kinds()
	}
	if s.Workers == 0 {
		s.Workers = len(s.Kinds)
	}
	if s.Mix == nil {
		s.Mix = DefaultMix()
	}
	s.Tolerate = append([]uint16{errDuplicate, errLockWait, errDeadlock}, s.Tolerate...)
	for _, k := range s.Kinds {
		if !slices.Contains(Kinds(), k) {
			return s, fmt.Errorf("unknown kind of writer %q", k)
		}
	}
	for op, weight := range s.Mix {
		if _, known := DefaultMix()[op]; !known || weight < 0 {
			return s, fmt.Errorf("unknown operation %q or negative weight", op)
		}
	}
	return s, nil
}
