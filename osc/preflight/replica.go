package preflight

// replica refuses a server that applies the writes of another one: triggers do not fire for row events (MySQL manual, "Replication and
// Triggers"), so what replication writes during the copy would be missing from the new table.
func replica(f Facts) Refusals {
	if f.Source == "" {
		return nil
	}
	return Refusals{{
		Check: "replica",
		Why:   "this server is a replica of " + f.Source + "; triggers do not fire for replicated rows, so rows written during the copy would be lost",
		Try:   "run it on " + f.Source + ", or give --force if nothing is replicated into " + f.Table.Name.SQL(),
		Kind:  MinimumRequirements,
	}}
}
