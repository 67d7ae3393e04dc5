package osc

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"oscar/osc/conn"
	"oscar/osc/plan"
	"oscar/osc/report"
	"oscar/osc/throttle"
)

// Unfit says that the application wrote rows that the new table cannot hold as they are. Its writes went through; the new table is not the original any
// more, so there is no swap.
type Unfit struct{ Notes []string } // the first few: key, statement, the server's words

func (u *Unfit) Error() string {
	return "the application wrote rows that the new table cannot hold: " + strings.Join(u.Notes, "; ")
}

// Try tells how to go on.
func (u *Unfit) Try() string {
	return "give the columns a type that holds such values, or see that none is written (--allow-lossy and --null-to-not-null accept what gets lost), then start again"
}

// makeGuard makes the table in which the triggers note such writes; see triggers.Guard.
func (r *Job) makeGuard(ctx context.Context) error {
	if !r.plan.Guard.Needed() {
		return nil
	}
	err := r.sendAll(ctx, r.plan.Guard.Create...)
	r.guarded.Store(!conn.IsTableExists(err)) // made meanwhile by somebody else, who wants to keep it
	return err
}

// dropGuard drops it; the triggers must be gone.
func (r *Job) dropGuard(ctx context.Context) error {
	if !r.guarded.Load() {
		return nil
	}
	return r.sendAll(ctx, r.plan.Guard.Drop)
}

// fits is an error when the application wrote something that the new table cannot hold.
func (r *Job) fits(ctx context.Context, q interface {
	SelectContext(ctx context.Context, dest any, query string, args ...any) error
}) error {
	if !r.plan.Guard.Needed() {
		return nil
	}
	var notes []struct {
		Event   string `db:"event"`
		Code    int    `db:"code"`
		Message string `db:"message"`
		Key     string `db:"row_key"`
	}
	if err := q.SelectContext(ctx, &notes, r.plan.Guard.Notes.SQL); conn.IsNoSuchTable(err) {
		return &Disturbed{"the table " + r.plan.Guard.Table.SQL() + " is gone, in which the triggers note what the new table cannot hold"}
	} else if err != nil {
		return fmt.Errorf("read what the triggers noted: %w", err)
	}
	if len(notes) == 0 {
		return nil
	}
	var texts, values []string
	for _, n := range notes {
		what := fmt.Sprintf("%s (%d)", n.Message, n.Code)
		if n.Code == 0 {
			what = "a value would change"
		}
		texts = append(texts, fmt.Sprintf("(%s) %s: %s", n.Key, n.Event, what))
		if conn.IsDuplicateNumber(n.Code) {
			values = append(values, fmt.Sprintf("(%s) %s: %s", n.Key, n.Event, n.Message))
		}
	}
	if len(values) == len(notes) && len(r.plan.Unique) > 0 {
		return &Duplicate{Key: r.noted(notes[0].Message), Values: values}
	}
	return &Unfit{Notes: texts}
}

// noted is the unique key that a message of a duplicate names.
func (r *Job) noted(message string) plan.UniqueKey {
	i := slices.IndexFunc(r.plan.Unique, func(u plan.UniqueKey) bool {
		name := string(u.Key.Name) + "'"
		return strings.HasSuffix(message, "'"+name) || strings.HasSuffix(message, "."+name) // MySQL writes the table's name in front
	})
	return r.plan.Unique[max(0, i)]
}

// watchNotes is a gate that ends the copy, and the comparison, soon after a write that does not fit.
func (r *Job) watchNotes() throttle.Gate {
	var found error
	look := throttle.FailClosed(throttle.GateFunc(func(ctx context.Context) (throttle.Verdict, error) {
		switch err := r.fits(ctx, status{r.monitor}); err.(type) {
		case *Unfit, *Duplicate, *Disturbed:
			found = err
			return throttle.Verdict{}, nil
		default:
			return throttle.Verdict{}, err
		}
	}), loadPatience)
	return throttle.GateFunc(func(ctx context.Context) (throttle.Verdict, error) {
		if v, err := look.Check(ctx); err != nil || found == nil {
			return v, err
		}
		return throttle.Verdict{}, found
	})
}

// latched is an act, the swap, before which no more notes can be made; where there are notes it does not come to the act.
func (r *Job) latched(act func(context.Context) error) func(context.Context) error {
	if !r.plan.Guard.Needed() {
		return act
	}
	return func(ctx context.Context) error {
		err := r.sendAll(ctx, r.plan.Guard.Close)
		if err == nil {
			err = r.fits(ctx, r.session)
		}
		if err == nil {
			err = act(ctx)
		}
		if err != nil && !r.session.Lost() {
			ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
			defer stop()
			if open := r.sendAll(ctx, r.plan.Guard.Open); open != nil {
				r.sink.Event(report.Event{Level: report.Warn, Text: "until the triggers are dropped, writes that do not fit the new table fail: " + open.Error()})
			}
		}
		return err
	}
}
