package osc

import (
	"context"
	"regexp"
	"time"

	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/throttle"
)

// Disturbed says that somebody else changed what the run relies on, so that rows may be missing from the new table, or what they did would be
// lost in the swap.
type Disturbed struct{ What string }

func (d *Disturbed) Error() string { return d.What }

// Try tells how to go on.
func (d *Disturbed) Try() string { return "find out who did that, then start again" }

// alive checks that capture and both tables are as the run made or found them.
func (r *Job) alive(ctx context.Context) error {
	if err := r.inPlace(ctx); err != nil {
		return err
	}
	return r.sameRows(ctx)
}

// inPlace is alive without what may take long on a server with many tables.
func (r *Job) inPlace(ctx context.Context) error {
	t := r.facts.table.Name
	there, err := inspect.Existing(ctx, r.session, t.Schema, []ident.Name{t.Name, r.shadow.Table.Name})
	if err != nil {
		return err
	}
	for _, name := range []ident.Table{t, r.shadow.Table} {
		if !ident.Has(there, name.Name) {
			return &Disturbed{"the table " + name.SQL() + " is gone"}
		}
	}
	if err := r.sameTriggers(ctx, t); err != nil {
		return err
	}
	for name, was := range map[ident.Table]string{t: r.facts.table.Create, r.shadow.Table: r.seen.definition} {
		now, err := inspect.Definition(ctx, r.session, name)
		if err != nil {
			return err
		}
		if !sameDefinition(was, now) {
			return &Disturbed{"the definition of " + name.SQL() + " was changed during the run"}
		}
	}
	return nil
}

var (
	counter = regexp.MustCompile(`(?m)^(\) ENGINE=\S+(?: [A-Z_]+=\S+)*?) AUTO_INCREMENT=[0-9]+`)
	moment  = regexp.MustCompile("(?m)^( *`(?:[^`]|``)*` timestamp.*) DEFAULT '[-0-9:. ]+'")
)

// steady is a SHOW CREATE TABLE without the AUTO_INCREMENT counter, and the constant defaults of TIMESTAMP columns, which read in another way in another
// time zone: the copy may have one of its own.
func steady(definition string) string {
	return moment.ReplaceAllString(counter.ReplaceAllString(definition, "$1"), "$1 DEFAULT")
}

func sameDefinition(a, b string) bool { return steady(a) == steady(b) }

// How long a load that cannot be measured holds the copy before the run ends: reading it may fail while the server restarts.
const loadPatience = 10 * time.Minute

// watch is the gate that the copy and the comparison ask before each chunk. It measures on a connection of its own, and the load for the first time
// now, before anything is changed: limits without a number are relative to this moment, and a wrong one is told at once.
func (r *Job) watch(ctx context.Context) (throttle.Gate, error) {
	most, err := throttle.ParseLoad(r.o.Load.Max, "--max-load")
	if err != nil {
		return nil, err
	}
	critical, err := throttle.ParseLoad(r.o.Load.Critical, "--critical-load")
	if err != nil || r.o.Mode == DryRun {
		return throttle.All(), err
	}
	if r.monitor, err = r.connect(ctx); err != nil {
		return nil, err
	}
	load, err := throttle.Load(ctx, status{r.monitor}, most, critical)
	if err != nil {
		return nil, err
	}
	lag, err := r.watchReplicas(ctx)
	if err != nil {
		return nil, err
	}
	return throttle.All(throttle.Every(r.o.Load.CheckInterval, time.Now, throttle.All(throttle.FailClosed(load, loadPatience), r.watchFiles(), r.watchNotes())), lag), nil
}

// watchFiles is a gate that holds while one of the operator's files exists.
func (r *Job) watchFiles() throttle.Gate {
	l := r.o.Load
	return throttle.FailClosed(throttle.All(throttle.File(l.PauseFile, "--pause-file"), throttle.File(l.FlagFile, "--throttle-flag-file")), loadPatience)
}

// status reads status variables and connects again after a loss.
type status struct{ session *conn.Session }

// SelectContext reads rows.
func (s status) SelectContext(ctx context.Context, dest any, query string, args ...any) error {
	if s.session.Lost() {
		if err := s.session.Reconnect(ctx, 0); err != nil {
			return err
		}
	}
	return s.session.SelectContext(ctx, dest, query, args...)
}
