package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"oscar/e2e/orders"
)

// judge gathers everything that is not as it must be.
func (d *demo) judge(ctx context.Context, db *sqlx.DB, r *result) error {
	wrong := func(format string, args ...any) { r.wrong = append(r.wrong, fmt.Sprintf(format, args...)) }
	if r.oscar.code != 0 {
		wrong("oscar ended with code %d", r.oscar.code)
	}
	if !r.diff.Equal() {
		wrong("the table is not what the writers committed (first: what must be, second: the table): %s", r.diff)
	}
	for _, e := range r.stats.Unexpected {
		wrong("a writer met an error that it must not meet: %s", e)
	}
	for what, query := range map[string]string{
		"the new column":    "SELECT COUNT(*) = 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_NAME = 'note'",
		"the wider column":  "SELECT COUNT(*) = 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_TYPE = 'decimal(14,2)'",
		"the new index":     "SELECT COUNT(*) = 2 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME = 'customer_amount'",
		"the three indexes": "SELECT COUNT(DISTINCT INDEX_NAME) = 3 FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME IN ('customer', 'status_amount', 'tracking')",
	} {
		var there bool
		if err := db.GetContext(ctx, &there, query, schema, orders.Table); err != nil {
			return fmt.Errorf("look for %s: %w", what, err)
		}
		if !there {
			wrong("%s is not there", what)
		}
	}
	var left []string
	err := db.SelectContext(ctx, &left, `SELECT CONCAT('table ', TABLE_NAME) FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME <> ?
		UNION ALL SELECT CONCAT('trigger ', TRIGGER_NAME) FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = ?`, schema, orders.Table, schema)
	if err != nil {
		return fmt.Errorf("look for what oscar left behind: %w", err)
	}
	for _, l := range left {
		wrong("oscar left %s behind", l)
	}
	slices.Sort(r.wrong)
	return nil
}

// errAutoinc is how InnoDB words a deadlock over the lock that hands out auto_increment values. Like any deadlock it undoes the transaction whole.
const errAutoinc = 1467

// known names the errors that end a writer's statement and harm nothing. They are told, with their numbers, and not held to be wrong.
var known = map[uint16]string{
	1062: "duplicate key, the writers' own doing", 1205: "lock wait timeout", 1213: "deadlock", errAutoinc: "deadlock over auto_increment",
}

// tell prints the summary.
func (r *result) tell(out io.Writer, total time.Duration) {
	line := func(what, format string, args ...any) {
		fmt.Fprintf(out, "  %-16s %s\n", what, fmt.Sprintf(format, args...))
	}
	fmt.Fprintln(out, "\nSummary")
	line("rows", "%s when oscar started, %s at the end", grouped(r.before), grouped(r.diff.RowsB))
	line("oscar", "%.1f s for the whole command, %s rows/s", r.oscar.took.Seconds(), grouped(int(float64(r.before)/r.oscar.took.Seconds())))
	before, during := r.stalls()
	line("longest stall", "%s (one statement of a writer, from the start of oscar on); before oscar: %s", ms(during), ms(before))
	line("writers' pace", "%s while oscar ran; before oscar: %s", r.meanwhile, r.alone)
	line("writers' errors", "%s, in %s statements", r.errors(), grouped(r.stats.Total()))
	for _, w := range r.wrong {
		line("WRONG", "%s", w)
	}
	if len(r.wrong) == 0 {
		line("compared", "every row and every value is as the writers committed it; nothing was left behind")
	}
	line("all in all", "%.0f s, the server's start and the filling included", total.Seconds())
}

// stalls returns the longest statements before and from oscar's start on. The second in which oscar started counts for oscar.
func (r *result) stalls() (before, during time.Duration) {
	for _, s := range r.stats.Seconds {
		if s.At+time.Second <= r.alone.took {
			before = max(before, s.Max)
		} else {
			during = max(during, s.Max)
		}
	}
	return before, during
}

// errors lists what the writers met, deadlocks and lock waits also when there were none.
func (r *result) errors() string {
	counts := maps.Clone(r.stats.Errors)
	for n := range known {
		counts[n] += 0
	}
	var parts []string
	for _, n := range slices.Sorted(maps.Keys(counts)) {
		text := fmt.Sprintf("%d × %d", counts[n], n)
		if known[n] != "" {
			text += " (" + known[n] + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// grouped writes a number with commas.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func since(t time.Time) string { return fmt.Sprintf("done in %.1f s", time.Since(t).Seconds()) }

func ms(d time.Duration) string { return fmt.Sprintf("%d ms", d.Milliseconds()) }
