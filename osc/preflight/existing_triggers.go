package preflight

import (
	"strings"

	"oscar/osc/ident"
)

// ours is how names of capture triggers begin, those of pt-online-schema-change and of oscar.
const ours = "pt_osc_"

// existingTriggers looks at the triggers of the table.
func existingTriggers(f Facts) Refusals {
	var users, captures []ident.Table
	for _, t := range f.Table.Triggers {
		name := f.Table.Name.Sibling(t.Name)
		if strings.HasPrefix(strings.ToLower(string(t.Name)), ours) {
			captures = append(captures, name)
		} else {
			users = append(users, name)
		}
	}
	var out Refusals
	if len(captures) > 0 {
		out = append(out, Refusal{
			Check: "left-over triggers",
			Why: "the table " + f.Table.Name.SQL() + " has triggers of an online schema change: " + names(captures) + "; another " +
				"pt-online-schema-change or oscar is at work on it, or one was stopped and left them",
			Try: "make sure that none is at work, then remove what it left: " + sqlDropTriggers(captures),
		})
	}
	if len(users) > 0 {
		out = append(out, Refusal{
			Check: "triggers",
			Why: "the table " + f.Table.Name.SQL() + " has triggers: " + names(users) + "; this tool needs to create its own triggers, and " +
				"carrying others over to the new table is not supported yet",
			Try: "if the table can be without them for the time of the change, keep their text, drop them, and create them again afterwards",
		})
	}
	return out
}

func names(tables []ident.Table) string {
	list := make([]ident.Name, len(tables))
	for i, t := range tables {
		list[i] = t.Name
	}
	return ident.List(list)
}
