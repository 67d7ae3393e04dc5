package command

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"oscar/osc"
	"oscar/osc/conn"
	"oscar/osc/plan"
	"oscar/osc/preflight"
	"oscar/osc/report"
	"oscar/osc/step"
	"oscar/osc/swap"
	"oscar/osc/throttle"
	"oscar/osc/topology"
	"oscar/osc/verify"
)

func in(name string, cause error) error { return &step.Failed{Step: name, Err: cause} }

var (
	errCause   = errors.New("cause")
	leftBehind = &step.LeftBehind{Stmts: []plan.Stmt{{SQL: "DROP TRIGGER a"}, {SQL: "DROP TABLE b;"}}, Err: errCause}
)

func TestEveryEndHasItsCode(t *testing.T) {
	tests := map[string]struct {
		err  error
		want Code
	}{
		"all went well":                 {nil, Success},
		"any other error":               {errCause, Failure},
		"a refusal without a number":    {preflight.Refusals{{Why: "x"}}, Failure},
		"the account lacks a privilege": {preflight.Refusals{{Kind: preflight.MinimumRequirements}}, Requirements},
		"the table has no key":          {fmt.Errorf("look: %w", preflight.Refusals{{Kind: preflight.NoKey}}), NoKey},
		"the ALTER cannot be done":      {in(osc.StepPlan, preflight.Refusals{{Kind: preflight.Unsupported}}), Unsupported},
		"the first refusal decides":     {preflight.Refusals{{Kind: preflight.NoKey}, {Kind: preflight.Unsupported}}, NoKey},
		"options that lose data":        {&unsupported{}, Unsupported},
		"create":                        {in(osc.StepCreate, errCause), CreateNew},
		"alter":                         {in(osc.StepAlter, errCause), AlterNew},
		"capture":                       {in(osc.StepCapture, errCause), CreateTriggers},
		"copy":                          {in(osc.StepCopy, errCause), Copy},
		"swap":                          {in(osc.StepSwap, errCause), Swap},
		"drop old":                      {in(osc.StepDropOld, errCause), DropOld},
		"a signal while the old table is dropped": {in(osc.StepDropOld, &Interrupted{syscall.SIGINT}), DropOld},
		"no connection":                         {&conn.OpenError{Err: driver.ErrBadConn}, Connect},
		"a lost connection in any step":         {in(osc.StepCapture, driver.ErrBadConn), Lost},
		"a signal":                              {in(osc.StepCopy, &Interrupted{syscall.SIGINT}), Stopped},
		"disturbed":                             {in(osc.StepSwap, &osc.Disturbed{What: "x"}), Disturbed},
		"duplicates":                            {in(osc.StepUnique, &osc.Duplicate{Err: errors.New("x")}), Duplicates},
		"unfit writes":                          {in(osc.StepCopy, &osc.Unfit{Notes: []string{"x"}}), Unfit},
		"a replica that stays stopped":          {in(osc.StepCopy, &topology.Stopped{Name: "a:1"}), ReplicaStopped},
		"rows differ":                           {in(osc.StepVerify, &verify.Mismatch{}), Differs},
		"critical load":                         {in(osc.StepCopy, &throttle.ErrStop{Why: "x"}), CriticalLoad},
		"something is left, whatever the cause": {errors.Join(in(osc.StepCopy, &Interrupted{syscall.SIGINT}), leftBehind), Left},
		"a swap nobody knows of comes first":    {errors.Join(in(osc.StepSwap, &swap.InDoubt{Err: driver.ErrBadConn}), leftBehind), SwapUnknown},
	}
	reached := map[Code]bool{}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := osc.NotAltered
			if test.err == nil {
				v = osc.Altered
			}
			if got := codeOf(v, test.err); got != test.want {
				t.Errorf("code of %v\n got %d\nwant %d", test.err, got, test.want)
			}
		})
		reached[test.want] = true
	}
	for _, r := range exits {
		if !reached[r.code] {
			t.Errorf("no end of a run has code %d (%s)", r.code, r.when)
		}
	}
}

// Codes but 0, 16, 22, 23 and 26 tell the operator that the table is as it was.
func TestOnceTheChangeIsLiveNoCodeSaysThatItIsNot(t *testing.T) {
	unlock := "undo create triggers"
	for name, err := range map[string]error{
		"a signal": in("remark", &Interrupted{syscall.SIGTERM}), "a lost connection": in(osc.StepDropOld, driver.ErrBadConn),
		"no connection": in(unlock, &conn.OpenError{Err: driver.ErrBadConn}), "the load": in("remark", &throttle.ErrStop{}), "anything": errCause, "no error": nil,
	} {
		t.Run(name, func(t *testing.T) {
			if got := codeOf(osc.AlteredNotes, err); got != DropOld {
				t.Errorf("live: got %d", got)
			}
			if got := codeOf(osc.InDoubt, err); got != SwapUnknown {
				t.Errorf("in doubt: got %d", got)
			}
			if got := codeOf(osc.AlteredNotes, errors.Join(err, leftBehind)); got != Left {
				t.Errorf("live, and something is left: got %d", got)
			}
		})
	}
}

func TestOnlyACompleteRunIsASuccess(t *testing.T) {
	for v := osc.NotAltered; v <= osc.Compared; v++ {
		want := v == osc.Altered || v == osc.DryRunDone || v == osc.Compared
		if complete(v) != want {
			t.Errorf("verdict %d: complete is %t", v, !want)
		}
		if got := codeOf(v, nil); (got == Success) != want {
			t.Errorf("verdict %d without an error: code %d", v, got)
		}
	}
}

type hinted struct{ tries []string }

func (h *hinted) Error() string   { return "hinted" }
func (h *hinted) Tries() []string { return h.tries }

func TestComplain(t *testing.T) {
	tests := map[string]struct {
		err  error
		want string
	}{
		"cause and remedy":                 {&unsupported{"no", "yes"}, "Error: no\nTry: yes\n"},
		"a remedy of a cause":              {fmt.Errorf("act: %w", &unsupported{"no", "yes"}), "Error: act: no\nTry: yes\n"},
		"several remedies, empty ones not": {&hinted{[]string{"a", "", "b"}}, "Error: hinted\nTry: a\nTry: b\n"},
		"refusals are one a line": {in(osc.StepPlan, preflight.Refusals{{Why: "one", Try: "a"}, {Why: "two"}}),
			"Error: one\nTry: a\nError: two\n"},
		"a join is several":                          {errors.Join(errCause, &unsupported{"no", "yes"}), "Error: cause\nError: no\nTry: yes\n"},
		"a sentence with two errors in it stays one": {fmt.Errorf("%w (%w)", errCause, errors.New("b")), "Error: cause (b)\n"},
		"what is left is SQL to run": {errors.Join(in(osc.StepCopy, errCause), leftBehind),
			"Error: copy rows: cause\nError: clean up: cause\nTo take back what is left, execute in this order:\nDROP TRIGGER a;\nDROP TABLE b;\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var errs strings.Builder
			complain(report.New(report.Config{Err: &errs, Out: &errs}), test.err)
			same(t, "stderr", test.want, errs.String())
		})
	}
}
