package osc

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"oscar/chunker"
	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/plan"
	"oscar/osc/preflight"
	"oscar/osc/report"
	"oscar/osc/schema"
	"oscar/osc/verify"
	"oscar/triggers"
)

// verifyOnly compares an existing pair of tables: the DSN's and the one of --new-table-name. It needs no privilege but SELECT on both, takes no lock,
// and its sessions are read-only, so that the server itself keeps it from changing anything.
func (r *Job) verifyOnly(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	if err := r.lookAtPair(ctx); err != nil {
		return err
	}
	tables, err := r.pair(ctx)
	if err != nil {
		return err
	}
	zone, refusals := preflight.CopyZone(tables.Original, tables.Key, tables.New, tables.Pairs)
	if len(refusals) > 0 {
		return refusals
	}
	if r.gate, err = r.watch(ctx); err != nil {
		return err
	}
	r.say("Comparing " + tables.Original.Name.SQL() + " with " + tables.New.Name.SQL() + "; nothing is changed.")
	r.tellUnpaired(tables)
	r.tellUncaptured(tables)
	setup := plan.LookOnly(zone)
	for _, s := range append(setup[:len(setup):len(setup)], verify.Statements(tables)...) {
		teller{r.sink, r.o.Print}.Show(s)
	}
	if _, err := r.compare(ctx, tables, setup, verify.LookAgain); err != nil {
		return err
	}
	r.summary.Verdict = Compared
	return nil
}

// lookAtPair reads the server and both tables.
func (r *Job) lookAtPair(ctx context.Context) (err error) {
	f := &r.facts
	if f.server, err = inspect.Server(ctx, r.session); err != nil {
		return err
	}
	name := inspect.Stored(f.server, r.o.table())
	r.summary.Table = name
	if f.table, err = inspect.Table(ctx, r.session, name); err != nil {
		return err
	}
	if err := r.session.Use(ctx, name.Schema); err != nil {
		return err
	}
	f.modes = modesOf(r.session)
	if f.alter, err = r.readAlter(); err != nil {
		return err
	}
	candidates := plan.ShadowNames(name, r.o.Tables.NewName)
	r.shadow.Table = inspect.Stored(f.server, name.Sibling(candidates[0]))
	if r.shadow.Table == name {
		return unfit("both names are "+name.SQL(), "name the other table with --new-table-name")
	}
	return nil
}

// unfit is a pair that cannot be compared.
func unfit(why, try string) error {
	return preflight.Refusals{{Check: "verify only", Why: why, Try: try, Kind: preflight.Unsupported}}
}

// pair finds out how the two tables are compared, or why they cannot be.
func (r *Job) pair(ctx context.Context) (verify.Tables, error) {
	t := verify.Tables{Original: r.facts.table, Where: r.o.Copy.Where}
	var err error
	if t.New, err = inspect.Table(ctx, r.session, r.shadow.Table); err != nil {
		var missing *inspect.Missing
		if errors.As(err, &missing) && missing.What == "" {
			return t, r.noOther(ctx)
		}
		return t, err
	}
	for _, table := range []schema.Table{t.Original, t.New} {
		if !strings.EqualFold(table.Engine, "InnoDB") {
			return t, unfit(table.Name.SQL()+" is a table of "+table.Engine+", whose rows cannot be read as of one moment", "compare it while nobody writes, by other means")
		}
	}
	t.Pairs = plan.Match(t.Original, t.New, r.facts.alter)
	if len(t.Pairs) == 0 {
		return t, unfit(t.Original.Name.SQL()+" and "+t.New.Name.SQL()+" share no column", "name the right table with --new-table-name; give the --alter that renames columns")
	}
	if err := r.condition(ctx, t); err != nil {
		return t, err
	}
	if t.Walkable = r.walk(&t); t.Walkable {
		return t, nil
	}
	if r.facts.big {
		return t, unfit(fmt.Sprintf("%s and %s have no key in common that both can be walked by, and more than %d rows", t.Original.Name.SQL(), t.New.Name.SQL(), r.inOne()),
			fmt.Sprintf("all rows would be read in one statement; if the server may do that, give a --chunk-size above their number (%d or so)", r.facts.estimate))
	}
	return t, nil
}

