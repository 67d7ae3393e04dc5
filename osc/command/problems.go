package command

import (
	"errors"
	"strings"

	"oscar/osc/preflight"
	"oscar/osc/report"
	"oscar/osc/step"
)

// complain tells a person what went wrong: each finding on an "Error:" line of its own, what to do about it on "Try:" lines, and the
// statements that clean up, if something was left behind.
func complain(c *report.Console, err error) {
	for _, e := range split(err) {
		c.Problem("Error", e.Error())
		for _, try := range tries(e) {
			c.Problem("Try", try)
		}
		var left *step.LeftBehind
		if errors.As(e, &left) {
			leftovers(c, left.SQL())
		}
	}
}

// leftovers prints statements that a person can run as they are.
func leftovers(c *report.Console, statements []string) {
	if len(statements) == 0 {
		return
	}
	c.Note("To take back what is left, execute in this order:")
	for _, s := range statements {
		c.Note(strings.TrimRight(s, "; \n") + ";")
	}
}

// split takes apart what was put together by errors.Join, and the refusals of a preflight wherever they are. An error that only mentions
// several others in a sentence of its own stays whole.
func split(err error) []error {
	var refusals preflight.Refusals
	if parts, joined := err.(interface{ Unwrap() []error }); joined {
		var texts []string
		for _, p := range parts.Unwrap() {
			texts = append(texts, p.Error())
		}
		if strings.Join(texts, "\n") == err.Error() {
			var all []error
			for _, p := range parts.Unwrap() {
				all = append(all, split(p)...)
			}
			return all
		}
	}
	if errors.As(err, &refusals) {
		return refusals.Unwrap()
	}
	return []error{err}
}

// tries are the remedies that an error offers.
func tries(err error) []string {
	var (
		refusal preflight.Refusal
		one     interface{ Try() string }
		several interface{ Tries() []string }
		all     []string
	)
	switch {
	case errors.As(err, &refusal):
		all = []string{refusal.Try}
	case errors.As(err, &several):
		all = several.Tries()
	case errors.As(err, &one):
		all = []string{one.Try()}
	}
	var said []string
	for _, t := range all {
		if t != "" {
			said = append(said, t)
		}
	}
	return said
}
