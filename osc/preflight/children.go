package preflight

import (
	"strings"
)

// children looks for foreign keys of other tables that point at the table: after the swap they would point at the old one.
func children(f Facts) Refusals {
	var list []string
	for _, c := range f.Table.Children {
		if c.Child != f.Table.Name {
			list = append(list, c.Name.SQL()+" of "+c.Child.SQL())
		}
	}
	if len(list) == 0 {
		return nil
	}
	return Refusals{{
		Check: "child tables",
		Why: "there are foreign keys that reference the table " + f.Table.Name.SQL() + ": " + strings.Join(list, ", ") +
			"; pointing them at the new table (--alter-foreign-keys-method) is not supported yet",
		Try: "drop these foreign keys for the time of the change and add them again afterwards, or use the server's own ALTER TABLE",
	}}
}
