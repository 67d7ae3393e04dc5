package verify

import (
	"fmt"
	"strings"

	"oscar/osc/ident"
)

// Mismatch says that rows differ, and stay different after they were copied again. There must be no swap.
type Mismatch struct {
	Table ident.Table
	New   ident.Table
	Keys  []string // of rows that differ, the first few
	Cause error    // why they could not be copied again; nil when they were, or when nobody tried
}

func (m *Mismatch) Error() string {
	text := fmt.Sprintf("rows of %s differ from those of the new table %s", m.Table, m.New)
	if len(m.Keys) > 0 {
		text += ": " + strings.Join(m.Keys, "; ")
	}
	if m.Cause != nil {
		text += fmt.Sprintf(" (copying them again: %v)", m.Cause)
	}
	return text
}

// Unwrap gives the reason why the rows could not be copied again.
func (m *Mismatch) Unwrap() error { return m.Cause }

// Try tells how to go on.
func (m *Mismatch) Try() string {
	return "look at these rows in both tables: the new definition may not hold their values as they are, or something that fires no trigger " +
		"(a foreign key's cascade, TRUNCATE, a partition operation) changed them"
}

// find is what stays different in one range.
type find struct {
	number int64    // of the range, in the order of the key
	keys   []string // the first few; none where no key can be told
	cause  error
}
