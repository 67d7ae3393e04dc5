package osc

import (
	"context"
	"fmt"
	"slices"

	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/plan"
)

// name finds free names for the new and the old table and for constraints, and plans the new table.
func (r *Job) name(ctx context.Context) error {
	t := r.facts.table.Name
	shadow, err := r.freeName(ctx, "--new-table-name", plan.ShadowNames(t, r.o.Tables.NewName))
	if err != nil {
		return err
	}
	r.shadow.Table = t.Sibling(shadow)
	if r.facts.old, err = r.freeName(ctx, "", r.oldNames()); err != nil {
		return err
	}
	if r.facts.notes, err = r.freeName(ctx, "", plan.NoteNames(t)); err != nil {
		return err
	}
	r.shadow, err = plan.NewShadow(r.facts.table, t.Sibling(shadow), func(n ident.Name) ident.Name { return r.facts.constraints[n] },
		plan.AlterClause(r.o.Alter), r.facts.modes)
	return err
}

// freeName is the first name that no table has.
func (r *Job) freeName(ctx context.Context, option string, candidates []ident.Name) (ident.Name, error) {
	err := r.ensure(ctx)
	if err != nil {
		return "", err
	}
	taken, err := inspect.Existing(ctx, r.session, r.facts.table.Name.Schema, candidates)
	if err != nil {
		return "", err
	}
	name, ok := plan.Free(candidates, taken)
	if !ok {
		return "", &NoName{Option: option, Tried: candidates}
	}
	return name, nil
}

// oldNames are the names to try for the old table; the new table's is not among them.
func (r *Job) oldNames() []ident.Name {
	return slices.DeleteFunc(plan.OldNames(r.facts.table.Name), r.shadow.Table.Name.Is)
}

// NoName says that every name for a table is taken.
type NoName struct {
	Option string
	Tried  []ident.Name
}

func (n *NoName) Error() string {
	if len(n.Tried) == 1 {
		return fmt.Sprintf("find a name for the new table: %s exists already", n.Tried[0].SQL())
	}
	return fmt.Sprintf("find a name for the new or old table: the names from %s to %s are all taken", n.Tried[0].SQL(), n.Tried[len(n.Tried)-1].SQL())
}

// Try tells how to go on.
func (n *NoName) Try() string {
	if n.Option != "" {
		return "drop what an earlier run left, or give another name with " + n.Option
	}
	return "drop or rename what earlier runs left"
}

// constraints gives every constraint of the table the name that it has in the new table.
func (r *Job) constraints(ctx context.Context) (map[ident.Name]ident.Name, error) {
	names := plan.Constraints(r.facts.table)
	if len(names) == 0 {
		return nil, nil
	}
	var candidates []ident.Name
	for _, n := range names {
		candidates = append(candidates, plan.Candidates(n)...)
	}
	taken, err := inspect.ExistingConstraints(ctx, r.session, r.facts.table.Name.Schema, candidates)
	if err != nil {
		return nil, err
	}
	return plan.Rotate(names, func(n ident.Name) bool { return ident.Has(taken, n) }), nil
}
