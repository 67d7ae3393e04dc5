package osc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"oscar/osc/report"
	"oscar/osc/step"
	"oscar/osc/verify"
)

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
	tables := verify.Tables{Original: r.facts.table, New: r.plan.New, Pairs: r.plan.Pairs, Key: r.facts.key, Walkable: r.facts.hasKey}
	return step.Step{
		Name: StepVerify, Reach: step.LiveTable, Stmts: append(slices.Clone(r.plan.Compare), verify.Statements(tables)...),
		Do: func(ctx context.Context) (err error) {
			meter := newMeter(report.Verifying, r.facts.table.Name, max(r.facts.estimate, r.summary.Rows), r.o.Copy.ReportEach, r.sink)
			v := &verify.Verifier{
				Session: r.session, Tables: tables, Clock: time.Now, Tell: meter.tellVerify,
				Pace: verify.Pace{
					Rows: r.o.Copy.ChunkRows, Time: r.o.Copy.ChunkTime, Sleep: r.o.Copy.Sleep, Gate: r.gate, Tick: r.o.Load.CheckInterval,
					Patience: reconnectPatience,
				},
			}
			for _, s := range r.plan.Compare {
				v.Setup = append(v.Setup, s.SQL)
			}
			if err := r.twice(ctx, func() error { return r.alive(ctx) }); err != nil {
				return err
			}
			r.seen.compared = true
			began := time.Now()
			var result verify.Result
			result, r.clean, err = v.Run(ctx)
			r.summary.Verified = Verified{
				Rows: result.Rows, Ranges: result.Ranges, Mismatches: result.Mismatches, Repaired: result.Repaired, Skipped: result.Skipped,
				Time: time.Since(began),
			}
			if err != nil {
				var disturbed *Disturbed
				if what := r.alive(ctx); errors.As(what, &disturbed) {
					return what // why the rows differ
				}
				return err
			}
			meter.done(result.Rows)
			for _, c := range result.Skipped {
				r.sink.Event(report.Event{Level: report.Warn, Text: "column " + c.SQL() + " was not compared: there is no exact comparison for its change of type"})
			}
			r.sink.Line(report.Line{Stamped: true, Text: verifiedText(result)})
			return nil
		},
		Words: step.Words{Begin: "Verifying new table...", Stamped: true, Skipped: "Not verifying the new table because this is a dry run."},
	}
}

func verifiedText(v verify.Result) string {
	text := fmt.Sprintf("Verified %d rows OK.", v.Rows)
	if v.Mismatches > 0 {
		text = fmt.Sprintf("Verified %d rows OK; %d of %d ranges differed and were copied again.", v.Rows, v.Repaired, v.Ranges)
	}
	return text
}
