package osc

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"oscar/osc/conn"
	"oscar/osc/copier"
	"oscar/osc/inspect"
	"oscar/osc/plan"
	"oscar/osc/preflight"
	"oscar/osc/report"
	"oscar/osc/schema"
	"oscar/osc/step"
	"oscar/osc/swap"
)

// The names of the steps. The exit code of a failed run depends on them.
const (
	StepCreate  = "create new table"
	StepAlter   = "alter new table"
	StepPlan    = "plan"
	StepCapture = "create triggers"
	StepCopy    = "copy rows"
	StepUnique  = "build unique keys"
	StepVerify  = "verify"
	StepAnalyze = "analyze new table"
	StepSwap    = "swap tables"
	StepCheck   = "check swapped tables"
	StepDropOld = "drop old table"
)

// opening makes the new table. What follows can only be planned once the server has said what the ALTER made of it.
func (r *Job) opening() []step.Step {
	steps := []step.Step{r.create()}
	if len(r.shadow.Alter) > 0 {
		steps = append(steps, r.alter())
	}
	return steps
}

// filling is the way from an empty new table to one that equals the original. Capture comes before the copy: a row that is written meanwhile is
// in one of the two.
func (r *Job) filling(ctx context.Context) ([]step.Step, error) {
	if err := r.build(ctx); err != nil {
		return nil, err
	}
	var steps []step.Step
	if len(r.plan.Withhold) > 0 {
		steps = append(steps, r.withhold())
	}
	steps = append(steps, r.capture(), r.copy())
	if len(r.plan.BuildKeys) > 0 {
		steps = append(steps, r.buildKeys())
	}
	if r.o.NoCheckUnique {
		steps = append(steps, r.countDropped())
	}
	steps = append(steps, r.verify())
	if r.analyzes() {
		steps = append(steps, r.analyze())
	}
	return steps, nil
}

// closing puts the new table in the original's place. The copy may have taken days, so the old table's name is looked for again.
func (r *Job) closing(ctx context.Context) ([]step.Step, error) {
	if r.o.Tables.NoSwap {
		return []step.Step{r.noSwap()}, nil
	}
	old, err := r.freeName(ctx, "", r.oldNames())
	if err != nil {
		return nil, err
	}
	r.plan = r.plan.WithOld(old)
	var receipt swap.Receipt
	steps := []step.Step{r.swap(&receipt), r.checkSwap()}
	if r.o.Tables.KeepOld || r.o.Tables.KeepTriggers {
		return append(steps, r.keepOld()), nil
	}
	return append(steps, r.dropOld(&receipt)), nil
}

// build reads the altered table, refuses what the ALTER must not do, and writes the rest of the plan.
func (r *Job) build(ctx context.Context) error {
	f := &r.facts
	shadow, err := inspect.Table(ctx, r.session, r.shadow.Table)
	if err != nil {
		return err
	}
	r.seen.definition = shadow.Create
	pairs := plan.Match(f.table, shadow, f.alter)
	before := preflight.Facts{Server: f.server, Table: f.table, Alter: f.alter, Key: f.hasKey, Big: f.big, LateKeys: !r.o.NoCheckUnique}
	for _, c := range f.key.Columns {
		before.Walk = append(before.Walk, c.Name)
	}
	refusals := preflight.After(before, shadow, pairs)
	if len(refusals) > 0 {
		return refusals
	}
	if err := r.placed(ctx, shadow, pairs); err != nil {
		return err
	}
	findBy, _ := preflight.FindKey(shadow, f.table, pairs)
	if err := r.giveUp(pairs, findBy, shadow); err != nil {
		return err
	}
	zone, refusals := preflight.CopyZone(f.table, f.key, shadow, pairs)
	if len(refusals) > 0 {
		return refusals
	}
	carry := false
	if plan.Numbers(f.server, shadow) {
		if utc, ok := preflight.CarryZone(zone, f.table, shadow, pairs, r.o.Copy.Where); ok {
			zone, carry = utc, true
		}
	}
	_, snapshots := f.server.Var("innodb_snapshot_isolation")
	r.plan, err = plan.Build(plan.Input{
		Shadow: r.shadow, Original: f.table, New: shadow, Old: f.table.Name.Sibling(f.old), Pairs: pairs, FindBy: findBy,
		Key: f.key, OneChunk: !f.big, Carry: carry, Where: r.o.Copy.Where, Binlog: f.binlog, Session: r.facts.zone, Reread: f.server.Flavor == schema.MariaDB, Zone: zone, Snapshot: snapshots, Unique: r.later(shadow, pairs),
		Notes: f.table.Name.Sibling(f.notes), Leave: f.leave, House: f.modes.House, Lenient: conn.LenientMode(f.modes.House),
		Checks: preflight.Checks(before, shadow, pairs), Holds: r.renamesLocked(),
	})
	return err
}

