// Package preflight knows every reason not to change a table. The checks are pure: they look at values that osc/inspect has read and at the
// operator's ALTER, and talk to no server. All reasons are told at once, each with the way to go on.
//
// Before is asked while nothing has been changed on the server. After is asked when the new table has been made and altered and is still
// empty: then the server itself says what the ALTER does, and text and deed are compared.
//
// What is not checked here: whether each value of the table fits its new column. The copy looks at the server's warnings for that.
package preflight

import (
	"strings"

	"oscar/osc/alter"
	"oscar/osc/ident"
	"oscar/osc/schema"
	"oscar/triggers"
)

// Kind sorts refusals by the exit code that pt-online-schema-change documents for them.
type Kind int

// The kinds; the numbers are the exit codes.
const (
	Generic             Kind = 1
	MinimumRequirements Kind = 3
	NoKey               Kind = 4
	Unsupported         Kind = 17
)

// String is the kind in an operator's words.
func (k Kind) String() string {
	switch k {
	case MinimumRequirements:
		return "minimum requirements not met"
	case NoKey:
		return "no usable key"
	case Unsupported:
		return "unsupported operation"
	default:
		return "refused"
	}
}

// Refusal is one reason not to go on.
type Refusal struct {
	Check string // the check's name, in a few words
	Why   string // what stands against it; names the clause or the object
	Try   string // the way to go on; SQL in it can be run as it is
	Kind  Kind   // 0 counts as Generic
}

// Error is the reason without the way to go on.
func (r Refusal) Error() string { return r.Why }

// Refusals are all reasons that were found, in the order of the checks. None of them is no error: see Err.
type Refusals []Refusal

// Error is one reason a line.
func (r Refusals) Error() string {
	lines := make([]string, len(r))
	for i, one := range r {
		lines[i] = one.Why
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the single reasons to errors.As.
func (r Refusals) Unwrap() []error {
	errs := make([]error, len(r))
	for i, one := range r {
		errs[i] = one
	}
	return errs
}

// Err is the refusals as an error, nil when there are none.
func (r Refusals) Err() error {
	if len(r) == 0 {
		return nil
	}
	return r
}

// Code is the kind of the first refusal, which decides the exit code. The zero kind is none.
func (r Refusals) Code() Kind {
	switch {
	case len(r) == 0:
		return 0
	case r[0].Kind == 0:
		return Generic
	default:
		return r[0].Kind
	}
}

// Facts are what the checks look at.
type Facts struct {
	Server        schema.Server
	Table         schema.Table // the original
	Grants        []string     // SHOW GRANTS of the account, its active roles included
	Alter         alter.Text
	Key           bool                      // chunker.Choose found a key that the copy can follow
	Walk          []ident.Name              // the columns of that key
	Big           bool                      // the table has more rows than are copied in one statement
	Source        string                    // the server that this one replicates from; empty when it is no replica, or that does not matter
	Constraints   map[ident.Name]ident.Name // foreign keys and checks: the name in the new table by the name in the original; nil when unknown
	LateKeys      bool                      // unique keys that the rows may not fit are built after the copy
	TakenTriggers []ident.Name              // names among triggers.Names(Table.Name) that the schema's triggers have already, on whatever table
}

// altered is what After's checks look at.
type altered struct {
	Facts
	shadow schema.Table    // the new table after the ALTER
	pairs  []triggers.Pair // the columns that are copied
}

// Before are the reasons that can be known while nothing has been changed on the server.
func Before(f Facts) Refusals {
	var all Refusals
	for _, check := range before {
		all = append(all, check(f)...)
	}
	return all
}

// After are the reasons that the new table shows once the ALTER has been run on it and before a row is in it. The pairs are the columns
// that will be copied.
func After(f Facts, shadow schema.Table, pairs []triggers.Pair) Refusals {
	var all Refusals
	for _, check := range after {
		all = append(all, check(altered{Facts: f, shadow: shadow, pairs: pairs})...)
	}
	return all
}
