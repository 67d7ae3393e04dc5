package preflight

// galera refuses nodes of a cluster: there DDL runs in total order on every node and flow control stalls all writers, which the run does
// not yet watch.
func galera(f Facts) Refusals {
	if !f.Server.On("wsrep_on") {
		return nil
	}
	return Refusals{{
		Check: "cluster",
		Why:   "the server is a node of a Galera cluster (wsrep_on), which is not supported yet",
		Try:   "alter the table with the server's own ALTER TABLE, or with a tool that knows Galera",
		Kind:  MinimumRequirements,
	}}
}
