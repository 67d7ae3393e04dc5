package preflight

import (
	"oscar/osc/alter"
)

// readdedColumns: the server gives such a column its default in every row, while the copy would find a column of that name on both sides.
func readdedColumns(f Facts) Refusals {
	clauses := f.Alter.Clauses()
	return eachClause(f, func(c alter.Clause, place string) (Refusal, bool) {
		added := false
		for _, other := range clauses {
			added = added || other.Kind == alter.AddColumn && other.Column.Is(c.Column)
		}
		return Refusal{
			Check: "column dropped and added",
			Why:   "the ALTER drops the column " + c.Column.SQL() + " and adds one of the same name, so it is not certain whose values are meant",
			Try:   "drop it in one run and add it in the next; to keep the values, use MODIFY",
			Kind:  Unsupported,
		}, c.Kind == alter.DropColumn && added
	})
}
