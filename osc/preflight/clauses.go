package preflight

import (
	"strings"

	"oscar/osc/alter"
)

// unreadClauses refuses clauses whose meaning is not known: on an empty table the server might take one for something else than on a full
// one, and nothing here could tell. Their text is not shown, it may hold a password; the place is.
func unreadClauses(f Facts) Refusals {
	return eachClause(f, func(c alter.Clause, place string) (Refusal, bool) {
		return Refusal{
			Check: "unknown clause",
			Why:   place + " of the ALTER is not understood, so it is not known what it does to the data",
			Try:   "write the clause in the form of the server's manual, or run it by itself with the server's own ALTER TABLE",
			Kind:  Unsupported,
		}, c.Kind == alter.Unknown
	})
}

// conditionalClauses refuses clauses in executable comments that some servers run and others do not.
func conditionalClauses(f Facts) Refusals {
	return eachClause(f, func(c alter.Clause, place string) (Refusal, bool) {
		return Refusal{
			Check: "conditional clause",
			Why:   place + " of the ALTER (" + c.Kind.String() + ") stands in a comment that only some servers run, so its meaning is not certain",
			Try:   "take it out of the comment, or leave it out",
			Kind:  Unsupported,
		}, c.Conditional && c.Kind != alter.Unknown
	})
}

// renamesTable: on the new table a RENAME would take the new table away.
func renamesTable(f Facts) Refusals {
	c, ok := f.Alter.RenamesTable()
	if !ok {
		return nil
	}
	return Refusals{{
		Check: "rename table",
		Why:   "the ALTER renames the table to " + c.NewName.SQL() + "; only the new table would be renamed, and the swap would not find it",
		Try:   "leave RENAME out, and rename the table afterwards with RENAME TABLE",
		Kind:  Unsupported,
	}}
}

// versioning refuses system versioning: the history of rows is in no SELECT and fires no trigger, so it would not be copied.
func versioning(f Facts) Refusals {
	return eachClause(f, func(c alter.Clause, place string) (Refusal, bool) {
		return Refusal{
			Check: "system versioning",
			Why:   place + " of the ALTER is about periods or system versioning (" + c.Option.Name + "), which is not supported yet",
			Try:   "run this clause by itself with the server's own ALTER TABLE",
			Kind:  Unsupported,
		}, c.Kind == alter.SystemVersioning
	})
}

// newVersioning looks for versioning that came by another road, such as a column's option.
func newVersioning(a altered) Refusals {
	if f := a.Facts; f.Alter.Has(alter.SystemVersioning) || !strings.Contains(unquoted(a.shadow.Create), "WITH SYSTEM VERSIONING") {
		return nil
	}
	return Refusals{{
		Check: "system versioning",
		Why:   "the ALTER makes " + a.Table.Name.SQL() + " system-versioned, which is not supported yet",
		Try:   "leave that out, and add it afterwards with the server's own ALTER TABLE",
		Kind:  Unsupported,
	}}
}

// unquoted is a SHOW CREATE TABLE without what stands between quotes.
func unquoted(create string) string {
	var b strings.Builder
	for i := 0; i < len(create); i++ {
		quote := create[i]
		if quote != '\'' && quote != '`' && quote != '"' {
			b.WriteByte(quote)
			continue
		}
		for i++; i < len(create) && create[i] != quote; i++ {
			if create[i] == '\\' && quote != '`' {
				i++
			}
		}
	}
	return b.String()
}

// tablespace: DISCARD and IMPORT mean the table's own file.
func tablespace(f Facts) Refusals {
	return eachClause(f, func(c alter.Clause, place string) (Refusal, bool) {
		return Refusal{
			Check: "tablespace",
			Why:   place + " of the ALTER is " + c.Kind.String() + ", which replaces the table's rows; on the new table it would mean nothing",
			Try:   "run it with the server's own ALTER TABLE",
			Kind:  Unsupported,
		}, c.Kind == alter.DiscardTablespace || c.Kind == alter.ImportTablespace
	})
}

// restructuring are the verbs about partitions that leave all rows in the table. The others take rows away or bring some in: on the empty
// new table they would lose that meaning, and the copy would put the rows elsewhere or reject them.
var restructuring = map[string]bool{
	"BY": true, "REMOVE": true, "UPGRADE": true, "ADD": true, "COALESCE": true, "REORGANIZE": true,
	"REBUILD": true, "OPTIMIZE": true, "ANALYZE": true, "CHECK": true, "REPAIR": true,
}

// partitions looks for partition clauses that change rows.
func partitions(f Facts) Refusals {
	return eachClause(f, func(c alter.Clause, place string) (Refusal, bool) {
		return Refusal{
			Check: "partitions",
			Why: place + " of the ALTER is " + c.Option.Name + " PARTITION, which changes the table's rows; on the empty new table it would " +
				"change none, and the copy would bring them all back or reject them",
			Try:  "run it by itself with the server's own ALTER TABLE",
			Kind: Unsupported,
		}, c.Kind == alter.Partition && !restructuring[c.Option.Name]
	})
}

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
