package osc

import (
	"context"
	"fmt"
	"time"

	"oscar/dsn"
	"oscar/osc/conn"
	"oscar/osc/report"
	"oscar/osc/schema"
	"oscar/osc/throttle"
	"oscar/osc/topology"

	"github.com/go-sql-driver/mysql"
)

// ReplicaOptions say how replicas are found and how far behind they may be. The zero value looks for none.
type ReplicaOptions struct {
	Methods        topology.Methods // --recursion-method
	Recurse        int              // --recurse: levels below the server; negative: all
	User           string           // --replica-user; empty: the DSN's
	Password       dsn.Secret       // --replica-password
	Channel        string           // --channel
	Only           *dsn.DSN         // --check-replica-lag: the one server to watch
	Skip           []dsn.DSN        // --skip-check-replica-lag
	NoCheckFilters bool             // --no-check-replication-filters
	WaitForStopped bool             // --no-fail-on-stopped-replication
	MaxLag         time.Duration    // --max-lag
	Patience       time.Duration    // --replica-patience: for a stopped replica, unless WaitForStopped
}

// watchReplicas finds the replicas, says which, refuses filters, and starts the watch. Its gate costs nothing when it is asked.
func (r *Job) watchReplicas(ctx context.Context) (throttle.Gate, error) {
	if r.o.Mode != Execute {
		return throttle.All(), nil
	}
	o := r.o.Replicas
	finder := r.finder()
	found, err := finder.Find(ctx, r.session)
	table := finder.Table()
	if err == nil && len(found) == 0 && table != nil {
		if found, err = finder.Listed(ctx, table); err == nil {
			r.greet(ctx, found)
		}
	} else if table != nil {
		table.Close()
		table = nil
	}
	lag := found
	if err == nil && o.Only != nil {
		lag = []*topology.Link{finder.One(*o.Only)}
		r.greet(ctx, lag)
	}
	if err == nil {
		r.tellReplicas(found, lag)
		if !o.NoCheckFilters {
			err = topology.Filters(ctx, found, o.Channel)
		}
	}
	unused := found
	if err == nil && o.Only == nil {
		unused = nil
	}
	for _, l := range unused {
		l.Close()
	}
	if err != nil || o.Only != nil && table != nil {
		if table != nil {
			table.Close()
			table = nil
		}
	}
	if err != nil || len(lag) == 0 && table == nil {
		return throttle.All(), err
	}
	how := topology.Watch{MaxLag: o.MaxLag, Each: r.o.Load.CheckInterval, Patience: o.Patience, Channel: o.Channel, Note: r.warn}
	if o.WaitForStopped {
		how.Patience = 0
	}
	if table != nil {
		how.Table = table
		how.Reread = func(ctx context.Context) ([]*topology.Link, error) { return finder.Listed(ctx, table) }
	}
	r.lag = topology.Start(ctx, lag, how)
	return r.lag, nil
}

func (r *Job) warn(text string) { r.sink.Event(report.Event{Level: report.Warn, Text: text}) }

func (r *Job) finder() *topology.Finder {
	o := r.o.Replicas
	return &topology.Finder{
		Methods: o.Methods, Recurse: o.Recurse, Main: r.o.DSN, User: o.User, Password: o.Password, Skip: o.Skip, Lenient: o.WaitForStopped,
		Dial: r.dialReplica, Note: r.warn, Skipped: r.skipped(),
	}
}

// skipped says once for each replica that it is left alone.
func (r *Job) skipped() func(*topology.Link) {
	said := map[string]bool{}
	return func(l *topology.Link) {
		if !said[l.Name()] {
			said[l.Name()] = true
			r.say("Skipping " + r.replicaWord() + " " + l.Describe())
		}
	}
}

// dialReplica opens a session that never hangs: a replica that has gone silent must not be taken for one that keeps up.
func (r *Job) dialReplica(ctx context.Context, d dsn.DSN) (*conn.Session, error) {
	const limit = 10 * time.Second
	cfg, err := d.Config()
	if err != nil {
		return nil, err
	}
	if err := cfg.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, fmt.Errorf("set the character set: %w", err)
	}
	cfg.DBName, cfg.Timeout, cfg.ReadTimeout, cfg.WriteTimeout = "", limit, limit, limit
	return conn.Open(ctx, cfg, conn.Setup{})
}

// greet connects, so that the server's own name can be told; one that cannot be reached is told by the watch.
func (r *Job) greet(ctx context.Context, links []*topology.Link) {
	for _, l := range links {
		l.Greet(ctx)
	}
}

// replicaWord is what the server calls a replica.
func (r *Job) replicaWord() string {
	if r.facts.server.Flavor == schema.MySQL {
		return "replica"
	}
	return "slave"
}

// tellReplicas prints the lists in pt-online-schema-change's words.
func (r *Job) tellReplicas(found, lag []*topology.Link) {
	word := r.replicaWord() + "s"
	if len(found) == 0 {
		r.say("No " + word + " found.  See --recursion-method if host " + r.facts.server.Hostname + " has " + word + ".")
	} else {
		r.say(fmt.Sprintf("Found %d %s:", len(found), word))
		r.sayLinks(found)
	}
	if len(lag) == 0 {
		r.say("Not checking " + r.replicaWord() + " lag because no " + word + " were found and --check-replica-lag was not specified.")
		return
	}
	r.say("Will check " + r.replicaWord() + " lag on:")
	r.sayLinks(lag)
}

func (r *Job) sayLinks(links []*topology.Link) {
	for _, l := range links {
		r.say(l.Describe())
	}
}
