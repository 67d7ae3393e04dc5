package step

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"oscar/osc/plan"
)

// stage records what is said, shown and done, in order.
type stage struct {
	log  []string
	fail map[string]error // by the name of an act: "copy", "undo capture"
}

func (s *stage) Say(text string, stamped bool) {
	if stamped {
		text = "[time] " + text
	}
	s.log = append(s.log, "say "+text)
}

func (s *stage) Show(stmt plan.Stmt) { s.log = append(s.log, "show "+stmt.SQL) }

func (s *stage) Done(string, time.Duration, error) {}

func (s *stage) act(name string) func(context.Context) error {
	return func(context.Context) error {
		s.log = append(s.log, name)
		return s.fail[name]
	}
}

// acts are the log without what was said and shown.
func (s *stage) acts() []string {
	var acts []string
	for _, line := range s.log {
		if len(line) < 4 || line[:4] != "say " && line[:4] != "show" {
			acts = append(acts, line)
		}
	}
	return acts
}

func stmts(sql ...string) []plan.Stmt {
	var list []plan.Stmt
	for _, s := range sql {
		list = append(list, plan.Stmt{SQL: s})
	}
	return list
}

// route is a run in small: the same reaches, undos and commit as a schema change.
func (s *stage) route() []Step {
	return []Step{
		{Name: "create", Reach: OwnTables, Stmts: stmts("CREATE"), Do: s.act("create"),
			Undo: &Undo{Stmts: stmts("DROP NEW"), Do: s.act("undo create")}},
		{Name: "alter", Reach: OwnTables, Stmts: stmts("ALTER"), Do: s.act("alter")},
		{Name: "capture", Reach: LiveTable, Stmts: stmts("TRIGGERS"), Do: s.act("capture"),
			Undo: &Undo{When: Always, Stmts: stmts("DROP A", "DROP B"), Do: s.act("undo capture")}},
		{Name: "copy", Reach: LiveTable, Do: s.act("copy")},
		{Name: "swap", Reach: LiveTable, Do: s.act("swap"), Commits: true},
		{Name: "drop old", Reach: LiveTable, Do: s.act("drop old")},
	}
}

var everything = func(Reach) bool { return true }

func ownOnly(r Reach) bool { return r == OwnTables }

