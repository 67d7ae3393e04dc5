package command

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"oscar/dsn"
	"oscar/osc"
	"oscar/osc/topology"
)

// replicas reads what is said about replicas, and the warnings about names of options that are no longer used.
func (r *reader) replicas(main dsn.DSN) (osc.ReplicaOptions, []string) {
	var warnings []string
	for _, name := range []string{"slave-user", "slave-password", "check-slave-lag", "skip-check-slave-lag"} {
		if r.got(name) {
			now := strings.Replace(name, "slave", "replica", 1)
			warnings = append(warnings, fmt.Sprintf("Option --%s is deprecated and will be removed in future versions, please use --%s instead.", name, now))
			if name == "check-slave-lag" && r.got(now) {
				r.wrong(errors.New("--check-slave-lag and --check-replica-lag are two names of one option; give one"))
			}
		}
	}
	either := func(name, old string) string {
		if r.got(name) {
			return r.text(name)
		}
		return r.text(old)
	}
	o := osc.ReplicaOptions{
		Recurse: -1, User: either("replica-user", "slave-user"), Channel: r.text("channel"), MaxLag: parsed(r, "max-lag", parseTime),
		NoCheckFilters: !r.c.Bool("check-replication-filters"), WaitForStopped: !r.c.Bool("fail-on-stopped-replication"),
		Patience: parsed(r, "replica-patience", parseTime), Methods: topology.Default(main.Port),
	}
	if r.got("replica-password") || r.got("slave-password") {
		o.Password = dsn.NewSecret(either("replica-password", "slave-password"))
	}
	var err error
	if r.got("recursion-method") {
		o.Methods, err = topology.ParseMethods(parseList(r.text("recursion-method")))
		r.check(err)
	}
	if text := r.text("recurse"); text != "" {
		if o.Recurse, err = strconv.Atoi(text); err != nil || o.Recurse < 0 {
			r.wrong(fmt.Errorf("Value %q invalid for option recurse (a whole number of 0 or more expected)", text)) //nolint:staticcheck // the form of all usage errors
		}
	}
	if o.Patience == 0 {
		r.wrong(errors.New("--replica-patience must be more than 0; --no-fail-on-stopped-replication waits without an end"))
	}
	if text := either("check-replica-lag", "check-slave-lag"); text != "" {
		d := r.replica("check-replica-lag", text)
		// The main DSN has no say here, only options have.
		d = d.Inherit(r.connection())
		o.Only = &d
	}
	for _, name := range []string{"skip-check-replica-lag", "skip-check-slave-lag"} {
		for _, text := range r.c.StringSlice(name) {
			o.Skip = append(o.Skip, r.replica(name, text))
		}
	}
	return o, warnings
}

func (r *reader) replica(name, text string) dsn.DSN {
	d, err := dsn.Parse(text)
	if err != nil {
		r.wrong(fmt.Errorf("Invalid --%s: %w", name, err)) //nolint:staticcheck // the form of all usage errors
	}
	return d
}
