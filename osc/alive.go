package osc

import (
	"context"
	"time"

	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/throttle"
	"oscar/triggers"
)

// CaptureLost says that something that kept the new table equal to the original is gone, so that rows may be missing from it.
type CaptureLost struct{ What string }

func (c *CaptureLost) Error() string {
	return c.What + " is gone; writes of the application may be missing from the new table"
}

// Try tells how to go on.
func (c *CaptureLost) Try() string { return "find out who dropped it, then start again" }

// alive checks that the triggers and the new table are still there.
func (r *Job) alive(ctx context.Context) error {
	t := r.facts.table.Name
	var names []ident.Name
	for _, n := range triggers.Names(t) {
		names = append(names, n.Name)
	}
	found, err := inspect.ExistingTriggers(ctx, r.session, t.Schema, names)
	if err != nil {
		return err
	}
	for _, n := range names {
		if !ident.Has(found, n) {
			return &CaptureLost{"the trigger " + n.SQL()}
		}
	}
	tables, err := inspect.Existing(ctx, r.session, t.Schema, []ident.Name{r.shadow.Table.Name, t.Name})
	if err != nil {
		return err
	}
	if !ident.Has(tables, r.shadow.Table.Name) {
		return &CaptureLost{"the new table " + r.shadow.Table.SQL()}
	}
	return nil
}

// How long a load that cannot be measured holds the copy before the run ends: reading it may fail while the server restarts.
const loadPatience = 10 * time.Minute

// watchLoad is the gate that the copy asks before each chunk. It measures on a connection of its own, and for the first time now, before anything
// is changed: limits without a number are relative to this moment, and a wrong one is told at once.
func (r *Job) watchLoad(ctx context.Context) (throttle.Gate, error) {
	most, err := throttle.ParseLoad(r.o.Load.Max, "--max-load")
	if err != nil {
		return nil, err
	}
	critical, err := throttle.ParseLoad(r.o.Load.Critical, "--critical-load")
	if err != nil {
		return nil, err
	}
	if len(most) == 0 && len(critical) == 0 || r.o.Mode == DryRun {
		return throttle.All(), nil
	}
	if r.monitor, err = r.connect(ctx); err != nil {
		return nil, err
	}
	load, err := throttle.Load(ctx, status{r.monitor}, most, critical)
	if err != nil {
		return nil, err
	}
	return throttle.Every(r.o.Load.CheckInterval, time.Now, throttle.FailClosed(load, loadPatience)), nil
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
