package osc

import (
	"context"
	"slices"
	"strings"
	"time"

	"oscar/osc/ident"
	"oscar/osc/metalock"
	"oscar/osc/report"
)

func (r *Job) asker(ctx context.Context, op Operation) metalock.Asker {
	try, asks := r.o.Tries[op], 0
	return metalock.Asker{
		Q: r.session, Patience: r.patience(), Tries: try.Times, Wait: try.Wait,
		OnWait: func(n int, so time.Duration) {
			fields := []report.Field{{Key: report.Step, Value: string(op)}, {Key: report.Try, Value: n}, {Key: report.Took, Value: so.Round(time.Second)}}
			list := r.holders(ctx)
			if len(list) > 0 {
				fields = append(fields, report.Field{Key: report.Holder, Value: join(list)})
			}
			r.sink.Event(report.Event{Level: report.Warn, Text: "another session holds the table; standing back and asking again", Fields: fields})
			if asks++; r.o.Blockers.Kill != metalock.KillOff && asks >= r.o.Blockers.After {
				r.kill(ctx, list, asks == r.o.Blockers.After)
			}
		},
	}
}

// holders are the sessions in the way, as far as the server tells this account. What fails here fails nothing.
func (r *Job) holders(ctx context.Context) []metalock.Holder {
	var all []metalock.Holder
	for _, t := range []ident.Table{r.facts.table.Name, r.shadow.Table} {
		list, err := metalock.Holders(ctx, r.session, r.facts.server.Flavor, t)
		if err != nil {
			break
		}
		for _, h := range list {
			if !slices.ContainsFunc(all, func(have metalock.Holder) bool { return have.ID == h.ID }) && !r.active.has(h.ID) {
				all = append(all, h)
			}
		}
	}
	return all
}

func join(list []metalock.Holder) string {
	words := make([]string, len(list))
	for i, h := range list {
		words[i] = h.String()
	}
	return strings.Join(words, "; ")
}

// kill ends the holders that the operator allows to end, and says whom.
func (r *Job) kill(ctx context.Context, list []metalock.Holder, first bool) {
	guess := false
	for _, h := range list {
		guess = guess || !h.Certain
		if !r.o.Blockers.Kill.Takes(h) {
			continue
		}
		text := "killed " + h.String() + " (--kill-blockers)"
		if err := metalock.End(ctx, r.session, h); err != nil {
			text = "--kill-blockers: " + err.Error()
		}
		r.warn(text)
	}
	if guess && first {
		r.warn("--kill-blockers kills nobody on a guess, and this server does not tell who holds the table: INSTALL SONAME 'metadata_lock_info' makes MariaDB tell")
	}
}
