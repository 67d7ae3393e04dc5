// Package throttle decides from any number of signals whether work may go on, has to wait, or must end.
//
// A Gate measures one thing. Gates compose: All asks several, Every limits how often one is measured, FailClosed makes a signal that
// cannot be read mean "wait". Wait is the one loop that waits. No gate knows who waits for it, or why.
package throttle

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// State says what a signal means for the work. A greater one is worse.
type State int

// The states. The zero value lets work go on.
const (
	Go   State = iota // go on
	Hold              // wait until it is better
	Stop              // end the run
)

func (s State) String() string {
	switch s {
	case Go:
		return "go"
	case Hold:
		return "hold"
	case Stop:
		return "stop"
	default:
		return fmt.Sprintf("state %d", int(s))
	}
}

// Verdict is what a gate found.
type Verdict struct {
	State State
	Why   string // for an operator: "replica db2 lag 7s > 5s"; empty when the state is Go
}

// Gate measures a signal. A Check that returns an error has measured nothing: the verdict beside it says nothing, and least of all Go.
type Gate interface {
	Check(ctx context.Context) (Verdict, error)
}

// GateFunc is a function as a Gate.
type GateFunc func(ctx context.Context) (Verdict, error)

// Check calls the function.
func (f GateFunc) Check(ctx context.Context) (Verdict, error) { return f(ctx) }

// All is a gate that asks every one of the gates, in order. The worst state wins and the reasons of all that are not Go are kept. A Stop
// stands even where another gate could not be measured; otherwise the errors of all are returned. All of nothing is always Go.
func All(gates ...Gate) Gate {
	return GateFunc(func(ctx context.Context) (Verdict, error) {
		var (
			worst State
			why   []string
			errs  []error
		)
		for _, g := range gates {
			v, err := g.Check(ctx)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			worst = max(worst, v.State)
			if v.State != Go {
				why = append(why, v.Why)
			}
		}
		if len(errs) > 0 && worst != Stop {
			return Verdict{}, errors.Join(errs...)
		}
		return Verdict{State: worst, Why: strings.Join(why, "; ")}, nil
	})
}