// walk finds a key by which both tables can be read range by range: the one that a copy would follow, else any that will do.
func (r *Job) walk(t *verify.Tables) bool {
	var keys []chunker.Key
	if key, ok := chunker.Choose(t.Original, r.o.Copy.Index); ok {
		keys = append(keys, key)
	}
	for _, unique := range []bool{true, false} {
		for _, k := range t.Original.Keys {
			if key, _, ok := chunker.Walkable(t.Original, k); ok && k.Unique == unique {
				keys = append(keys, key)
			}
		}
	}
	for _, key := range keys {
		if try := (verify.Tables{Original: t.Original, New: t.New, Pairs: t.Pairs, Key: key, Walkable: true}); verify.Ranged(try) {
			t.Key = key
			return true
		}
	}
	return false
}

// noOther says that the second table is not there, and which tables an earlier run may have left instead.
func (r *Job) noOther(ctx context.Context) error {
	name := r.facts.table.Name
	there, err := inspect.Existing(ctx, r.session, name.Schema, append(plan.ShadowNames(name, ""), plan.OldNames(name)...))
	if err != nil {
		return err
	}
	try := "name the table to compare with by --new-table-name"
	if len(there) > 0 {
		try += "; there is " + ident.List(there)
	}
	return unfit("there is no table "+r.shadow.Table.SQL()+" to compare "+name.SQL()+" with", try)
}

// condition refuses a --where that may not mean the same in both tables, and measures how many rows there are.
func (r *Job) condition(ctx context.Context, t verify.Tables) (err error) {
	f, where := &r.facts, t.Where
	if where != "" {
		for _, p := range t.Pairs {
			from, _ := t.Original.Column(p.Original)
			to, _ := t.New.Column(p.New)
			same := p.Original.Is(p.New) && from.Type == to.Type && from.Collation == to.Collation
			for _, n := range []ident.Name{p.Original, p.New} {
				if !same && strings.Contains(strings.ToLower(where), string(n.Fold())) {
					return unfit("the condition of --where names the column "+n.SQL()+", which has another name or type in the other table, so that it may not select the same rows",
						"compare all rows, or rows by a condition on other columns")
				}
			}
		}
	}
	for _, table := range []ident.Table{t.Original.Name, t.New.Name} {
		big, err := inspect.MoreThan(ctx, r.session, table, where, r.inOne())
		if err != nil && where != "" && ctx.Err() == nil {
			return unfit(fmt.Sprintf("--where cannot be asked of %s: %v", table.SQL(), err), "give a condition on columns that both tables have")
		} else if err != nil {
			return err
		}
		f.big = f.big || big
	}
	f.estimate, err = inspect.Estimate(ctx, r.session, t.Original.Name, where)
	return err
}

// tellUnpaired names the columns that are not compared since the other table has none like them.
func (r *Job) tellUnpaired(t verify.Tables) {
	tell := func(of, other schema.Table, side func(triggers.Pair) ident.Name) {
		for _, c := range of.Columns {
			paired := false
			for _, p := range t.Pairs {
				paired = paired || side(p).Is(c.Name)
			}
			if paired {
				continue
			}
			why := "has no counterpart in " + other.Name.SQL()
			if c.Generated {
				why = "is generated"
			}
			r.sink.Event(report.Event{Level: report.Warn, Text: "column " + c.Name.SQL() + " of " + of.Name.SQL() + " was not compared: it " + why})
		}
	}
	tell(t.Original, t.New, func(p triggers.Pair) ident.Name { return p.Original })
	tell(t.New, t.Original, func(p triggers.Pair) ident.Name { return p.New })
}

// tellUncaptured says so when nothing is seen that carries writes from one table into the other.
func (r *Job) tellUncaptured(t verify.Tables) {
	carried := map[string]bool{}
	for _, trigger := range t.Original.Triggers {
		if strings.Contains(trigger.Body, t.New.Name.SQL()) {
			carried[trigger.Event] = true
		}
	}
	const events = 3 // INSERT, UPDATE, DELETE
	if len(carried) < events {
		r.sink.Event(report.Event{Level: report.Warn, Text: fmt.Sprintf(
			"no triggers are seen that write what changes in %s to %s (an account without the TRIGGER privilege sees none); writes that happen meanwhile show up as differences",
			t.Original.Name.SQL(), t.New.Name.SQL())})
	}
}
