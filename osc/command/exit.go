package command

import (
	"errors"
	"os"
	"syscall"

	"oscar/osc"
	"oscar/osc/conn"
	"oscar/osc/inspect"
	"oscar/osc/preflight"
	"oscar/osc/step"
	"oscar/osc/swap"
	"oscar/osc/throttle"
	"oscar/osc/topology"
	"oscar/osc/verify"
)

// Code is an exit status. Numbers up to 20 are those that pt-online-schema-change documents; the others are oscar's.
type Code int

// The exit codes. Only Success means that everything was done that was asked for.
const (
	Success        Code = 0
	Failure        Code = 1  // wrong options, a refusal without a number of its own, or any other error
	Requirements   Code = 3  // the server or the account lacks something
	NoKey          Code = 4  // the table has no key to find rows by
	CreateNew      Code = 10 // the new table could not be created
	AlterNew       Code = 11 // the new table could not be altered
	CreateTriggers Code = 12 // the triggers could not be created
	Swap           Code = 14 // the tables could not be swapped
	DropOld        Code = 16 // the change is live, but the old table was not dropped
	Unsupported    Code = 17 // options or an ALTER that would lose data or cannot be done
	Connect        Code = 18 // no connection
	Lost           Code = 19 // the connection was lost and did not come back
	Copy           Code = 21 // the rows could not be copied
	Left           Code = 22 // something was left behind; the statements that remove it were printed
	SwapUnknown    Code = 23 // nobody knows whether the swap took place; a person must look
	Stopped        Code = 24 // a signal ended the run, and everything was taken back
	CriticalLoad   Code = 25 // the server's load became critical
	Differs        Code = 26 // rows differ, and copying them again did not help, or was not to be tried; the pair is kept
	Disturbed      Code = 28 // somebody else changed a table or a trigger of the run
	Duplicates     Code = 27 // rows are equal in a new unique key
	Unfit          Code = 29 // the application wrote rows that the new table cannot hold
	ReplicaStopped Code = 30 // a replica was stopped or unreachable for too long
)

// row says for which errors a code is right.
type row struct {
	code Code
	when string // for the help
	is   func(error) bool
}

// exits is looked through from the top; the first row that fits is the code. What a person has to act on comes first.
var exits = []row{
	{SwapUnknown, "nobody knows whether the tables were swapped: a person must look", func(err error) bool { return errors.Is(err, swap.ErrUnknown) }},
	{Left, "something was left behind; the SQL that removes it was printed", as[*step.LeftBehind]},
	{DropOld, "altered, but the old table was not dropped", inStep(osc.StepDropOld)},
	{Stopped, "ended by a signal, and everything was taken back", as[*Interrupted]},
	{CriticalLoad, "--critical-load was reached", as[*throttle.ErrStop]},
	{ReplicaStopped, "a replica was stopped or unreachable for longer than --replica-patience", as[*topology.Stopped]},
	{Unsupported, "an operation that is not supported, or would lose data", func(err error) bool {
		return as[*unsupported](err) || refused(preflight.Unsupported)(err) || unwhole(err)
	}},
	{Requirements, "the server or the account lacks something", refused(preflight.MinimumRequirements)},
	{NoKey, "the table has no key to find rows by", refused(preflight.NoKey)},
	{Connect, "cannot connect", as[*conn.OpenError]},
	{Lost, "the connection was lost", conn.IsLost},
	{Disturbed, "somebody else changed a table or a trigger during the run", as[*osc.Disturbed]},
	{Duplicates, "rows are equal in a new unique key", as[*osc.Duplicate]},
	{Unfit, "the application wrote rows that the new table cannot hold", as[*osc.Unfit]},
	{Differs, "rows of the new table differ from the original; both tables and the triggers are kept to be looked at", as[*verify.Mismatch]},
	{CreateNew, "cannot create the new table", inStep(osc.StepCreate)},
	{AlterNew, "cannot alter the new table", inStep(osc.StepAlter)},
	{CreateTriggers, "cannot create the triggers", inStep(osc.StepCapture)},
	{Copy, "cannot copy the rows", inStep(osc.StepCopy)},
	{Swap, "cannot swap the tables", inStep(osc.StepSwap)},
	{Failure, "wrong options, a check that refused, or any other error", func(error) bool { return true }},
}

// ends are verdicts that decide the code whatever the cause was, unless something above it in exits fits: once the change is live, the codes
// that say "your table is as it was" are wrong, also for a signal or a lost connection.
var ends = map[osc.Verdict]Code{osc.Altered: DropOld, osc.AlteredNotes: DropOld, osc.InDoubt: SwapUnknown}

// codeOf is the exit code for the end of a run.
func codeOf(v osc.Verdict, err error) Code {
	if err == nil && complete(v) {
		return Success
	}
	for _, r := range exits {
		if r.is(err) || r.code == ends[v] {
			return r.code
		}
	}
	return Failure
}

func as[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

// unwhole: the table is of a kind that a copy would not hold whole.
func unwhole(err error) bool {
	var missing *inspect.Missing
	return errors.As(err, &missing) && missing.Unsupported()
}

// refused fits refusals of a kind; the first of them decides.
func refused(kind preflight.Kind) func(error) bool {
	return func(err error) bool {
		var all preflight.Refusals
		return errors.As(err, &all) && all.Code() == kind
	}
}

func inStep(name string) func(error) bool {
	return func(err error) bool {
		var failed *step.Failed
		return errors.As(err, &failed) && failed.Step == name
	}
}

// Interrupted is the cause of a context that a signal ended.
type Interrupted struct {
	Signal os.Signal
}

func (i *Interrupted) Error() string { return "interrupted by " + signalName(i.Signal) }

func signalName(s os.Signal) string {
	switch s {
	case syscall.SIGINT:
		return "SIGINT"
	case syscall.SIGTERM:
		return "SIGTERM"
	case syscall.SIGHUP:
		return "SIGHUP"
	default:
		return s.String()
	}
}

// unsupported refuses a combination of options that would lose data.
type unsupported struct {
	why, try string
}

func (u *unsupported) Error() string { return u.why }

// Try is the remedy.
func (u *unsupported) Try() string { return u.try }
