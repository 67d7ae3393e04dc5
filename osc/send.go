package osc

import (
	"context"
	"fmt"
	"time"

	"oscar/osc/conn"
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
