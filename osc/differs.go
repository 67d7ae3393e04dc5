package osc

import (
	"strings"

	"oscar/dsn"
	"oscar/osc/plan"
)

// Differs says that the new table's rows differ from the original's and could not be made equal. The new table and the triggers, which keep it current,
// stay for a person to look at.
type Differs struct {
	Err    error       // holds the *verify.Mismatch
	Again  string      // the command that compares the pair once more
	Remove []plan.Stmt // takes away what was kept, in this order
}

func (d *Differs) Error() string { return d.Err.Error() }
func (d *Differs) Unwrap() error { return d.Err }

// Keep is why nothing is taken back; see step.Runner.
func (d *Differs) Keep() string { return "rows differ, and the pair of tables is kept to be looked at" }

// Tries tell how to go on.
func (d *Differs) Tries() []string {
	var remove []string
	for _, s := range d.Remove {
		remove = append(remove, s.SQL+";")
	}
	return []string{
		"look at these rows in both tables: the new definition may not hold their values as they are, or something that fires no trigger (a foreign key's " +
			"cascade, TRUNCATE, a partition operation) changed them",
		"to compare the pair again, without changing anything: " + d.Again,
		"to remove what was kept, triggers first: " + strings.Join(remove, " "),
	}
}

// again is the command that compares this run's pair. The password is not in it.
func (r *Job) again() string {
	words := []string{"oscar", "--verify-only"}
	if r.o.Alter != "" {
		words = append(words, "--alter", quoteShell(r.o.Alter))
	}
	if name := r.shadow.Table.Name; name != plan.ShadowNames(r.facts.table.Name, "")[0] {
		words = append(words, "--new-table-name", quoteShell(string(name)))
	}
	if len(r.o.SetVars) > 0 {
		words = append(words, "--set-vars", quoteShell(strings.Join(r.o.SetVars, ",")))
	}
	target := r.o.DSN
	if target.Password.Given() {
		words = append(words, "--ask-pass")
		target.Password = dsn.Secret{}
	}
	return strings.Join(append(words, quoteShell(target.Format())), " ")
}

// quoteShell writes a word as a POSIX shell reads it back.
func quoteShell(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
