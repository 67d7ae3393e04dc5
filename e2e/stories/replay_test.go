package stories

import (
	"regexp"
	"strings"
	"testing"

	"github.com/jmoiron/sqlx"
)

var (
	// A line that begins a statement.
	verb = regexp.MustCompile(`^(CREATE TABLE|ALTER TABLE|SET SESSION|LOCK TABLES|UNLOCK TABLES|CREATE TRIGGER|CREATE DEFINER|INSERT|SELECT|ANALYZE TABLE|RENAME TABLE|DROP TABLE|DROP TRIGGER)\b`)
	// A line of words. Those of a run begin with a time or with one of these.
	said = regexp.MustCompile(`^(TS )?(Creating|Created|Altering|Altered|Not|Dropping|Dropped|Dry|Starting|Renaming|Copying|Copied|Swapping|Swapped|Analyzing) `)
)

// printed takes the statements out of what a dry run printed.
func printed(out string) []string {
	var all []string
	var now []string
	flush := func() {
		if len(now) > 0 {
			all = append(all, strings.Join(now, "\n"))
		}
		now = nil
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(steady(out), "\n"), "\n") {
		switch {
		case verb.MatchString(line):
			flush()
			now = []string{line}
		case said.MatchString(line):
			flush()
		case now != nil:
			now = append(now, line)
		}
	}
	flush()
	return all
}

// replay runs what was printed, as a person would, except for templates, which have ? where key values or a number go.
func replay(t *testing.T, db *sqlx.DB, out string) {
	t.Helper()
	one := session(t, db)
	mustExec(t, one, "SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO,STRICT_TRANS_TABLES'")
	kinds := map[string]int{}
	for _, text := range printed(out) {
		kind, _, _ := strings.Cut(text, "`")
		kinds[strings.TrimSpace(kind)]++
		if (strings.HasPrefix(text, "INSERT") || strings.HasPrefix(text, "SELECT")) && strings.Contains(text, "?") || strings.Contains(text, " AUTO_INCREMENT=?") {
			continue
		}
		if _, err := one.ExecContext(t.Context(), text); err != nil {
			t.Errorf("the server does not take a printed statement: %v\n%s", err, text)
		}
	}
	// The one INSERT with values is that of the notes, where the triggers need a table for them.
	want := map[string]int{"CREATE TABLE": 1 + kinds["INSERT IGNORE INTO"], "CREATE TRIGGER": 3, "INSERT LOW_PRIORITY IGNORE INTO": 1, "DROP TRIGGER IF EXISTS": 3}
	for kind, n := range want {
		if kinds[kind] != n {
			t.Errorf("%d statements %s printed, want %d: %v", kinds[kind], kind, n, kinds)
		}
	}
	for _, name := range names(t, db) {
		if strings.HasPrefix(name, "pt_osc_") {
			t.Errorf("after the replay the trigger %s is left", name)
		}
	}
}
