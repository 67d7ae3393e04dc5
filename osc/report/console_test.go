package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"oscar/osc/ident"
)

var orders = ident.Table{Schema: "shop", Name: "orders"}

// screen is a terminal that knows what the live line uses: CR, LF and EL. Both streams of a console write to it.
type screen struct {
	lines []string
	col   int
}

func (s *screen) Write(p []byte) (int, error) {
	if len(s.lines) == 0 {
		s.lines = []string{""}
	}
	for text := string(p); text != ""; {
		last := len(s.lines) - 1
		switch {
		case text[0] == '\r':
			s.col, text = 0, text[1:]
		case text[0] == '\n':
			s.lines, s.col, text = append(s.lines, ""), 0, text[1:]
		case strings.HasPrefix(text, "\x1b[K"):
			s.lines[last], text = s.lines[last][:s.col], text[3:]
		default:
			s.lines[last] = s.lines[last][:s.col] + text[:1] + s.lines[last][min(len(s.lines[last]), s.col+1):]
			s.col, text = s.col+1, text[1:]
		}
	}
	return len(p), nil
}

func (s *screen) String() string { return strings.Join(s.lines, "\n") }

// stopped is a clock that stands until it is set.
type stopped struct{ now time.Time }

func (s *stopped) read() time.Time { return s.now }

func begin() *stopped { return &stopped{time.Date(2026, 1, 2, 3, 4, 5, 0, time.Local)} }

func halfway() Progress {
	return Progress{Table: orders, Rows: 500_000, Estimate: 1_000_000, Rate: 23400.7, ChunkRows: 12000, Elapsed: 30 * time.Second, Remaining: 30 * time.Second}
}

func TestStdoutIsPtOnlineSchemaChanges(t *testing.T) {
	tests := map[string]struct {
		quiet bool
		want  string
	}{
		"lines, stamps and SQL as it is": {false, "Altering `shop`.`orders`...\n2026-01-02T03:04:05 Creating triggers...\nDROP TABLE x;\nALTER y\n"},
		"quiet says nothing":             {true, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out, err strings.Builder
			c := New(Config{Out: &out, Err: &err, Clock: begin().read, Quiet: test.quiet})
			c.Line(Line{Text: "Altering `shop`.`orders`..."})
			c.Line(Line{Text: "Creating triggers...", Stamped: true})
			c.SQL(SQL{Name: "drop", Text: "DROP TABLE x;\n"})
			c.SQL(SQL{Name: "alter", Text: "ALTER y"})
			same(t, "stdout", test.want, out.String())
			same(t, "stderr", "", err.String())
		})
	}
}

func TestEvents(t *testing.T) {
	events := []Event{
		{Level: Debug, Text: "fine", Fields: []Field{{Chunk, 7}}},
		{Level: Info, Text: "step done", Fields: []Field{{Step, "copy"}, {Took, 1500 * time.Millisecond}, {Table, orders}}},
		{Level: Warn, Text: "trying again", Fields: []Field{{Cause, errors.New("lock wait")}}},
	}
	tests := map[string]struct {
		level string
		json  bool
		want  string
	}{
		"warn is quiet about what goes well": {"warn", false, "2026-01-02 03:04:05 WRN trying again error=\"lock wait\"\n"},
		"error logs no event":                {"error", false, ""},
		"info":                               {"info", false, "2026-01-02 03:04:05 INF step done step=copy table=`shop`.`orders` took=1.5s\n2026-01-02 03:04:05 WRN trying again error=\"lock wait\"\n"},
		"debug logs all":                     {"debug", true, `{"level":"debug","time":"TIME","chunk":7,"message":"fine"}` + "\n" + `{"level":"info","time":"TIME","step":"copy","took":1.5,"table":"` + "`shop`.`orders`" + `","message":"step done"}` + "\n" + `{"level":"warn","time":"TIME","error":"lock wait","message":"trying again"}` + "\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			level, err := ParseSeverity(test.level)
			if err != nil {
				t.Fatal(err)
			}
			var out, log strings.Builder
			clock := begin()
			c := New(Config{Out: &out, Err: &log, Clock: clock.read, Level: level, JSON: test.json})
			for _, e := range events {
				c.Event(e)
			}
			same(t, "stderr", strings.ReplaceAll(test.want, "TIME", clock.now.Format(time.RFC3339)), log.String())
			same(t, "stdout", "", out.String())
		})
	}
}

func TestParseSeverityRefuses(t *testing.T) {
	if _, err := ParseSeverity("loud"); err == nil || err.Error() != "Invalid --log-level: loud (one of debug, info, warn, error)" {
		t.Errorf("got %v", err)
	}
}

func TestProblemsAreToldEvenWhenQuiet(t *testing.T) {
	var out, err strings.Builder
	c := New(Config{Out: &out, Err: &err, Clock: begin().read, Quiet: true, Level: AtError})
	c.Problem("Error", "copy: gone\nand more\n")
	c.Note("DROP TABLE x;")
	same(t, "stderr", "Error: copy: gone\n  and more\nDROP TABLE x;\n", err.String())
	same(t, "stdout", "", out.String())
}

