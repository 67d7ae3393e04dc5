package osc

import (
	"context"
	"strings"

	"oscar/osc/inspect"
	"oscar/osc/plan"
	"oscar/osc/preflight"
)

// printable refuses a table of which the server prints members of ENUMs and SETs, or defaults, with question marks in place of letters. It changes
// nothing.
func (r *Job) printable(ctx context.Context) error {
	t := r.facts.table
	for _, c := range t.Columns {
		if c.DataType != "enum" && c.DataType != "set" || !strings.Contains(c.Type, "?") {
			continue
		}
		members, err := inspect.Members(ctx, r.session, t, c)
		if err != nil {
			return err
		}
		if refusals := preflight.HiddenMembers(t.Name, c.Name, members); len(refusals) > 0 {
			return refusals
		}
	}
	defaults, err := inspect.Defaults(ctx, r.session, r.facts.server, t)
	if err != nil {
		return err
	}
	for _, d := range defaults {
		if refusals := preflight.HiddenDefault(t.Name, d.Column, d.Value, d.Known); len(refusals) > 0 {
			return refusals
		}
	}
	return nil
}

// twin refuses a new table that is not what the original is. It is asked before the ALTER, when the two must be the same.
func (r *Job) twin(ctx context.Context) error {
	t := r.facts.table
	made, err := inspect.Table(ctx, r.session, r.shadow.Table)
	if err != nil {
		return err
	}
	if was, is, ok := plan.Difference(r.shadow.Create[0].SQL, made.Create); !ok {
		return preflight.OtherDefinition(t.Name, "a line of SHOW CREATE TABLE", was, is)
	}
	was, err := inspect.Facts(ctx, r.session, r.facts.server, t)
	if err != nil {
		return err
	}
	is, err := inspect.Facts(ctx, r.session, r.facts.server, made)
	if err != nil {
		return err
	}
	for i := range min(len(was), len(is)) {
		if was[i] != is[i] {
			return preflight.OtherDefinition(t.Name, was[i].What, was[i].Value, is[i].Value)
		}
	}
	if len(was) != len(is) {
		return preflight.OtherDefinition(t.Name, "the number of its parts", "", "")
	}
	return nil
}