func TestRun(t *testing.T) {
	boom := errors.New("boom")
	tests := map[string]struct {
		allows    func(Reach) bool
		fail      []string
		acts      []string
		err       string
		undone    bool
		left      []string // nil: nothing stayed
		committed bool
	}{
		"a good run takes back only what is always taken back": {
			acts: []string{"create", "alter", "capture", "copy", "swap", "drop old", "undo capture"}, committed: true,
		},
		"the first step may have happened half": {
			fail: []string{"create"}, acts: []string{"create", "undo create"}, err: "create: boom (undone)", undone: true,
		},
		"a step without undo takes back those before": {
			fail: []string{"alter"}, acts: []string{"create", "alter", "undo create"}, err: "alter: boom (undone)", undone: true,
		},
		"its own undo comes first": {
			fail: []string{"capture"}, acts: []string{"create", "alter", "capture", "undo capture", "undo create"}, err: "capture: boom (undone)", undone: true,
		},
		"last in, first out": {
			fail: []string{"copy"}, acts: []string{"create", "alter", "capture", "copy", "undo capture", "undo create"}, err: "copy: boom (undone)", undone: true,
		},
		"a swap that failed is as if it was not": {
			fail: []string{"swap"}, acts: []string{"create", "alter", "capture", "copy", "swap", "undo capture", "undo create"}, err: "swap: boom (undone)", undone: true,
		},
		"after the swap only the triggers go": {
			fail: []string{"drop old"}, acts: []string{"create", "alter", "capture", "copy", "swap", "drop old", "undo capture"}, err: "drop old: boom", committed: true,
		},
		"an undo that fails keeps the older ones from running": {
			fail: []string{"copy", "undo capture"}, acts: []string{"create", "alter", "capture", "copy", "undo capture"},
			err: "copy: boom\nclean up: undo capture: boom", left: []string{"DROP A", "DROP B", "DROP NEW"},
		},
		"the oldest undo that fails is all that is left": {
			fail: []string{"copy", "undo create"}, acts: []string{"create", "alter", "capture", "copy", "undo capture", "undo create"},
			err: "copy: boom\nclean up: undo create: boom", left: []string{"DROP NEW"},
		},
		"a good run whose clean-up fails says what is left": {
			fail: []string{"undo capture"}, acts: []string{"create", "alter", "capture", "copy", "swap", "drop old", "undo capture"},
			err: "clean up: undo capture: boom", left: []string{"DROP A", "DROP B"}, committed: true,
		},
		"a dry run does its own tables and takes them back": {
			allows: ownOnly, acts: []string{"create", "alter", "undo create"},
		},
		"a dry run that fails takes back too": {
			allows: ownOnly, fail: []string{"alter"}, acts: []string{"create", "alter", "undo create"}, err: "alter: boom (undone)", undone: true,
		},
		"a mode that allows nothing does nothing": {allows: func(Reach) bool { return false }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &stage{fail: map[string]error{}}
			for _, act := range test.fail {
				s.fail[act] = boom
			}
			if test.allows == nil {
				test.allows = everything
			}
			r := &Runner{Allows: test.allows, Tell: s}
			route := s.route()
			err := r.Run(t.Context(), route[:2], func(context.Context) ([]Step, error) { return route[2:], nil })
			if diff := cmp.Diff(test.acts, s.acts()); diff != "" {
				t.Errorf("acts (-want +got):\n%s", diff)
			}
			if got := fmt.Sprint(err); got != test.err && (err != nil || test.err != "") {
				t.Errorf("error\n got %s\nwant %s", got, test.err)
			}
			if err != nil && !errors.Is(err, boom) {
				t.Errorf("the cause is lost: %v", err)
			}
			var failed *Failed
			if errors.As(err, &failed) && failed.Undone != test.undone {
				t.Errorf("undone\n got %v\nwant %v", failed.Undone, test.undone)
			}
			var left *LeftBehind
			if errors.As(err, &left) != (test.left != nil) {
				t.Fatalf("left behind: %v", err)
			}
			if left != nil {
				if diff := cmp.Diff(test.left, left.SQL()); diff != "" {
					t.Errorf("left behind (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(left.Stmts, r.Left()); diff != "" {
					t.Errorf("Left afterwards (-want +got):\n%s", diff)
				}
			} else if n := len(r.Left()); n != 0 {
				t.Errorf("nothing should be left, but there are %d statements", n)
			}
			if r.Committed() != test.committed {
				t.Errorf("committed\n got %v\nwant %v", r.Committed(), test.committed)
			}
		})
	}
}

// onlyLog runs steps in a mode and returns what was said, shown and done.
func onlyLog(t *testing.T, allows func(Reach) bool, s *stage, steps ...Step) []string {
	t.Helper()
	if err := (&Runner{Allows: allows, Tell: s}).Run(t.Context(), steps, nil); err != nil {
		t.Fatal(err)
	}
	return s.log
}

