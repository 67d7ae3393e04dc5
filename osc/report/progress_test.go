package report

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var cadences = map[string]struct {
	text string
	want Cadence
	err  bool
}{
	"time":                      {"time,30", Cadence{ByTime, 30}, false},
	"percentage":                {"percentage,5", Cadence{ByPercentage, 5}, false},
	"iterations":                {"iterations,1", Cadence{ByIterations, 1}, false},
	"a space after the comma":   {"time, 7", Cadence{ByTime, 7}, false},
	"no number":                 {"time", Cadence{}, true},
	"no unit":                   {"30", Cadence{}, true},
	"unknown unit":              {"rows,30", Cadence{}, true},
	"zero":                      {"time,0", Cadence{}, true},
	"more than all":             {"percentage,101", Cadence{}, true},
	"negative":                  {"time,-1", Cadence{}, true},
	"too many":                  {"time,1,2", Cadence{}, true},
	"nothing":                   {"", Cadence{}, true},
	"a number that would wrap":  {"time,99999999999", Cadence{}, true},
	"a name in another case":    {"Time,30", Cadence{}, true},
	"a number that is a half":   {"time,0.5", Cadence{}, true},
	"a hundred percent is once": {"percentage,100", Cadence{ByPercentage, 100}, false},
}

func TestParseCadence(t *testing.T) {
	for name, test := range cadences {
		t.Run(name, func(t *testing.T) {
			got, err := ParseCadence(test.text)
			if got != test.want || (err != nil) != test.err {
				t.Errorf("got %v, %v\nwant %v, error %t", got, err, test.want, test.err)
			}
		})
	}
}

func FuzzParseCadence(f *testing.F) {
	for _, test := range cadences {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseCadence(s)
		if err == nil && (c.N < 1 || c.Unit < ByTime || c.Unit > ByIterations) {
			t.Errorf("%q gave %v", s, c)
		}
	})
}

// at is a progress some seconds after the beginning.
func at(seconds int, rows, chunks int64, waiting string) Progress {
	return Progress{Table: orders, Rows: rows, Estimate: 1000, Chunks: chunks, Elapsed: time.Duration(seconds) * time.Second, Remaining: -1, Waiting: waiting}
}

func TestProgressLines(t *testing.T) {
	const head = "Copying `shop`.`orders`: "
	done := at(2, 1000, 9, "")
	done.Done = true
	tests := map[string]struct {
		every Cadence
		said  []Progress
		want  []string
	}{
		"time: each 30 seconds": {Cadence{}, []Progress{at(0, 0, 0, ""), at(29, 100, 1, ""), at(30, 400, 2, ""), at(59, 500, 3, ""), at(60, 600, 4, "")},
			[]string{head + " 40% 00:45 remain", head + " 60% 00:40 remain"}},
		"percentage: each 20 percent": {Cadence{ByPercentage, 20}, []Progress{at(1, 100, 1, ""), at(2, 250, 2, ""), at(3, 400, 3, ""), at(4, 450, 4, "")},
			[]string{head + " 25% 00:06 remain", head + " 45% 00:05 remain"}},
		"iterations: each two chunks": {Cadence{ByIterations, 2}, []Progress{at(1, 100, 1, ""), at(2, 200, 2, ""), at(3, 300, 3, ""), at(4, 1000, 4, "")},
			[]string{head + " 20% 00:08 remain", head + "100% 00:00 remain"}},
		"silent past the estimate":  {Cadence{ByIterations, 1}, []Progress{at(1, 1001, 1, ""), at(2, 2000, 2, "")}, nil},
		"a quick copy says nothing": {Cadence{}, []Progress{at(1, 500, 1, ""), done}, nil},
		"a wait is told as it begins and each 30 seconds": {Cadence{}, []Progress{at(1, 0, 0, "T=26"), at(2, 0, 0, "T=27"), at(3, 0, 0, ""), at(4, 0, 0, "T=28"), at(31, 0, 0, "T=29")},
			[]string{"Pausing because T=26.", "Pausing because T=29."}},
		"a name cannot make a line of its own": {Cadence{}, []Progress{at(1, 0, 0, "a\nb")}, []string{"Pausing because a?b."}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l, start := progressLines{every: test.every}, time.Unix(0, 0)
			var got []string
			for _, p := range test.said {
				got = append(got, l.due(p, start.Add(p.Elapsed))...)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

func TestClock(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "00:00", 59600 * time.Millisecond: "01:00", 3599 * time.Second: "59:59", time.Hour: "01:00:00", 26*time.Hour + 3*time.Minute: "1+02:03:00",
	} {
		if got := clock(d); got != want {
			t.Errorf("%s\n got %s\nwant %s", d, got, want)
		}
	}
}

func TestGroup(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", -1000: "-1,000", -100: "-100", 1234567: "1,234,567"} {
		if got := group(n); got != want {
			t.Errorf("%d\n got %s\nwant %s", n, got, want)
		}
	}
}

func TestStatistics(t *testing.T) {
	tests := map[string]struct {
		counts map[string]int
		want   string
	}{
		"one event":                     {map[string]int{"INSERT": 1}, "# Event  Count\n# ====== =====\n# INSERT     1\n"},
		"sorted, padded to the longest": {map[string]int{"lock_wait_timeout": 12, "INSERT": 123456}, "# Event             Count\n# ================= =====\n# INSERT            123456\n# lock_wait_timeout    12\n"},
		"nothing happened":              {nil, "# Event Count\n# ===== =====\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var text strings.Builder
			for _, l := range Statistics(test.counts) {
				text.WriteString(l.Text + "\n")
			}
			same(t, "block", test.want, text.String())
		})
	}
}
