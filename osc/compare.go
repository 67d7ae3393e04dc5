package osc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"oscar/osc/plan"
	"oscar/osc/report"
	"oscar/osc/step"
	"oscar/osc/verify"
)

// repairPatience is for how long a repair asks for row locks that somebody else holds.
const repairPatience = 2 * time.Minute

// waives is the option by which the operator does without the comparison, empty when there is none.
func (o Options) waives() string {
	switch {
	case o.NoVerify:
		return "--no-verify"
	case o.Copy.Where != "":
		return "--where"
	case o.NoCheckUnique:
		return "--no-check-unique-key-change"
	default:
		return ""
	}
}

func (r *Job) verify() step.Step {
	if waived := r.o.waives(); waived != "" {
		s := remark("Not verifying the new table because " + waived + " was specified.")
		s.Do = func(context.Context) error {
			r.clean = verify.Waived(waived)
			r.summary.Verified.Waived = waived
			return nil
		}
		return s
	}
	tables := verify.Tables{Original: r.facts.table, New: r.plan.New, Pairs: r.plan.Pairs, Key: r.facts.key, Walkable: r.facts.hasKey, Leave: r.plan.Leave}
	return step.Step{
		Name: StepVerify, Reach: step.LiveTable, Stmts: append(slices.Clone(r.plan.Compare), verify.Statements(tables)...),
		Do: func(ctx context.Context) (err error) {
			if err := r.twice(ctx, func() error { return r.alive(ctx) }); err != nil {
				return err
			}
			r.seen.compared = true
			r.clean, err = r.compare(ctx, tables, r.plan.Compare, verify.CopyAgain)
			if err == nil {
				return nil
			}
			var disturbed *Disturbed
			if what := r.alive(ctx); errors.As(what, &disturbed) {
				return what // why the rows differ
			}
			if what := r.fits(ctx, r.session); what != nil {
				return what
			}
			var mismatch *verify.Mismatch
			if errors.As(err, &mismatch) {
				return &Differs{Err: err, Again: r.again(), Remove: append(r.plan.Release(), r.shadow.Drop)}
			}
			return err
		},
		Words: step.Words{Begin: "Verifying new table...", Stamped: true, Skipped: "Not verifying the new table because this is a dry run."},
	}
}

// compare compares a pair on as many sessions as the operator wants, and tells what came of it.
func (r *Job) compare(ctx context.Context, tables verify.Tables, setup []plan.Stmt, remedy verify.Remedy) (verify.Clean, error) {
	threads := r.o.VerifyThreads
	if !r.facts.big {
		threads = 1 // a few ranges at most
	}
	sessions, release, err := r.crew(ctx, threads, tables.Original.Name.Schema)
	if err != nil {
		return verify.Clean{}, err
	}
	defer release()
	meter := newMeter(report.Verifying, tables.Original.Name, max(r.facts.estimate, r.summary.Rows), r.o.Copy.ReportEach, r.sink)
	v := &verify.Verifier{
		Tables: tables, Remedy: remedy, Clock: time.Now, Tell: meter.tellVerify,
		Pace: verify.Pace{
			Rows: r.o.Copy.ChunkRows, Time: r.o.Copy.ChunkTime, Sleep: r.o.Copy.Sleep, Gate: r.gate, Tick: r.o.Load.CheckInterval,
			Patience: reconnectPatience, Tries: r.o.Tries[CopyRows].Times, Wait: r.o.Tries[CopyRows].Wait, LockTime: repairPatience,
		},
	}
	for _, s := range sessions {
		v.Sessions = append(v.Sessions, s)
	}
	for _, s := range setup {
		v.Setup = append(v.Setup, s.SQL)
	}
	began := time.Now()
	result, clean, err := v.Run(ctx)
	took := time.Since(began)
	r.summary.Verified = Verified{
		Rows: result.Rows, Ranges: result.Ranges, Mismatches: result.Mismatches, Repaired: result.Repaired, Skipped: result.Skipped, Time: took,
	}
	r.summary.Statistics["verify_range"] += int(result.Ranges)
	r.summary.Statistics["verify_mismatch"] += int(result.Mismatches)
	r.summary.Statistics["verify_repair"] += int(result.Repaired)
	if err != nil {
		return verify.Clean{}, err
	}
	meter.done(result.Rows)
	for _, c := range result.Skipped {
		r.sink.Event(report.Event{Level: report.Warn, Text: "column " + c.SQL() + " was not compared: there is no exact comparison for its change of type"})
	}
	r.sink.Line(report.Line{Stamped: true, Text: verifiedText(result, took, remedy)})
	return clean, nil
}

// verifiedText is one line, with all numbers whatever they are, so that scripts can read it.
func verifiedText(v verify.Result, took time.Duration, remedy verify.Remedy) string {
	text := fmt.Sprintf("Verified %d rows OK in %d ranges and %.1f seconds; %d ranges differed", v.Rows, v.Ranges, took.Seconds(), v.Mismatches)
	if remedy == verify.LookAgain {
		if v.Mismatches > 0 {
			text += " and were equal when they were looked at again"
		}
		return text + "."
	}
	return text + fmt.Sprintf(", %d were repaired.", v.Repaired)
}