func TestJSONIsOnStderrOnly(t *testing.T) {
	var out, err strings.Builder
	c := New(Config{Out: &out, Err: &err, Clock: begin().read, JSON: true, Every: Cadence{ByIterations, 1}, Width: func() int { return 80 }})
	p := halfway()
	p.Chunks = 1
	c.Progress(p)
	c.Problem("Error", "a\nb")
	c.Note("note")
	c.Line(Line{Text: "plain"})
	for line := range strings.Lines(err.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("no JSON: %q", line)
		}
	}
	if n := strings.Count(err.String(), "\n"); n != 3 {
		t.Errorf("got %d lines, want 3:\n%s", n, err.String())
	}
	same(t, "stdout", "plain\n", out.String())
}

func TestLiveLineNeverTearsAnother(t *testing.T) {
	tty, clock := &screen{}, begin()
	c := New(Config{Out: tty, Err: tty, Clock: clock.read, Width: func() int { return 120 }, Level: AtInfo})
	const live = "Copying `shop`.`orders`  50.0%  500,000 rows  23,400 rows/s  ETA 00:30  chunk 12,000"
	c.Line(Line{Text: "one"})
	c.Progress(halfway())
	same(t, "drawn", "one\n"+live, tty.String())
	c.Line(Line{Text: "two"})
	same(t, "taken down by a line of stdout", "one\ntwo\n", tty.String())
	c.Progress(halfway())
	same(t, "drawn again at once", "one\ntwo\n"+live, tty.String())
	c.Event(Event{Level: Warn, Text: "w"})
	same(t, "under a line of the log", "one\ntwo\n2026-01-02 03:04:05 WRN w\n"+live, tty.String())
	c.Problem("Error", "p")
	same(t, "under a problem", "one\ntwo\n2026-01-02 03:04:05 WRN w\nError: p\n"+live, tty.String())
	done := halfway()
	done.Rows, done.Done, done.Elapsed = 1_000_001, true, 75*time.Second
	c.Progress(done)
	c.Line(Line{Text: "three"})
	c.End()
	same(t, "at the end the last state stays", "one\ntwo\n2026-01-02 03:04:05 WRN w\nError: p\nCopying `shop`.`orders`  100%  1,000,001 rows  23,400 rows/s  took 01:15  chunk 12,000\nthree\n", tty.String())
}

func TestAnActThatFailedLeavesNoLiveLineUnderItsUndo(t *testing.T) {
	tty := &screen{}
	c := New(Config{Out: tty, Err: tty, Clock: begin().read, Width: func() int { return 40 }})
	c.Progress(halfway())
	c.Note("Exiting on SIGINT")
	same(t, "while the copy ends", "Exiting on SIGINT\n50.0%  23,400 rows/s  ETA 00:30", tty.String())
	c.Line(Line{Text: "Dropping triggers..."})
	c.Note("still waiting")
	c.SQL(SQL{Text: "DROP TRIGGER x"})
	c.End()
	c.Problem("Error", "x")
	same(t, "screen", "Exiting on SIGINT\nDropping triggers...\nstill waiting\nDROP TRIGGER x\nError: x\n", tty.String())
}

func TestEveryLineOfAJSONLogHasALevelAndShortNumbers(t *testing.T) {
	var log strings.Builder
	clock := begin()
	c := New(Config{Out: io.Discard, Err: &log, Clock: clock.read, JSON: true, Every: Cadence{ByIterations, 1}})
	p := halfway()
	p.Chunks, p.Rate, p.Remaining = 1, 23400.123456789, 21366666667*time.Nanosecond
	c.Progress(p)
	c.Event(Event{Level: Warn, Text: "w", Fields: []Field{{Took, 1234567891 * time.Nanosecond}}})
	want := `{"level":"info","time":"TIME","table":"` + "`shop`.`orders`" + `","rows":500000,"estimate":1000000,"rate":23400.1,"chunk":12000,"remaining_seconds":21.4,"message":"Copying ` + "`shop`.`orders`" + `:  50% 00:21 remain"}` + "\n" +
		`{"level":"warn","time":"TIME","took":1.235,"message":"w"}` + "\n"
	same(t, "log", strings.ReplaceAll(want, "TIME", clock.now.Format(time.RFC3339)), log.String())
}

func TestEndLeavesALineThatWasCutShort(t *testing.T) {
	tty := &screen{}
	c := New(Config{Out: tty, Err: tty, Clock: begin().read, Width: func() int { return 40 }})
	c.Progress(halfway())
	c.End()
	c.End()
	c.Problem("Error", "x")
	same(t, "screen", "50.0%  23,400 rows/s  ETA 00:30\nError: x\n", tty.String())
}

