package preflight

// triggerTrust: with a binary log only SUPER may make triggers, unless the server trusts everyone who may make them. No smaller privilege
// does it (BINLOG ADMIN, SET USER, SET_ANY_DEFINER, SYSTEM_VARIABLES_ADMIN and others tried on the three servers): error 1419.
func triggerTrust(f Facts) Refusals {
	if !f.Server.On("log_bin") || f.Server.On("log_bin_trust_function_creators") || rightsOf(f.Server, f.Grants).global("SUPER") {
		return nil
	}
	account := sqlAccount(f.Server.Account)
	return Refusals{{
		Check: "triggers with a binary log",
		Why: "the account " + account + " lacks SUPER, without which it may not create triggers while the server writes a binary log and " +
			"log_bin_trust_function_creators is off",
		Try:  sqlSuper + account + "; or, if SUPER is too much to give: " + sqlTrust,
		Kind: MinimumRequirements,
	}}
}