func TestWords(t *testing.T) {
	captured := func(s *stage) Step {
		return Step{
			Name: "capture", Reach: LiveTable, Stmts: stmts("TRIGGERS"), Do: s.act("capture"),
			Words: Words{Begin: "Creating...", End: "Created.", Skipped: "Not creating.", Stamped: true},
			Undo: &Undo{When: Always, Stmts: stmts("DROP A", "DROP B"), Do: s.act("undo capture"),
				Words: Words{Begin: "Dropping...", End: "Dropped.", Skipped: "Not dropping.", Stamped: true}},
		}
	}
	t.Run("a step says when it begins and ends, and shows what it sends before it does", func(t *testing.T) {
		s := &stage{}
		want := []string{
			"say [time] Creating...", "show TRIGGERS", "capture", "say [time] Created.",
			"say [time] Dropping...", "show DROP A", "show DROP B", "undo capture", "say [time] Dropped.",
		}
		if diff := cmp.Diff(want, onlyLog(t, everything, s, captured(s))); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
	t.Run("a step that is not allowed says so, and its statements are shown to the last", func(t *testing.T) {
		s := &stage{}
		want := []string{"say Not creating.", "show TRIGGERS", "say Not dropping.", "show DROP A", "show DROP B"}
		if diff := cmp.Diff(want, onlyLog(t, ownOnly, s, captured(s))); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
	t.Run("a step without words says nothing", func(t *testing.T) {
		s := &stage{}
		if diff := cmp.Diff([]string{"copy"}, onlyLog(t, everything, s, Step{Do: s.act("copy")})); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
	t.Run("what the operator wants to keep is not undone but said, with its SQL", func(t *testing.T) {
		s := &stage{}
		step := captured(s)
		step.Undo.Kept = "asked for"
		step.Undo.Words.Kept = func(why string) string { return "Not dropping because " + why + ", execute:" }
		want := []string{"say [time] Creating...", "show TRIGGERS", "capture", "say [time] Created.", "say Not dropping because asked for, execute:", "say DROP A;", "say DROP B;"}
		if diff := cmp.Diff(want, onlyLog(t, everything, s, step)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
	t.Run("a step that failed does not say that it ended", func(t *testing.T) {
		s := &stage{fail: map[string]error{"capture": errors.New("boom")}}
		err := (&Runner{Allows: everything, Tell: s}).Run(t.Context(), []Step{captured(s)}, nil)
		if err == nil || slices.Contains(s.log, "say [time] Created.") {
			t.Errorf("%v, log %q", err, s.log)
		}
	})
}

// kept is an error that wants a person to look first.
type kept struct{}

func (kept) Error() string { return "differs" }
func (kept) Keep() string  { return "it differs" }

func TestAnErrorThatKeeps(t *testing.T) {
	s := &stage{fail: map[string]error{"copy": fmt.Errorf("verify: %w", kept{})}}
	route := s.route()[:4]
	route[0].Undo.Words.Kept = func(why string) string { return "Not dropping new because " + why }
	route[2].Undo.Words.Kept = func(why string) string { return "Not dropping triggers because " + why }
	route[1].Undo = &Undo{Do: s.act("undo alter")} // has no words for that
	r := &Runner{Allows: everything, Tell: s}
	err := r.Run(t.Context(), route)
	var failed *Failed
	if !errors.As(err, &failed) || failed.Undone {
		t.Errorf("error %v", err)
	}
	var left *LeftBehind
	if errors.As(err, &left) {
		t.Errorf("kept on purpose is not left behind: %v", left)
	}
	want := []string{
		"create", "alter", "capture", "copy",
		"say Not dropping triggers because it differs", "say DROP A;", "say DROP B;", "undo alter", "say Not dropping new because it differs", "say DROP NEW;",
	}
	log := slices.DeleteFunc(s.log, func(line string) bool { return line[:4] == "show" })
	if diff := cmp.Diff(want, log); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if left := r.Left(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

func TestRest(t *testing.T) {
	t.Run("its error is that of the plan, and what was begun is taken back", func(t *testing.T) {
		s := &stage{}
		boom := errors.New("boom")
		err := (&Runner{Allows: everything, Tell: s}).Run(t.Context(), s.route()[:1], func(context.Context) ([]Step, error) { return nil, boom })
		var failed *Failed
		if !errors.As(err, &failed) || failed.Step != "plan" || !failed.Undone || !errors.Is(err, boom) {
			t.Errorf("error %v", err)
		}
		if diff := cmp.Diff([]string{"create", "undo create"}, s.acts()); diff != "" {
			t.Errorf("acts (-want +got):\n%s", diff)
		}
	})
	t.Run("it is not asked after a failure", func(t *testing.T) {
		s := &stage{fail: map[string]error{"create": errors.New("boom")}}
		err := (&Runner{Allows: everything, Tell: s}).Run(t.Context(), s.route()[:1], func(context.Context) ([]Step, error) {
			t.Error("rest was asked")
			return nil, nil
		})
		if err == nil {
			t.Error("no error")
		}
	})
}

// inDoubt is an error after which nobody knows what is live.
type inDoubt struct{ off bool }

func (d inDoubt) Error() string  { return "in doubt" }
func (d inDoubt) HandsOff() bool { return d.off }

func TestNothingIsUndoneAfterAnUnknownOutcome(t *testing.T) {
	tests := map[string]struct {
		err  error
		acts []string
	}{
		"hands off": {fmt.Errorf("swap: %w", inDoubt{true}), []string{"create", "swap"}},
		"hands on":  {fmt.Errorf("swap: %w", inDoubt{false}), []string{"create", "swap", "undo create"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &stage{fail: map[string]error{"swap": test.err}}
			steps := append(s.route()[:1:1], Step{Name: "swap", Do: s.act("swap"), Commits: true})
			r := &Runner{Allows: everything, Tell: s}
			err := r.Run(t.Context(), steps, nil)
			var failed *Failed
			if !errors.As(err, &failed) || !errors.Is(err, test.err) || r.Committed() {
				t.Errorf("error %v, committed %v", err, r.Committed())
			}
			if diff := cmp.Diff(test.acts, s.acts()); diff != "" {
				t.Errorf("acts (-want +got):\n%s", diff)
			}
			if hands := test.err.(interface{ Unwrap() error }).Unwrap().(inDoubt).off; failed.Undone == hands {
				t.Errorf("undone %v", failed.Undone)
			}
		})
	}
}

var errStopped = errors.New("the operator stopped it")

func TestACancelledRunIsTakenBack(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	s := &stage{}
	undo := func(ctx context.Context) error {
		s.log = append(s.log, "undo")
		if _, limited := ctx.Deadline(); !limited {
			t.Error("taking back has no end")
		}
		return ctx.Err() // the undo has a context of its own
	}
	steps := []Step{
		{Name: "create", Do: s.act("create"), Undo: &Undo{Do: undo}},
		{Name: "copy", Do: func(context.Context) error { s.log = append(s.log, "copy"); cancel(errStopped); return nil }, Undo: &Undo{Do: undo}},
		{Name: "swap", Do: s.act("swap"), Commits: true},
	}
	err := (&Runner{Allows: everything, Tell: s}).Run(ctx, steps, nil)
	var failed *Failed
	if !errors.Is(err, errStopped) || !errors.As(err, &failed) || failed.Step != "swap" || !failed.Undone {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff([]string{"create", "copy", "undo", "undo"}, s.acts()); diff != "" {
		t.Errorf("acts (-want +got):\n%s", diff)
	}
}

// A second signal makes another goroutine print what is left while the first still runs.
func TestLeftFromAnotherGoroutine(t *testing.T) {
	s := &stage{}
	r := &Runner{Allows: everything, Tell: s}
	end := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
					r.Left()
				}
			}
		})
	}
	want := map[string][]string{"create": {"DROP NEW"}, "copy": {"DROP A", "DROP B", "DROP NEW"}, "drop old": {"DROP A", "DROP B"}}
	steps := s.route()
	for i, step := range steps {
		steps[i].Do = func(context.Context) error {
			if w, ok := want[step.Name]; ok {
				if diff := cmp.Diff(w, texts(r.Left())); diff != "" {
					t.Errorf("left while %s runs (-want +got):\n%s", step.Name, diff)
				}
			}
			return nil
		}
	}
	for range 20 {
		if err := r.Run(t.Context(), steps, nil); err != nil {
			t.Error(err)
		}
	}
	close(end)
	readers.Wait()
}

func TestAFailureSaysItsStepOnce(t *testing.T) {
	boom := errors.New("boom")
	for name, test := range map[string]struct {
		err  *Failed
		want string
	}{
		"the step, then the cause":                 {&Failed{Step: "copy rows", Err: boom}, "copy rows: boom"},
		"undone":                                   {&Failed{Step: "copy rows", Err: boom, Undone: true}, "copy rows: boom (undone)"},
		"a statement of the step's name":           {&Failed{Step: "alter new table", Err: fmt.Errorf("alter new table: %w", boom)}, "alter new table: boom"},
		"a statement whose name begins like it":    {&Failed{Step: "copy", Err: fmt.Errorf("copy rows: %w", boom)}, "copy: copy rows: boom"},
		"a name that comes later is another thing": {&Failed{Step: "a", Err: fmt.Errorf("b: a: %w", boom)}, "a: b: a: boom"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := test.err.Error(); got != test.want || !errors.Is(test.err, boom) {
				t.Errorf("error\n got %s\nwant %s", got, test.want)
			}
		})
	}
}