func TestTheLastColumnStaysFree(t *testing.T) {
	const line = "50.0%  23,400 rows/s  ETA 00:30"
	for width, want := range map[int]string{len(line) + 1: line, len(line): "50.0%  ETA 00:30"} {
		tty := &screen{}
		New(Config{Out: tty, Err: tty, Clock: begin().read, Width: func() int { return width }}).Progress(halfway())
		same(t, fmt.Sprintf("%d columns", width), want, tty.String())
	}
}

func TestLiveLineIsDrawnFiveTimesASecondAtMost(t *testing.T) {
	var err strings.Builder
	clock := begin()
	c := New(Config{Out: io.Discard, Err: &err, Clock: clock.read, Width: func() int { return 80 }})
	for i := range 100 {
		p := halfway()
		p.Rows = int64(i)
		c.Progress(p)
		clock.now = clock.now.Add(20 * time.Millisecond)
	}
	if n := strings.Count(err.String(), eraseLine); n != 10 {
		t.Errorf("drawn %d times in two seconds, want 10", n)
	}
	p := halfway()
	p.Waiting = "Threads_running=26 >= 25"
	c.Progress(p)
	if !strings.Contains(err.String(), "waiting: Threads_running=26 >= 25") {
		t.Error("a wait that begins is not shown at once")
	}
}

func TestManyWritersDoNotMix(t *testing.T) {
	tty := &screen{}
	c := New(Config{Out: tty, Err: tty, Width: func() int { return 80 }, Level: AtDebug})
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 50 {
				switch i {
				case 0:
					c.Progress(halfway())
				case 1:
					c.Event(Event{Text: "event"})
				case 2:
					c.Problem("Error", "problem")
				default:
					c.Line(Line{Text: "line"})
				}
			}
		})
	}
	all.Wait()
	c.Progress(halfway())
	c.End()
	count := map[string]int{}
	for _, l := range tty.lines {
		if strings.HasSuffix(l, "DBG event") {
			l = "event"
		}
		count[l]++
	}
	want := map[string]int{"line": 50, "event": 50, "Error: problem": 50, "Copying `shop`.`orders`  50.0%  500,000 rows  23,400 rows/s  ETA 00:30": 1, "": 1}
	if diff := cmp.Diff(want, count); diff != "" {
		t.Errorf("lines on the screen (-want +got):\n%s", diff)
	}
}

func TestFitKeepsWhatMattersMost(t *testing.T) {
	waiting := halfway()
	waiting.Waiting = "lag"
	unknown := Progress{Table: orders, Rows: 7, Remaining: -1, ChunkRows: 1000}
	over := halfway()
	over.Rows = 2_000_000
	odd := halfway()
	odd.Table.Name = "a\x1b[2Jb\n\u202e"
	wide := halfway()
	wide.Table.Name = "表表"
	tests := map[string]struct {
		p     Progress
		width int
		want  string
	}{
		"all":                                    {waiting, 120, "Copying `shop`.`orders`  50.0%  500,000 rows  23,400 rows/s  ETA 00:30  chunk 12,000  waiting: lag"},
		"the chunk size goes first":              {waiting, 90, "Copying `shop`.`orders`  50.0%  500,000 rows  23,400 rows/s  ETA 00:30  waiting: lag"},
		"then the table":                         {waiting, 70, "50.0%  500,000 rows  23,400 rows/s  ETA 00:30  waiting: lag"},
		"then the rows":                          {waiting, 50, "50.0%  23,400 rows/s  ETA 00:30  waiting: lag"},
		"then the rate":                          {waiting, 40, "50.0%  ETA 00:30  waiting: lag"},
		"the rest is cut":                        {waiting, 10, "50.0%  ETA"},
		"no room at all":                         {waiting, -1, ""},
		"nothing is known of the whole":          {unknown, 80, "Copying `shop`.`orders`  7 rows  0 rows/s  ETA --:--  chunk 1,000"},
		"an estimate that was too low":           {over, 40, "99.9%  23,400 rows/s  ETA 00:30"},
		"a name cannot move the cursor":          {odd, 100, "Copying `shop`.`a?[2Jb??`  50.0%  500,000 rows  23,400 rows/s  ETA 00:30  chunk 12,000"},
		"wide letters take two columns, fits":    {wide, 83, "Copying `shop`.`表表`  50.0%  500,000 rows  23,400 rows/s  ETA 00:30  chunk 12,000"},
		"wide letters take two columns, one off": {wide, 81, "Copying `shop`.`表表`  50.0%  500,000 rows  23,400 rows/s  ETA 00:30"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			same(t, fmt.Sprintf("line in %d columns", test.width), test.want, fit(test.p, test.width))
		})
	}
}

func TestAFileIsNoTerminal(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if TerminalWidth(f, os.Getenv) != nil {
		t.Error("a file has a width")
	}
}

func same(t *testing.T, what, want, got string) {
	t.Helper()
	if got != want {
		t.Errorf("%s\n got %q\nwant %q", what, got, want)
	}
}
