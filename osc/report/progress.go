package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Unit is what the distance between two progress lines is counted in.
type Unit int

// The units of --progress.
const (
	ByTime       Unit = iota // seconds
	ByPercentage             // percent of the estimate
	ByIterations             // chunks
)

// Cadence says how often a progress line is due. The zero value counts as time,30.
type Cadence struct {
	Unit Unit
	N    int
}

func (c Cadence) n() int {
	if c.N <= 0 {
		return 30
	}
	return c.N
}

// ParseCadence reads the value of --progress: "percentage,N", "time,N" or "iterations,N".
func ParseCadence(s string) (Cadence, error) {
	name, count, _ := strings.Cut(s, ",")
	units := map[string]Unit{"time": ByTime, "percentage": ByPercentage, "iterations": ByIterations}
	unit, known := units[name]
	n, err := strconv.Atoi(strings.TrimLeft(count, " "))
	if !known || err != nil || n < 1 || n > 1e9 || unit == ByPercentage && n > 100 {
		return Cadence{}, fmt.Errorf("Invalid --progress: %s (write percentage,N or time,N or iterations,N)", s) //nolint:staticcheck // the form of all usage errors
	}
	return Cadence{Unit: unit, N: n}, nil
}

// progressLines decides which lines a progress brings forth.
type progressLines struct {
	every    Cadence
	begun    bool
	at       time.Time // of the last line, or of the beginning
	percent  float64   // at the last line
	chunks   int64     // at the last line
	paused   time.Time // of the last line about waiting
	anyPause bool
}

// due returns the lines to write now, without their ends. There are none about rows once the copy has gone past the estimate, as in
// pt-online-schema-change: the estimate is known to be wrong then. A wait is told when it begins and while it lasts, but not more often
// than the cadence of time says, or every 30 seconds.
func (l *progressLines) due(p Progress, now time.Time) []string {
	if !l.begun {
		l.begun, l.at = true, now.Add(-p.Elapsed)
	}
	var lines []string
	if p.Waiting != "" && !p.Done && (!l.anyPause || now.Sub(l.paused) >= l.pauseEvery()) {
		l.anyPause, l.paused = true, now
		lines = append(lines, "Pausing because "+plain(p.Waiting)+".")
	}
	if line := l.rows(p, now); line != "" {
		lines = append(lines, line)
	}
	if p.Done {
		*l = progressLines{every: l.every}
	}
	return lines
}

func (l *progressLines) pauseEvery() time.Duration {
	if l.every.Unit == ByTime {
		return time.Duration(l.every.n()) * time.Second
	}
	return 30 * time.Second
}

func (l *progressLines) rows(p Progress, now time.Time) string {
	if p.Estimate <= 0 || p.Rows <= 0 || p.Rows > p.Estimate {
		return ""
	}
	percent := 100 * float64(p.Rows) / float64(p.Estimate)
	switch l.every.Unit {
	case ByTime:
		if now.Sub(l.at) < time.Duration(l.every.n())*time.Second {
			return ""
		}
	case ByPercentage:
		if percent-l.percent < float64(l.every.n()) {
			return ""
		}
	case ByIterations:
		if p.Chunks-l.chunks < int64(l.every.n()) {
			return ""
		}
	}
	l.at, l.percent, l.chunks = now, percent, p.Chunks
	remain := p.Remaining
	if remain < 0 {
		remain = time.Duration(float64(p.Elapsed) * float64(p.Estimate-p.Rows) / float64(p.Rows))
	}
	return fmt.Sprintf(p.Act.String()+" %s: %3d%% %s remain", plain(p.Table.String()), int(percent), clock(remain))
}
