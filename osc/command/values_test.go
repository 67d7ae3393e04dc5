package command

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"oscar/osc"
)

var sizes = map[string]struct {
	text string
	want int64
}{
	"digits":                     {"1000", 1000},
	"a plus is nothing":          {"+5", 5},
	"k is 1024":                  {"2k", 2048},
	"M is k k":                   {"1M", 1 << 20},
	"G is k M":                   {"3G", 3 << 30},
	"units are told by case":     {"1K", 0},
	"less than one":              {"0", 0},
	"negative":                   {"-5", 0},
	"a fraction":                 {"1.5k", 0},
	"nothing":                    {"", 0},
	"more than there can be":     {"99999999999G", 0},
	"more digits than there are": {"99999999999999999999", 0},
}

func TestParseSize(t *testing.T) {
	for name, test := range sizes {
		t.Run(name, func(t *testing.T) {
			got, err := parseSize("chunk-size", test.text)
			want := ""
			if test.want == 0 {
				want = "Invalid size for --chunk-size: " + test.text
			}
			if got != test.want || message(err) != want {
				t.Errorf("got %d, %q\nwant %d, %q", got, message(err), test.want, want)
			}
		})
	}
}

func TestParseTime(t *testing.T) {
	tests := map[string]struct {
		text string
		want time.Duration
		err  string
	}{
		"seconds by default": {"30", 30 * time.Second, ""},
		"s":                  {"1s", time.Second, ""},
		"m":                  {"2m", 2 * time.Minute, ""},
		"h":                  {"3h", 3 * time.Hour, ""},
		"d":                  {"1d", 24 * time.Hour, ""},
		"unknown suffix":     {"1w", 0, "Invalid time suffix for --check-interval: 1w (write a number with s, m, h or d)"},
		"a fraction":         {"0.5", 0, "Invalid time suffix for --check-interval: 0.5 (write a number with s, m, h or d)"},
		"too long":           {"999999d", 0, "Invalid time for --check-interval: 999999d is too long"},
		"far too long":       {"99999999999999999999s", 0, "Invalid time for --check-interval: 99999999999999999999s is too long"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parseTime("check-interval", test.text)
			if got != test.want || message(err) != test.err {
				t.Errorf("got %s, %q\nwant %s, %q", got, message(err), test.want, test.err)
			}
		})
	}
}

func TestParseSeconds(t *testing.T) {
	const expected = ` invalid for option sleep (a number of 0 or more expected)`
	tests := map[string]struct {
		text string
		want time.Duration
		err  string
	}{
		"a fraction":   {"0.25", 250 * time.Millisecond, ""},
		"none":         {"0", 0, ""},
		"negative":     {"-1", 0, `Value "-1"` + expected},
		"no number":    {"x", 0, `Value "x"` + expected},
		"not a number": {"NaN", 0, `Value "NaN"` + expected},
		"no end":       {"Inf", 0, `Value "Inf"` + expected},
		"too long":     {"1e12", 0, `Value "1e12" invalid for option sleep (too long)`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parseSeconds("sleep", test.text)
			if got != test.want || message(err) != test.err {
				t.Errorf("got %s, %q\nwant %s, %q", got, message(err), test.want, test.err)
			}
		})
	}
}

var lists = map[string]struct {
	text string
	want []string
}{
	"nothing is no part":                  {"", nil},
	"one":                                 {"a=1", []string{"a=1"}},
	"spaces after a comma go":             {"a=1,  b=2 ,c", []string{"a=1", "b=2 ", "c"}},
	"a backslash keeps a comma and stays": {`sql_mode='A\,B',c`, []string{`sql_mode='A\,B'`, "c"}},
	"empty parts stay":                    {"a,,b", []string{"a", "", "b"}},
}

func TestParseList(t *testing.T) {
	for name, test := range lists {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, parseList(test.text)); diff != "" {
				t.Errorf("parts (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzParseList(f *testing.F) {
	for _, test := range lists {
		f.Add(test.text)
	}
	f.Fuzz(func(t *testing.T, s string) {
		parts := parseList(s)
		again := parseList(strings.Join(parts, ","))
		if len(parts) == 1 && parts[0] == "" {
			return // of spaces only
		}
		if diff := cmp.Diff(parts, again); diff != "" {
			t.Errorf("%q does not come back (-parts +again):\n%s", s, diff)
		}
	})
}

func TestParseTries(t *testing.T) {
	preset := osc.DefaultTries()
	const write = " (write operation:tries:wait, each more than 0)"
	tests := map[string]struct {
		text  string
		op    osc.Operation
		want  osc.Try
		error string
	}{
		"defaults":            {"", osc.CopyRows, preset[osc.CopyRows], ""},
		"one is changed":      {"swap_tables:5:0.5", osc.SwapTables, osc.Try{Times: 5, Wait: 500 * time.Millisecond}, ""},
		"the others stay":     {"swap_tables:5:0.5", osc.DropTriggers, preset[osc.SwapTables], ""},
		"unknown operation":   {"swap:5:1", osc.SwapTables, preset[osc.SwapTables], "Invalid --tries operation: swap"},
		"a part is missing":   {"copy_rows:5", osc.CopyRows, preset[osc.CopyRows], "Invalid --tries value: copy_rows:5" + write},
		"no tries":            {"copy_rows:0:1", osc.CopyRows, preset[osc.CopyRows], "Invalid --tries value: copy_rows:0:1" + write},
		"no wait":             {"copy_rows:1:0", osc.CopyRows, preset[osc.CopyRows], "Invalid --tries value: copy_rows:1:0" + write},
		"every fault is told": {"a:1:1,copy_rows:x:1", osc.CopyRows, preset[osc.CopyRows], "Invalid --tries operation: a\nInvalid --tries value: copy_rows:x:1" + write},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := parseTries(parseList(test.text))
			if got[test.op] != test.want || message(err) != test.error {
				t.Errorf("got %v, %q\nwant %v, %q", got[test.op], message(err), test.want, test.error)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
