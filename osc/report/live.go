package report

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"golang.org/x/term"
)

// TerminalWidth tells the columns of the terminal behind f, each time anew since people resize windows. It is nil when f is no terminal or
// TERM says that nothing can be drawn on it; getenv is os.Getenv.
func TerminalWidth(f *os.File, getenv func(string) string) func() int {
	fd := int(f.Fd())
	if !term.IsTerminal(fd) || getenv("TERM") == "dumb" {
		return nil
	}
	return func() int {
		width, _, err := term.GetSize(fd)
		if err != nil || width <= 0 {
			return 80
		}
		return width
	}
}

// How often the live line is drawn anew at most.
const redraw = 200 * time.Millisecond

// eraseLine goes to the start of the line and clears it (ECMA-48 EL). No colours are used.
const eraseLine = "\r\x1b[K"

// liveLine is the one line that is drawn again and again. Its methods return what to write to the terminal.
type liveLine struct {
	last  Progress
	begun bool // there is a line
	shown bool // it is on the screen now
	since time.Time
}

func (l *liveLine) update(p Progress, now time.Time, width int) string {
	fresh := !l.begun || p.Done || (p.Waiting == "") != (l.last.Waiting == "")
	l.last, l.begun = p, true
	if !fresh && now.Sub(l.since) < redraw {
		return ""
	}
	l.since = now
	out := l.draw(width)
	if p.Done {
		out += l.leave()
	}
	return out
}

func (l *liveLine) draw(width int) string {
	l.shown = true
	return eraseLine + fit(l.last, width-1) // the last column stays free: some terminals wrap as soon as it is used
}

func (l *liveLine) erase() string {
	if !l.shown {
		return ""
	}
	l.shown = false
	return eraseLine
}

// end erases the line for good; the next update begins another.
func (l *liveLine) end() string {
	erase := l.erase()
	*l = liveLine{}
	return erase
}

// leave ends the line where it stands.
func (l *liveLine) leave() string {
	if !l.begun {
		return ""
	}
	*l = liveLine{}
	return "\n"
}

// fit writes the progress into at most width columns: what matters least goes first, then the rest is cut.
func fit(p Progress, width int) string {
	eta := "ETA --:--"
	switch {
	case p.Done:
		eta = "took " + clock(p.Elapsed)
	case p.Remaining >= 0:
		eta = "ETA " + clock(p.Remaining)
	}
	waiting := ""
	if p.Waiting != "" && !p.Done {
		waiting = "waiting: " + p.Waiting
	}
	parts := []string{p.Act.String() + " " + p.Table.String(), percent(p), group(p.Rows) + " rows", group(int64(p.Rate)) + " rows/s", eta, "chunk " + group(p.ChunkRows), waiting}
	const table, rate, rows, chunk = 0, 3, 2, 5
	for _, drop := range []int{-1, chunk, table, rows, rate} {
		if drop >= 0 {
			parts[drop] = ""
		}
		if text := join(parts); columns(text) <= width {
			return text
		}
	}
	return cutColumns(join(parts), width)
}

func join(parts []string) string {
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, plain(p))
		}
	}
	return strings.Join(there, "  ")
}

// percent is empty when nothing is known of the whole. Before the end it never says 100%, for the estimate may be too low.
func percent(p Progress) string {
	switch {
	case p.Done:
		return "100%"
	case p.Estimate <= 0:
		return ""
	}
	return fmt.Sprintf("%.1f%%", min(99.9, 100*float64(p.Rows)/float64(p.Estimate)))
}

// clock writes a time as mm:ss, hh:mm:ss or d+hh:mm:ss, as pt-online-schema-change does.
func clock(d time.Duration) string {
	s := int64(d.Round(time.Second) / time.Second)
	text := fmt.Sprintf("%02d:%02d", s/60%60, s%60)
	if s >= 3600 {
		text = fmt.Sprintf("%02d:", s/3600%24) + text
	}
	if s >= 86400 {
		text = fmt.Sprintf("%d+", s/86400) + text
	}
	return text
}

// group sets commas between thousands.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plain takes away what could move the cursor: names may hold any sign.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Cf) {
			return '?'
		}
		return r
	}, s)
}

// columns is how wide a text is on a terminal. It takes everything from Hangul on for double width, which is never too little for letters in use.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n += runeColumns(r)
	}
	return n
}

func runeColumns(r rune) int {
	if r >= 0x1100 {
		return 2
	}
	return 1
}

func cutColumns(s string, width int) string {
	n := 0
	for i, r := range s {
		n += runeColumns(r)
		if n > width {
			return s[:i]
		}
	}
	return s
}
