// Package step runs the steps of a plan in order and takes them back safely.
package step

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"oscar/osc/plan"
)

// Reach is what a step may touch.
type Reach int

// The reaches.
const (
	OwnTables Reach = iota // only tables that this run made; a dry run does these
	LiveTable              // the application's table
)

// Step is one act of a run.
type Step struct {
	Name  string
	Reach Reach
	Stmts []plan.Stmt // exactly what Do sends; those of a copy as templates
	Do    func(context.Context) error
	Undo  *Undo // nil: nothing to take back
	// Commits says that once Do succeeds the change is live: the OnAbort undos below are void.
	Commits bool
	Words   Words
}

// Words are what the operator reads on stdout while a step runs; an empty one is not said.
type Words struct {
	Begin   string
	End     string
	Skipped string // instead of both, where the mode does not allow the step
	Stamped bool   // lines carry the time
	// Kept is said instead of both, with the statements below it, when an undo is left out; why is a clause that goes behind "because". nil: it is never
	// left out.
	Kept func(why string) string
}

// When is the condition of an undo.
type When int

// The conditions.
const (
	OnAbort When = iota // unless a later step committed
	Always
)

// Undo takes a step back. It must do no harm when the step happened half or not at all, or when it runs twice.
type Undo struct {
	When  When
	Stmts []plan.Stmt // what Do sends, and what a person is told to run when oscar cannot
	Do    func(context.Context) error
	Words Words
	Void  func() bool // asked when it is the undo's turn; true: the step did nothing, so there is nothing to take back. May be nil; may be asked from another goroutine
	Kept  string      // not empty: why the operator wants to keep this. It needs Words.Kept
}

// Teller hears what happens, in order, from the goroutine that runs the steps.
type Teller interface {
	Say(text string, stamped bool)
	Show(plan.Stmt)                                  // before it is run, or not run in a dry run
	Done(step string, took time.Duration, err error) // after each Do and each undo
}

// Failed is the error of a step. Unwrap gives the cause.
type Failed struct {
	Step   string
	Err    error
	Undone bool // everything that had been begun was taken back
}

// Error says the step's name once, also when the cause begins with it since a statement of the step has the same name.
func (f *Failed) Error() string {
	text := f.Step + ": " + strings.TrimPrefix(f.Err.Error(), f.Step+": ")
	if f.Undone {
		text += " (undone)"
	}
	return text
}

func (f *Failed) Unwrap() error { return f.Err }

// LeftBehind says that taking back stopped, and what a person has to run, in this order, to finish it.
type LeftBehind struct {
	Stmts []plan.Stmt
	Err   error
}

func (l *LeftBehind) Error() string { return fmt.Sprintf("clean up: %v", l.Err) }
func (l *LeftBehind) Unwrap() error { return l.Err }

// SQL is the statements as text.
func (l *LeftBehind) SQL() []string { return texts(l.Stmts) }

// handsOff is satisfied by errors after which nothing may be undone, since nobody knows what is live.
type handsOff interface{ HandsOff() bool }

// keeper is satisfied by errors after which what the run made is kept for a person to look at. Keep says why, as a clause that goes behind "because".
// Undos without Words.Kept run all the same.
type keeper interface{ Keep() string }

// UnwindTime is how long taking everything back may take.
const UnwindTime = 5 * time.Minute

// Runner runs steps once.
type Runner struct {
	Allows func(Reach) bool // the mode; the only place where it is asked
	Tell   Teller

	committed bool
	kept      bool   // an undo was left out
	keep      string // why the failure keeps what can be kept; empty: it does not
	mu        sync.Mutex
	undo      []pending
}

type pending struct {
	step string
	*Undo
}

// Run does the steps in order. When one fails, or ctx ends, what was begun is taken back, last first, on a fresh context; it stops at
// the first undo that fails, since an older undo can do harm while a newer one stands (dropping the new table while its triggers live fails every
// write of the application). Undos marked Always run at the end of a good run too, and so do the others when no step committed:
// a dry run leaves nothing.
//
// Each of rest gives further steps once all before are done. Its error is that of a step named "plan".
//
// The error is a *Failed, joined with a *LeftBehind when something stayed that should not have. What is kept on purpose, on the operator's wish or
// because the error says so (Keep), is told with the statements that remove it.
func (r *Runner) Run(ctx context.Context, first []Step, rest ...func(context.Context) ([]Step, error)) error {
	if err := r.steps(ctx, first); err != nil {
		return err
	}
	for _, next := range rest {
		if next == nil {
			continue
		}
		more, err := next(ctx)
		if err != nil {
			return r.fail(ctx, "plan", err)
		}
		if err := r.steps(ctx, more); err != nil {
			return err
		}
	}
	return r.unwind(ctx)
}