func (r *Job) create() step.Step {
	table := r.shadow.Table
	var foreign atomic.Bool // made meanwhile by somebody else, who wants to keep it
	undo := &step.Undo{
		Void:  foreign.Load,
		Stmts: []plan.Stmt{r.shadow.Drop},
		Do:    func(ctx context.Context) error { return r.sendAll(ctx, r.shadow.Drop) },
		Words: step.Words{
			Begin: "Dropping new table...", End: "Dropped new table OK.", Stamped: true,
			Kept: func(why string) string {
				return "Not dropping the new table " + table.SQL() + " because " + why + ".  To drop the new table, execute:"
			},
		},
	}
	if o := r.o.Tables; o.KeepNew || o.KeepTriggers {
		undo.Kept = "--no-drop-new-table was specified"
	}
	return step.Step{
		Name: StepCreate, Reach: step.OwnTables, Stmts: r.shadow.Create, Undo: undo,
		Do: func(ctx context.Context) error {
			err := r.sendAll(ctx, r.shadow.Create...)
			foreign.Store(conn.IsTableExists(err))
			if err != nil {
				return err
			}
			return r.twin(ctx)
		},
		Words: step.Words{Begin: "Creating new table...", End: "Created new table " + table.Plain() + " OK."},
	}
}

func (r *Job) alter() step.Step {
	return step.Step{
		Name: StepAlter, Reach: step.OwnTables, Stmts: r.shadow.Alter,
		Do:    func(ctx context.Context) error { return r.sendAll(ctx, r.shadow.Alter...) },
		Words: step.Words{Begin: "Altering new table...", End: "Altered " + r.shadow.Table.SQL() + " OK."},
	}
}

func (r *Job) capture() step.Step {
	undo := &step.Undo{
		When: step.Always, Stmts: r.plan.Release(), Void: func() bool { return r.made.Load() == 0 && !r.guarded.Load() },
		Do: func(ctx context.Context) error {
			if err := r.ask(ctx, DropTriggers, r.dropTriggers); err != nil {
				return err
			}
			return r.dropGuard(ctx)
		},
		Words: step.Words{
			Begin: "Dropping triggers...", End: "Dropped triggers OK.", Stamped: true,
			Skipped: "Not dropping triggers because this is a dry run.",
			Kept: func(why string) string {
				return "Not dropping triggers because " + why + ".  To drop the triggers, execute:"
			},
		},
	}
	if r.o.Tables.KeepTriggers {
		undo.Kept = "--no-drop-triggers was specified"
	}
	return step.Step{
		Name: StepCapture, Reach: step.LiveTable, Stmts: r.plan.Capture(), Undo: undo,
		Do: func(ctx context.Context) error {
			if err := r.makeGuard(ctx); err != nil {
				return err
			}
			if err := r.ask(ctx, CreateTriggers, r.createTriggers); err != nil {
				return err
			}
			return r.twice(ctx, func() error { return r.mark(ctx) })
		},
		Words: step.Words{
			Begin: "Creating triggers...", End: "Created triggers OK.", Stamped: true,
			Skipped: "Not creating triggers because this is a dry run.",
		},
	}
}

// dropTriggers takes the triggers away. While they are on the live table that is done in one window too: each change of a table makes the application's
// prepared statements be prepared again, and MySQL gives up with 1615 after three in a row.
func (r *Job) dropTriggers(ctx context.Context) (err error) {
	drops := r.plan.DropTrigs[:r.made.Load()]
	if r.runner.Committed() || len(drops) == 0 {
		return r.sendAll(ctx, drops...)
	}
	if err := r.sendAll(ctx, r.plan.Lock[len(r.plan.Lock)-1]); conn.IsNoSuchTable(err) { // the table, or one that the triggers write to, is gone
		return r.sendAll(ctx, drops...)
	} else if err != nil {
		return err
	}
	defer func() {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer stop()
		if unlock := r.sendAll(ctx, r.plan.Unlock...); unlock != nil && err == nil {
			err = unlock
		}
	}()
	return r.sendAll(ctx, drops...)
}

// createTriggers makes the triggers in one window and closes it whatever happens. It counts those that were made, or may have been: a trigger
// of that name that somebody else made meanwhile is not ours to drop.
func (r *Job) createTriggers(ctx context.Context) (err error) {
	if err := r.sendAll(ctx, r.plan.Lock...); err != nil {
		return err
	}
	defer func() {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
		defer stop()
		if err != nil && !conn.IsLost(err) {
			if drop := r.sendAll(ctx, r.plan.DropTrigs[:r.made.Load()]...); drop == nil {
				r.made.Store(0) // while the window is open this needs no lock
			}
		}
		if unlock := r.sendAll(ctx, r.plan.Unlock...); unlock != nil && err == nil {
			err = unlock
		}
	}()
	if err := r.sendAll(ctx, r.plan.DropTrigs[:r.made.Load()]...); err != nil { // of a try that lost its connection in the middle
		return err
	}
	r.made.Store(0)
	for _, s := range r.plan.Triggers {
		r.made.Add(1)
		if err := r.sendAll(ctx, s); err != nil {
			if conn.IsTriggerExists(err) {
				r.made.Add(-1)
			}
			return err
		}
	}
	return nil
}

