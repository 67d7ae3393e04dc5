// Package swap exchanges the tables in one RENAME and says which of three things happened.
package swap

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/verify"
)

// Outcome is what became of a RENAME.
type Outcome int

// The outcomes.
const (
	NotSwapped Outcome = iota
	Swapped
	Unknown
)

func (o Outcome) String() string {
	switch o {
	case NotSwapped:
		return "not swapped"
	case Swapped:
		return "swapped"
	default:
		return "unknown"
	}
}

// Receipt is the proof of a swap that is known to have happened. Only this package makes one that allows anything.
type Receipt struct{ old ident.Table }

// Old is the name of the original after the swap; empty in the zero Receipt.
func (r Receipt) Old() ident.Table { return r.old }

// ErrUnknown is the error of a swap whose outcome could not be looked up. Nothing may be undone or dropped after it.
var ErrUnknown = errors.New("the outcome of the swap is unknown")

// InDoubt is an ErrUnknown with what a person should do.
type InDoubt struct {
	Tables Tables
	Err    error
}

func (d *InDoubt) Error() string { return fmt.Sprintf("%v: %v", ErrUnknown, d.Err) }

// Unwrap gives ErrUnknown and the cause.
func (d *InDoubt) Unwrap() []error { return []error{ErrUnknown, d.Err} }

// HandsOff is true: nothing may be undone.
func (d *InDoubt) HandsOff() bool { return true }

// Try tells how to find out.
func (d *InDoubt) Try() string {
	return fmt.Sprintf("run: SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_name IN (%s, %s, %s); "+
		"if %s is there and %s is not, the swap took place", quote(d.Tables.Live.Schema), quote(d.Tables.Live.Name),
		quote(d.Tables.Shadow.Name), quote(d.Tables.Old.Name), d.Tables.Old, d.Tables.Shadow)
}

// Tables are the three names of a swap.
type Tables struct {
	Live   ident.Table
	Shadow ident.Table
	Old    ident.Table
}

// Session is a connection that can be had anew after a loss; *conn.Session is one.
type Session interface {
	conn.Querier
	Reconnect(ctx context.Context, patience time.Duration) error
}

// Swapper exchanges Live and Shadow.
type Swapper struct {
	Session  Session
	Tables   Tables
	Rename   string                                                              // the RENAME statement of the plan
	Ask      func(ctx context.Context, act func(context.Context) error) error    // metadata-lock discipline
	Look     func(ctx context.Context) error                                     // the last look, right before the RENAME; its error ends the swap; may be nil
	Hold     string                                                              // locks both tables before the last look; empty where a server cannot rename locked tables
	Release  string                                                              // ends Hold
	Existing func(ctx context.Context, names []ident.Name) ([]ident.Name, error) // which tables of the schema there are
	Patience time.Duration                                                       // for reconnecting
}

// tries is how often a RENAME is sent when the connection goes each time before it took place.
const tries = 3

// Do swaps. An error without ErrUnknown means that nothing was swapped. When the connection is lost during the RENAME, the
// outcome is looked up on a new one after the server is rid of the old one; it is never guessed. If nothing happened, it is tried again.
//
// It takes the proof that the tables are equal, or the operator's waiver, and does nothing without.
func (s Swapper) Do(ctx context.Context, leave verify.Clean) (Receipt, error) {
	if !leave.Allows() {
		return Receipt{}, errors.New("nobody has compared the tables")
	}
	for n := 1; ; n++ {
		err := s.Ask(ctx, s.exchange)
		lost := conn.IsLost(err)
		if err == nil {
			return Receipt{s.Tables.Old}, nil
		}
		if !lost && ctx.Err() == nil {
			return Receipt{}, err
		}
		outcome, lookErr := s.look(ctx, lost)
		switch {
		case outcome == Swapped:
			return Receipt{s.Tables.Old}, nil
		case outcome == Unknown:
			return Receipt{}, &InDoubt{Tables: s.Tables, Err: errors.Join(err, lookErr)}
		case !lost || ctx.Err() != nil || n == tries:
			return Receipt{}, err
		}
	}
}

// grace is how long letting go of the tables may take.
const grace = 30 * time.Second

// exchange is one ask. With Hold nobody can change either table between the last look and the RENAME.
func (s Swapper) exchange(ctx context.Context) error {
	if s.Hold != "" {
		if _, err := s.Session.ExecContext(ctx, s.Hold); err != nil {
			return err
		}
		defer func() {
			ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), grace)
			defer stop()
			s.Session.ExecContext(ctx, s.Release) //nolint:errcheck // it fails with the connection, and then the server lets go by itself
		}()
	}
	if s.Look != nil {
		if err := s.Look(ctx); err != nil {
			return err
		}
	}
	_, err := s.Session.ExecContext(ctx, s.Rename)
	return err
}

// look finds the outcome from which tables there are.
func (s Swapper) look(ctx context.Context, lost bool) (Outcome, error) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), s.Patience+30*time.Second)
	defer stop()
	if lost {
		if err := s.Session.Reconnect(ctx, s.Patience); err != nil {
			return Unknown, err
		}
	}
	there, err := s.Existing(ctx, []ident.Name{s.Tables.Live.Name, s.Tables.Shadow.Name, s.Tables.Old.Name})
	if err != nil {
		return Unknown, err
	}
	return judge(ident.Has(there, s.Tables.Live.Name), ident.Has(there, s.Tables.Shadow.Name), ident.Has(there, s.Tables.Old.Name)), nil
}

// judge knows what a RENAME of both tables leaves; anything else is somebody else's doing.
func judge(live, shadow, old bool) Outcome {
	switch {
	case live && shadow && !old:
		return NotSwapped
	case live && !shadow && old:
		return Swapped
	default:
		return Unknown
	}
}

func quote(n ident.Name) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", "''").Replace(string(n)) + "'"
}
