package osc

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/metalock"
	"oscar/osc/plan"
	"oscar/osc/report"
)

const reconnectPatience = 5 * time.Minute

func (r *Job) sendAll(ctx context.Context, stmts ...plan.Stmt) error {
	for _, s := range stmts {
		if err := r.ensure(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		if _, err := r.session.ExecContext(ctx, s.SQL); err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return nil
}

func (r *Job) ask(ctx context.Context, op Operation, act func(context.Context) error) error {
	return r.twice(ctx, func() error { return r.asker(ctx, op).Do(ctx, act) })
}

func (r *Job) twice(ctx context.Context, act func() error) error {
	if err := r.ensure(ctx); err != nil {
		return err
	}
	err := act()
	if !conn.IsLost(err) || ctx.Err() != nil {
		return err
	}
	if err := r.ensure(ctx); err != nil {
		return err
	}
	return act()
}

func (r *Job) ensure(ctx context.Context) error {
	if !r.session.Lost() {
		return nil
	}
	r.sink.Event(report.Event{Level: report.Warn, Text: "lost the connection; connecting again"})
	return r.session.Reconnect(ctx, reconnectPatience)
}

func (r *Job) asker(ctx context.Context, op Operation) metalock.Asker {
	try := r.o.Tries[op]
	return metalock.Asker{
		Q: r.session, Patience: r.patience(), Tries: try.Times, Wait: try.Wait,
		OnWait: func(n int, so time.Duration) {
			fields := []report.Field{{Key: report.Step, Value: string(op)}, {Key: report.Try, Value: n}, {Key: report.Took, Value: so.Round(time.Second)}}
			if who := r.holders(ctx); who != "" {
				fields = append(fields, report.Field{Key: report.Holder, Value: who})
			}
			r.sink.Event(report.Event{Level: report.Warn, Text: "another session holds the table; standing back and asking again", Fields: fields})
		},
	}
}

// holders says who is in the way, as far as the server tells this account; it is for the log only, and what fails here fails nothing.
func (r *Job) holders(ctx context.Context) string {
	var who []string
	for _, t := range []ident.Table{r.facts.table.Name, r.shadow.Table} {
		list, err := metalock.Holders(ctx, r.session, r.facts.server.Flavor, t)
		if err != nil {
			break
		}
		for _, h := range list {
			if text := h.String(); !slices.Contains(who, text) {
				who = append(who, text)
			}
		}
	}
	return strings.Join(who, "; ")
}