func (r *Job) copy() step.Step {
	t := r.facts.table.Name
	begin := fmt.Sprintf("Copying approximately %d rows...", r.facts.estimate)
	return step.Step{
		Name: StepCopy, Reach: step.LiveTable, Stmts: r.plan.CopyStmts(),
		Do: func(ctx context.Context) error {
			meter := newMeter(report.Copying, t, r.facts.estimate, r.o.Copy.ReportEach, r.sink)
			c := &copier.Copier{
				Session: r.session, Plan: r.plan, Clock: time.Now, Alive: r.alive, Tell: meter.tell,
				Pace: copier.Pace{
					ChunkRows: r.o.Copy.ChunkRows, ChunkTime: r.o.Copy.ChunkTime, Sleep: r.o.Copy.Sleep, Gate: r.gate,
					Tick: r.o.Load.CheckInterval, Tries: r.o.Tries[CopyRows].Times, Wait: r.o.Tries[CopyRows].Wait, Patience: reconnectPatience,
				},
			}
			began := time.Now()
			result, err := c.Run(ctx)
			if err == nil {
				meter.done(result.Rows)
			}
			r.summary.Rows, r.summary.Chunks, r.summary.CopyTime = result.Rows, result.Chunks, time.Since(began)
			r.summary.Changed = result.Changed
			r.tellChanged()
			for name, n := range result.Counts {
				r.summary.Statistics[name] += n
			}
			return err
		},
		Words: step.Words{Begin: begin, End: "Copied rows OK.", Stamped: true, Skipped: "Not copying rows because this is a dry run."},
	}
}

func (r *Job) analyzes() bool {
	switch r.o.Tables.AnalyzeBefore {
	case Yes:
		return true
	case No:
		return false
	default:
		return r.facts.server.On("innodb_stats_persistent")
	}
}

func (r *Job) analyze() step.Step {
	return step.Step{
		Name: StepAnalyze, Reach: step.LiveTable, Stmts: []plan.Stmt{r.plan.Analyze},
		Do: func(ctx context.Context) error {
			return r.ask(ctx, AnalyzeTable, func(ctx context.Context) error { return r.sendAll(ctx, r.plan.Analyze) })
		},
		Words: step.Words{Begin: "Analyzing new table...", Stamped: true},
	}
}

func (r *Job) dropOld(receipt *swap.Receipt) step.Step {
	var dropped atomic.Bool
	return step.Step{
		Name: StepDropOld, Reach: step.LiveTable, Stmts: []plan.Stmt{r.plan.DropOld},
		// Nothing to take back; it tells what is left when the run ends before the table is dropped.
		Undo: &step.Undo{
			When: step.Always, Stmts: []plan.Stmt{r.plan.DropOld}, Void: dropped.Load, Do: func(context.Context) error { return nil },
			Words: step.Words{Begin: "The old table was not dropped.  To drop the old table, execute: " + r.plan.DropOld.SQL + ";"},
		},
		Do: func(ctx context.Context) error {
			if receipt.Old() != r.plan.Old {
				return fmt.Errorf("drop %s: no swap put it there", r.plan.Old)
			}
			// Whoever still reads the old table must not be queued behind for long either.
			if err := r.ask(ctx, SwapTables, func(ctx context.Context) error { return r.sendAll(ctx, r.plan.DropOld) }); err != nil {
				return &OldStays{Drop: r.plan.DropOld.SQL, Err: err}
			}
			dropped.Store(true)
			return nil
		},
		Words: step.Words{
			Begin: "Dropping old table...", End: "Dropped old table " + r.plan.Old.SQL() + " OK.", Stamped: true,
			Skipped: "Not dropping old table because this is a dry run.",
		},
	}
}

// OldStays says that the change is live and the old table is still there.
type OldStays struct {
	Drop string
	Err  error
}

func (o *OldStays) Error() string { return o.Err.Error() }
func (o *OldStays) Unwrap() error { return o.Err }

// Try tells how to go on.
func (o *OldStays) Try() string {
	return "the change is live; to drop the old table, execute: " + o.Drop + ";"
}

// keepOld and noSwap only say why something is not done.
func (r *Job) keepOld() step.Step {
	option := "--no-drop-old-table"
	if r.o.Tables.KeepTriggers {
		option = "--no-drop-triggers"
	}
	return remark("Not dropping old table because " + option + " was specified.")
}

func (r *Job) noSwap() step.Step {
	s := remark("Not dropping old table because --no-swap-tables was specified.")
	s.Do = func(ctx context.Context) error { return r.fits(ctx, r.session) }
	return s
}

func remark(text string) step.Step {
	return step.Step{
		Name: "remark", Reach: step.LiveTable, Do: func(context.Context) error { return nil },
		Words: step.Words{Begin: text, Skipped: text},
	}
}
