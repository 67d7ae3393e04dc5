package preflight

import (
	"strings"

	"oscar/osc/schema"
)

// cascades looks for foreign keys by which the server itself changes rows of the table when the parent changes. Such changes fire no
// trigger (field-notes 7 #19, both servers), so the new table would keep what is gone.
func cascades(f Facts) Refusals {
	list := cascading(f.Table)
	if len(list) == 0 {
		return nil
	}
	return Refusals{{
		Check: "cascades",
		Why: "foreign keys of " + f.Table.Name.SQL() + " change its rows when the parent changes: " + strings.Join(list, ", ") +
			"; such changes fire no trigger and would be missing from the new table",
		Try: "for the time of the change replace them by foreign keys with RESTRICT, or use the server's own ALTER TABLE",
	}}
}

// newCascades looks for the same on the new table, where it would be worse: a row that is deleted from the parent would take copied rows with
// it, and the original keeps them.
func newCascades(a altered) Refusals {
	list := cascading(a.shadow)
	if len(list) == 0 || len(cascading(a.Table)) > 0 {
		return nil
	}
	return Refusals{{
		Check: "new cascades",
		Why: "the ALTER adds foreign keys that change rows when the parent changes: " + strings.Join(list, ", ") +
			"; while the rows are copied they would change the new table and not the original",
		Try:  "leave them out, and add them afterwards with the server's own ALTER TABLE",
		Kind: Unsupported,
	}}
}

func cascading(t schema.Table) []string {
	var list []string
	for _, fk := range t.ForeignKeys {
		for _, rule := range []struct{ when, does string }{{"DELETE", fk.OnDelete}, {"UPDATE", fk.OnUpdate}} {
			switch strings.ToUpper(rule.does) {
			case "CASCADE", "SET NULL", "SET DEFAULT":
				list = append(list, fk.Name.SQL()+" ON "+rule.when+" "+strings.ToUpper(rule.does))
			}
		}
	}
	return list
}
