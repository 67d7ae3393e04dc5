package preflight

import (
	"strings"

	"oscar/osc/alter"
)

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

// overlaps refuses keys WITHOUT OVERLAPS: MariaDB does not let REPLACE write to such a table (1235), so the triggers would make every write of an
// application fail.
func overlaps(a altered) Refusals {
	if !strings.Contains(unquoted(a.shadow.Create), "WITHOUT OVERLAPS") {
		return nil
	}
	return Refusals{{
		Check: "key without overlaps",
		Why:   "the new table of " + a.Table.Name.SQL() + " has a key WITHOUT OVERLAPS, to which MariaDB lets no trigger write what oscar's have to (REPLACE)",
		Try:   "use the server's own ALTER TABLE, or drop this key first and add it again afterwards with it",
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
