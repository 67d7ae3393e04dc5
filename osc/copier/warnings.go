package copier

import (
	"context"
	"fmt"
	"strconv"

	"oscar/osc/conn"
	"oscar/osc/ident"
)

// Warnings that a copy statement may give without a value having changed.
const (
	warnDuplicate = 1062 // the row is there: a trigger wrote it, or the range is copied for the second time
	warnCharset   = 1300 // about the statement's text, not about a row
	warnOldWord   = 1287 // likewise: MySQL would rather not see _utf8mb3 and _ucs2 in front of a key value
	warnUnsafe    = 1592 // INSERT .. SELECT is unsafe for a binary log in STATEMENT format
)

// Warning is a warning that stops the copy: the new table would hold another value than the original.
type Warning struct {
	Level   string
	Code    int
	Message string
	Query   string
}

func (w *Warning) Error() string {
	return fmt.Sprintf("the server changed or refused a value (%s %d: %s) in: %s", w.Level, w.Code, w.Message, w.Query)
}

// Try tells how to go on.
func (w *Warning) Try() string {
	return "correct the values that the new definition cannot hold, or give the column a type that can; --allow-lossy=COLUMN and --null-to-not-null accept what gets lost"
}

// inspect looks at the warnings of the statement that just ran. It returns how many rows were there already. Any warning but those above is an
// error: INSERT IGNORE turns what would be an error, and so a changed or missing value, into a warning.
func (c *Copier) inspect(ctx context.Context, query string) (duplicates int64, err error) {
	warnings, err := conn.Warnings(ctx, c.Session)
	if err != nil {
		return 0, fmt.Errorf("read the warnings of a chunk: %w", err)
	}
	for _, w := range warnings {
		c.result.Counts["mysql_warning_"+strconv.Itoa(w.Code)]++
		switch w.Code {
		case warnDuplicate:
			duplicates++
		case warnCharset, warnOldWord, warnUnsafe:
		default:
			if name, ok := c.Plan.Leave.Covers(w.Code, w.Message); ok {
				if c.result.Changed == nil {
					c.result.Changed = map[ident.Name]int64{}
				}
				c.result.Changed[name]++
				continue
			}
			return 0, &Warning{Level: w.Level, Code: w.Code, Message: w.Message, Query: query}
		}
	}
	if len(warnings) >= conn.MaxWarnings {
		return 0, fmt.Errorf("a chunk gave %d warnings, more than the server lists; use a smaller --chunk-size", len(warnings))
	}
	return duplicates, nil
}

// Counts are events by the names of pt-online-schema-change's --statistics.
type Counts map[string]int

// count notes an error and returns its name if it is one that passes when tried again.
func (c Counts) count(err error) string {
	name := ""
	switch {
	case conn.IsLockWait(err):
		name = "lock_wait_timeout"
	case conn.IsDeadlock(err):
		name = "deadlock"
	case conn.IsInterrupted(err):
		name = "query_killed"
	case conn.IsLost(err):
		c["lost_connection"]++
		return ""
	default:
		return ""
	}
	c[name]++
	return name
}

// warningsEach is how many warnings a row of a chunk may give without the server leaving some out.
func (c *Copier) warningsEach() int64 {
	if !c.Plan.Leave.Any() {
		return 1
	}
	return int64(1 + len(c.Plan.Pairs)) // the row is there already, and each column
}
