package preflight

import (
	"oscar/osc/alter"
	"oscar/osc/ident"
)

// constraintNames: names of constraints are taken while the original has them, so in the new table they are others, and it is the new table that
// is altered. With IF EXISTS the server would not even say that it dropped nothing.
func constraintNames(f Facts) Refusals {
	return eachClause(f, func(c alter.Clause, place string) (Refusal, bool) {
		switch c.Kind {
		case alter.DropForeignKey, alter.DropConstraint, alter.AlterCheck:
		default:
			return Refusal{}, false
		}
		name, rotated := f.constraint(c.Constraint)
		return Refusal{
			Check: "constraint's name",
			Why:   "in the new table the constraint " + c.Constraint.SQL() + " is called " + name.SQL() + ", since one of its name is still in use",
			Try:   "write " + c.Kind.String() + " " + name.SQL(),
			Kind:  Generic,
		}, rotated
	})
}

// constraint is the name that a constraint of the original has in the new table; ok is false when the new table has one of the old name too:
// that one is meant then.
func (f Facts) constraint(old ident.Name) (now ident.Name, ok bool) {
	for from, to := range f.Constraints {
		if to.Is(old) {
			return "", false
		}
		if from.Is(old) {
			now, ok = to, true
		}
	}
	return now, ok
}
