package osc

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"oscar/osc/copier"
	"oscar/osc/ident"
	"oscar/osc/report"
	"oscar/osc/step"
)

// diary keeps what a sink is told.
type diary struct {
	progress []report.Progress
	events   []report.Event
}

func (d *diary) Line(report.Line)           {}
func (d *diary) SQL(report.SQL)             {}
func (d *diary) Progress(p report.Progress) { d.progress = append(d.progress, p) }
func (d *diary) Event(e report.Event)       { d.events = append(d.events, e) }

func TestMeterTellsRateAndTimeThatRemains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		m := newMeter(report.Copying, ident.Table{Schema: "s", Name: "t"}, 10_000, time.Second, &d)
		for i := range 5 {
			time.Sleep(time.Second) // the bubble's clock
			m.tell(copier.Progress{Rows: int64(i+1) * 1000, Chunks: int64(i + 1), Next: 500})
		}
		last := d.progress[len(d.progress)-1]
		want := report.Progress{
			Table: ident.Table{Schema: "s", Name: "t"}, Rows: 5000, Chunks: 5, Estimate: 10_000, Rate: 1000, ChunkRows: 500,
			Elapsed: 5 * time.Second, Remaining: 5 * time.Second,
		}
		if diff := cmp.Diff(want, last); diff != "" {
			t.Errorf("progress (-want +got):\n%s", diff)
		}
	})
}

func TestMeterForgetsAnOldRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		m := newMeter(report.Copying, ident.Table{}, 1_000_000, time.Second, &d)
		rows := int64(0)
		for i := range 60 {
			time.Sleep(time.Second)
			if i < 30 {
				rows += 9000
			} else {
				rows += 10
			}
			m.tell(copier.Progress{Rows: rows})
		}
		if got := d.progress[len(d.progress)-1].Rate; got != 10 {
			t.Errorf("rate half a minute after a slow-down: got %v, want 10", got)
		}
	})
}

func TestMeterTellsAtMostAsOftenAsAskedButEachWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d diary
		m := newMeter(report.Copying, ident.Table{}, 100, time.Minute, &d)
		for range 50 {
			m.tell(copier.Progress{})
		}
		m.tell(copier.Progress{Waiting: "load"})
		m.tell(copier.Progress{Waiting: "load"})
		m.tell(copier.Progress{})
		if got := len(d.progress); got != 3 {
			t.Errorf("told %d times, want the first, the wait and its end", got)
		}
		if len(d.events) != 1 {
			t.Errorf("logged %d times, want once, the wait", len(d.events))
		}
	})
}

type handsOff struct{ error }

func (handsOff) HandsOff() bool { return true }

func TestVerdict(t *testing.T) {
	broken := errors.New("x")
	tests := map[string]struct {
		mode Mode
		live bool
		err  error
		want Verdict
	}{
		"a dry run that went through":          {DryRun, false, nil, DryRunDone},
		"a dry run that failed":                {DryRun, false, broken, NotAltered},
		"a change that is live":                {Execute, true, nil, Altered},
		"live, but something went wrong after": {Execute, true, broken, AlteredNotes},
		"failed before the swap":               {Execute, false, broken, NotAltered},
		"nobody knows":                         {Execute, false, &step.Failed{Err: handsOff{broken}}, InDoubt},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := verdict(test.mode, test.live, test.err); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestTheModeDecidesWhatIsTouched(t *testing.T) {
	for mode, want := range map[Mode][2]bool{CheckOnly: {false, false}, DryRun: {true, false}, Execute: {true, true}} {
		if got := [2]bool{mode.allows(step.OwnTables), mode.allows(step.LiveTable)}; got != want {
			t.Errorf("%s: own tables and live table: got %v, want %v", mode, got, want)
		}
	}
}

func TestTriesArePrintedByName(t *testing.T) {
	want := []string{
		"analyze_table, 10, 1", "copy_rows, unlimited, 0.25", "create_triggers, 10, 1", "drop_triggers, 10, 1", "swap_tables, 10, 1",
		"update_foreign_keys, 10, 1",
	}
	if diff := cmp.Diff(want, DefaultTries().lines()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
