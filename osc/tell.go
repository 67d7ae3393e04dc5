package osc

import (
	"strings"
	"time"

	"oscar/osc/copier"
	"oscar/osc/ident"
	"oscar/osc/plan"
	"oscar/osc/report"
	"oscar/osc/verify"
)

// teller passes what the steps say on to the sink.
type teller struct {
	sink  report.Sink
	print bool
}

func (t teller) Say(text string, stamped bool) {
	t.sink.Line(report.Line{Text: text, Stamped: stamped})
}

func (t teller) Show(s plan.Stmt) {
	if t.print {
		t.sink.SQL(report.SQL{Name: s.Name, Text: s.SQL})
	}
}

func (t teller) Done(step string, took time.Duration, err error) {
	e := report.Event{Level: report.Info, Text: "step done", Fields: []report.Field{{Key: report.Step, Value: step}, {Key: report.Took, Value: took}}}
	if err != nil {
		e.Text, e.Fields = "step failed", append(e.Fields, report.Field{Key: report.Cause, Value: err.Error()})
	}
	t.sink.Event(e)
}

// meter turns what the copier tells into progress: rate, time that remains.
type meter struct {
	act      report.Act
	table    ident.Table
	estimate int64
	each     time.Duration
	sink     report.Sink
	began    time.Time
	told     time.Time
	marks    []mark // the last seconds, for the rate
	last     copier.Progress
}

type mark struct {
	at   time.Time
	rows int64
}

// rateWindow is how far back the rate looks: long enough to be steady, short enough to show a change.
const rateWindow = 15 * time.Second

func newMeter(act report.Act, table ident.Table, estimate int64, each time.Duration, sink report.Sink) *meter {
	if each <= 0 {
		each = 100 * time.Millisecond
	}
	now := time.Now()
	return &meter{act: act, table: table, estimate: estimate, each: each, sink: sink, began: now, marks: []mark{{at: now}}}
}

func (m *meter) tell(p copier.Progress) {
	if p.Note != "" {
		m.sink.Event(report.Event{Level: report.Warn, Text: p.Note, Fields: []report.Field{{Key: report.Table, Value: m.table.String()}}})
	}
	now := time.Now()
	if p.Waiting != m.last.Waiting && p.Waiting != "" {
		m.sink.Event(report.Event{Level: report.Info, Text: strings.ToLower(m.act.String()) + " waits", Fields: []report.Field{{Key: report.Reason, Value: p.Waiting}}})
	}
	quiet := p.Waiting == m.last.Waiting && now.Sub(m.told) < m.each
	m.last = p
	if quiet {
		return
	}
	m.told = now
	m.marks = append(m.marks, mark{now, p.Rows})
	for len(m.marks) > 2 && now.Sub(m.marks[1].at) > rateWindow {
		m.marks = m.marks[1:]
	}
	m.sink.Progress(m.progress(now, false))
}

// tellVerify takes the progress of a comparison, which is that of a copy with ranges for chunks.
func (m *meter) tellVerify(p verify.Progress) {
	m.tell(copier.Progress{Rows: p.Rows, Chunks: p.Ranges, Next: p.Next, Waiting: p.Waiting, Note: p.Note})
}

func (m *meter) progress(now time.Time, done bool) report.Progress {
	p := report.Progress{
		Act: m.act, Table: m.table, Rows: m.last.Rows, Chunks: m.last.Chunks, Estimate: m.estimate, ChunkRows: m.last.Next, Elapsed: now.Sub(m.began), Remaining: -1,
		Waiting: m.last.Waiting, Done: done,
	}
	first := m.marks[0]
	if span := now.Sub(first.at).Seconds(); span > 0 {
		p.Rate = float64(m.last.Rows-first.rows) / span
	}
	if left := m.estimate - m.last.Rows; left > 0 && p.Rate > 0 {
		p.Remaining = time.Duration(float64(left) / p.Rate * float64(time.Second))
	}
	return p
}

// done tells the end of the copy; the rate is then that of the whole copy.
func (m *meter) done(rows int64) {
	m.last.Rows, m.last.Waiting = rows, ""
	m.marks = []mark{{at: m.began}}
	m.sink.Progress(m.progress(time.Now(), true))
}
