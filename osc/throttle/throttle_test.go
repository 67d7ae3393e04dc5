package throttle

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// script is a gate that gives the answers of a list in turn, then the last one for ever.
type script struct {
	answers []answer
	asked   int
}

type answer struct {
	v   Verdict
	err error
}

func (s *script) Check(context.Context) (Verdict, error) {
	a := s.answers[min(s.asked, len(s.answers)-1)]
	s.asked++
	return a.v, a.err
}

func says(state State, why string) answer { return answer{v: Verdict{State: state, Why: why}} }

func fails(text string) answer { return answer{err: errors.New(text)} }

func plays(answers ...answer) *script { return &script{answers: answers} }

func TestAll(t *testing.T) {
	tests := map[string]struct {
		gates []answer
		want  Verdict
		err   string
	}{
		"no gate lets work go on":                     {nil, Verdict{}, ""},
		"the worst state wins and all reasons stay":   {[]answer{says(Go, ""), says(Stop, "b"), says(Hold, "a")}, Verdict{Stop, "b; a"}, ""},
		"one hold holds":                              {[]answer{says(Go, ""), says(Hold, "lag")}, Verdict{Hold, "lag"}, ""},
		"a gate that cannot be read is never go":      {[]answer{says(Go, ""), fails("gone")}, Verdict{}, "gone"},
		"every error is told":                         {[]answer{fails("one"), fails("two"), says(Hold, "x")}, Verdict{}, "one\ntwo"},
		"a stop stands beside a gate that is unknown": {[]answer{fails("gone"), says(Stop, "panic file")}, Verdict{Stop, "panic file"}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var gates []Gate
			for _, a := range test.gates {
				gates = append(gates, plays(a))
			}
			got, err := All(gates...).Check(t.Context())
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("verdict (-want +got):\n%s", diff)
			}
			if text(err) != test.err {
				t.Errorf("error\n got %q\nwant %q", text(err), test.err)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestEveryMeasuresOnceAnInterval(t *testing.T) {
	now := time.Unix(0, 0)
	inner := plays(says(Hold, "first"), fails("broken"), says(Go, ""))
	g := Every(time.Second, func() time.Time { return now }, inner)
	steps := []struct {
		pass  time.Duration
		want  Verdict
		err   string
		asked int
	}{
		{0, Verdict{Hold, "first"}, "", 1},
		{999 * time.Millisecond, Verdict{Hold, "first"}, "", 1}, // kept
		{time.Millisecond, Verdict{}, "broken", 2},
		{0, Verdict{}, "", 3}, // an error is not kept
		{500 * time.Millisecond, Verdict{}, "", 3},
	}
	for i, s := range steps {
		now = now.Add(s.pass)
		got, err := g.Check(t.Context())
		if got != s.want || text(err) != s.err || inner.asked != s.asked {
			t.Errorf("step %d\n got %v, error %q, measured %d times\nwant %v, error %q, measured %d times", i, got, text(err), inner.asked, s.want, s.err, s.asked)
		}
	}
}

func TestFailClosedHoldsUntilPatienceIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := FailClosed(plays(says(Go, ""), fails("x"), fails("x"), says(Go, ""), fails("y"), fails("y"), fails("y")), 10*time.Second)
		steps := []struct {
			pass time.Duration
			want Verdict
			err  string
		}{
			{0, Verdict{}, ""},
			{time.Hour, Verdict{Hold, "cannot measure: x"}, ""}, // patience counts from the first error
			{9 * time.Second, Verdict{Hold, "cannot measure: x"}, ""},
			{time.Second, Verdict{}, ""}, // a success begins anew
			{time.Second, Verdict{Hold, "cannot measure: y"}, ""},
			{9 * time.Second, Verdict{Hold, "cannot measure: y"}, ""},
			{time.Second, Verdict{}, "measure for 10s: y"},
		}
		for i, s := range steps {
			time.Sleep(s.pass)
			got, err := g.Check(t.Context())
			if got != s.want || text(err) != s.err {
				t.Errorf("step %d\n got %v, error %q\nwant %v, error %q", i, got, text(err), s.want, s.err)
			}
		}
	})
}

func TestFailClosedGivesWayToTheContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("SIGINT")
	g := FailClosed(GateFunc(func(context.Context) (Verdict, error) { cancel(why); return Verdict{}, errors.New("cut") }), time.Hour)
	if _, err := g.Check(ctx); !errors.Is(err, why) {
		t.Errorf("got %v, want %v", err, why)
	}
}

func TestWait(t *testing.T) {
	tests := map[string]struct {
		gate *script
		told []Verdict
		took time.Duration
		err  string
	}{
		"nothing to wait for is quick and silent": {plays(says(Go, "")), nil, 0, ""},
		"a hold is asked again every tick, each reason told once": {
			plays(says(Hold, "a"), says(Hold, "a"), says(Hold, "b"), says(Go, "")),
			[]Verdict{{Hold, "a"}, {Hold, "b"}, {}}, 3 * time.Second, "",
		},
		"a stop ends it":                  {plays(says(Hold, "a"), says(Stop, "too much")), []Verdict{{Hold, "a"}}, time.Second, "too much"},
		"an error ends it":                {plays(fails("gone")), nil, 0, "gone"},
		"a state of no meaning is not go": {plays(says(7, "")), []Verdict{{State: 7}}, 0, "throttle: state 7"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told []Verdict
				start := time.Now()
				err := Wait(t.Context(), test.gate, time.Second, func(v Verdict) { told = append(told, v) })
				if text(err) != test.err {
					t.Errorf("error\n got %q\nwant %q", text(err), test.err)
				}
				if diff := cmp.Diff(test.told, told); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
				if took := time.Since(start); took != test.took {
					t.Errorf("took\n got %s\nwant %s", took, test.took)
				}
			})
		})
	}
}

func TestWaitTellsStopAndCancelApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stop *ErrStop
		if err := Wait(t.Context(), plays(says(Stop, "x")), time.Second, nil); !errors.As(err, &stop) || stop.Why != "x" {
			t.Errorf("a stop\n got %v\nwant an *ErrStop with its reason", err)
		}
		why := errors.New("SIGTERM")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(1500*time.Millisecond, func() { cancel(why) })
		start := time.Now()
		err := Wait(ctx, plays(says(Hold, "x")), time.Hour, nil)
		if !errors.Is(err, why) || errors.As(err, &stop) {
			t.Errorf("an ended context\n got %v\nwant %v", err, why)
		}
		if took := time.Since(start); took != 1500*time.Millisecond {
			t.Errorf("the wait went on for %s after the context ended", took-1500*time.Millisecond)
		}
	})
}