func (r *Runner) steps(ctx context.Context, steps []Step) error {
	for _, s := range steps {
		allowed := r.Allows(s.Reach)
		if !allowed {
			r.say(s.Words.Skipped, false)
		} else {
			r.say(s.Words.Begin, s.Words.Stamped)
		}
		for _, stmt := range s.Stmts {
			r.Tell.Show(stmt)
		}
		if !allowed {
			if s.Undo != nil && s.Undo.Words.Skipped != "" {
				r.push(s.Name, &Undo{When: s.Undo.When, Stmts: s.Undo.Stmts, Words: Words{Skipped: s.Undo.Words.Skipped}})
			}
			continue
		}
		if s.Undo != nil {
			r.push(s.Name, s.Undo) // before Do, which may happen half
		}
		if err := r.do(ctx, s); err != nil {
			return r.fail(ctx, s.Name, err)
		}
		r.say(s.Words.End, s.Words.Stamped)
		if s.Commits {
			r.committed = true
			r.void()
		}
	}
	return nil
}

func (r *Runner) do(ctx context.Context, s Step) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	began := time.Now()
	err := s.Do(ctx)
	r.Tell.Done(s.Name, time.Since(began), err)
	return err
}

func (r *Runner) fail(ctx context.Context, step string, cause error) error {
	var hands handsOff
	if errors.As(cause, &hands) && hands.HandsOff() {
		return &Failed{Step: step, Err: cause}
	}
	var keep keeper
	if errors.As(cause, &keep) {
		r.keep = keep.Keep()
	}
	left := r.unwind(ctx)
	failed := &Failed{Step: step, Err: cause, Undone: left == nil && !r.committed && !r.kept}
	if left == nil {
		return failed
	}
	return errors.Join(failed, left)
}

// Committed reports whether the change is live.
func (r *Runner) Committed() bool { return r.committed }

func (r *Runner) unwind(ctx context.Context) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), UnwindTime)
	defer stop()
	for {
		u, ok := r.top()
		if !ok {
			return nil
		}
		if u.Do == nil { // the mode did not allow the step: nothing to take back, but the plan is shown to its end
			r.say(u.Words.Skipped, false)
			for _, stmt := range u.Stmts {
				r.Tell.Show(stmt)
			}
			r.pop()
			continue
		}
		if u.Void != nil && u.Void() {
			r.pop()
			continue
		}
		if why := cmp.Or(u.Kept, r.keep); why != "" && u.Words.Kept != nil {
			r.kept = true
			r.say(u.Words.Kept(why), false)
			for _, stmt := range u.Stmts {
				r.say(stmt.SQL+";", false)
			}
			r.pop()
			continue
		}
		r.say(u.Words.Begin, u.Words.Stamped)
		for _, stmt := range u.Stmts {
			r.Tell.Show(stmt)
		}
		began := time.Now()
		err := u.Do(ctx)
		r.Tell.Done("undo "+u.step, time.Since(began), err)
		if err != nil {
			return &LeftBehind{Stmts: r.Left(), Err: fmt.Errorf("undo %s: %w", u.step, err)}
		}
		r.say(u.Words.End, u.Words.Stamped)
		r.pop()
	}
}

// Left is what a person would have to run if oscar stopped now. It may be called from any goroutine at any time.
func (r *Runner) Left() []plan.Stmt {
	r.mu.Lock()
	defer r.mu.Unlock()
	var stmts []plan.Stmt
	for i := len(r.undo) - 1; i >= 0; i-- {
		if u := r.undo[i]; u.Do == nil || u.Kept != "" || u.Void != nil && u.Void() {
			continue // not done, or the operator wants to keep it
		}
		stmts = append(stmts, r.undo[i].Stmts...)
	}
	return stmts
}

func (r *Runner) push(step string, u *Undo) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.undo = append(r.undo, pending{step, u})
}

func (r *Runner) top() (pending, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.undo) == 0 {
		return pending{}, false
	}
	return r.undo[len(r.undo)-1], true
}

func (r *Runner) pop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.undo = r.undo[:len(r.undo)-1]
}

// void forgets the undos that only an abort would need.
func (r *Runner) void() {
	r.mu.Lock()
	defer r.mu.Unlock()
	kept := r.undo[:0]
	for _, u := range r.undo {
		if u.When == Always {
			kept = append(kept, u)
		}
	}
	r.undo = kept
}

func (r *Runner) say(text string, stamped bool) {
	if text != "" {
		r.Tell.Say(text, stamped)
	}
}

func texts(stmts []plan.Stmt) []string {
	out := make([]string, len(stmts))
	for i, s := range stmts {
		out[i] = s.SQL
	}
	return out
}
