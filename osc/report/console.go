package report

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// Config says where a Console writes and how much.
type Config struct {
	Out, Err io.Writer
	Clock    func() time.Time // local time of the stamps
	Quiet    bool             // nothing on Out and no progress
	Width    func() int       // columns of the terminal behind Err; nil when it is none, and then there is no live line
	Every    Cadence          // of the progress lines when there is no live line
	JSON     bool             // log and progress as one JSON object a line
	Level    Severity         // of the log
}

// Severity is the least level that is logged.
type Severity int

// The severities. Errors are not events: they are always told, by Problem.
const (
	AtWarn Severity = iota
	AtDebug
	AtInfo
	AtError
)

// ParseSeverity reads the value of --log-level.
func ParseSeverity(s string) (Severity, error) {
	switch s {
	case "debug":
		return AtDebug, nil
	case "info":
		return AtInfo, nil
	case "warn":
		return AtWarn, nil
	case "error":
		return AtError, nil
	default:
		return 0, fmt.Errorf("Invalid --log-level: %s (one of debug, info, warn, error)", s) //nolint:staticcheck // the form of all usage errors
	}
}

func (s Severity) allows(l Level) bool {
	switch s {
	case AtDebug:
		return true
	case AtInfo:
		return l >= Info
	case AtWarn:
		return l >= Warn
	default:
		return false
	}
}

// Console is the Sink of a run at a terminal or in a script. Everything goes through one lock: out and err may be the same terminal, and
// the live line on it is taken away before any other line is written. After one of the log it is drawn again; after one of the product's
// output only with the next progress, since such a line begins or ends an act: what a copy that failed showed last is not true of its undo.
// Each call writes at once, nothing is held back. Errors of writing are not told: a reader that went away must not end a run in its middle.
type Console struct {
	mu       sync.Mutex
	cfg      Config
	log      zerolog.Logger
	live     liveLine
	lines    progressLines
	scribble bytes.Buffer // the log line being made
}

var _ Sink = (*Console)(nil)

// New makes a Console.
func New(cfg Config) *Console {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	c := &Console{cfg: cfg, lines: progressLines{every: cfg.Every}}
	var w io.Writer = &c.scribble
	if !cfg.JSON {
		w = zerolog.ConsoleWriter{Out: w, NoColor: true, TimeFormat: time.DateTime, TimeLocation: time.Local}
	}
	c.log = zerolog.New(w)
	return c
}

// Line writes a line of the product's output.
func (c *Console) Line(l Line) {
	text := l.Text + "\n"
	if l.Stamped {
		text = c.cfg.Clock().Format("2006-01-02T15:04:05 ") + text
	}
	c.product(text)
}

// SQL writes the text as it is, so that it can be fed to a server.
func (c *Console) SQL(s SQL) {
	c.product(strings.TrimSuffix(s.Text, "\n") + "\n")
}

func (c *Console) product(text string) {
	if c.cfg.Quiet {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if erase := c.live.end(); erase != "" {
		io.WriteString(c.cfg.Err, erase)
	}
	io.WriteString(c.cfg.Out, text)
}

// aside writes to Err while the live line is away. The lock is held.
func (c *Console) aside(text string) {
	io.WriteString(c.cfg.Err, c.live.erase()+text)
	if c.live.begun {
		io.WriteString(c.cfg.Err, c.live.draw(c.width()))
	}
}

func (c *Console) width() int {
	if c.cfg.Width == nil {
		return 0
	}
	return c.cfg.Width()
}

// Progress shows how far the copy is: on a terminal as one line that is drawn anew, elsewhere as pt-online-schema-change's lines.
func (c *Console) Progress(p Progress) {
	if c.cfg.Quiet {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.cfg.Clock()
	if c.cfg.Width != nil && !c.cfg.JSON {
		if text := c.live.update(p, now, c.width()); text != "" {
			io.WriteString(c.cfg.Err, text)
		}
		return
	}
	for _, text := range c.lines.due(p, now) {
		if c.cfg.JSON {
			text = c.object(p, text)
		}
		io.WriteString(c.cfg.Err, text+"\n")
	}
}

// object is a progress line for machines.
func (c *Console) object(p Progress, text string) string {
	e := c.log.Info().Time(zerolog.TimestampFieldName, c.cfg.Clock()).Stringer(Table, p.Table).Int64(Rows, p.Rows).Int64("estimate", p.Estimate).
		Float64("rate", round(p.Rate, 1)).Int64(Chunk, p.ChunkRows)
	if p.Remaining >= 0 {
		e = e.Float64("remaining_seconds", round(p.Remaining.Seconds(), 1))
	}
	if p.Waiting != "" {
		e = e.Str(Reason, p.Waiting)
	}
	e.Msg(text)
	return c.take()
}

// round keeps so many digits behind the point.
func round(x float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(x*scale) / scale
}

// take returns the log line that was made, without its end.
func (c *Console) take() string {
	text := strings.TrimSuffix(c.scribble.String(), "\n")
	c.scribble.Reset()
	return text
}

// Event logs, if its level is wanted.
func (c *Console) Event(e Event) {
	if !c.cfg.Level.allows(e.Level) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := c.log.WithLevel(zerologLevel(e.Level)).Time(zerolog.TimestampFieldName, c.cfg.Clock())
	for _, f := range e.Fields {
		entry = c.field(entry, f)
	}
	entry.Msg(e.Text)
	c.aside(c.take() + "\n")
}

func zerologLevel(l Level) zerolog.Level {
	switch l {
	case Debug:
		return zerolog.DebugLevel
	case Info:
		return zerolog.InfoLevel
	default:
		return zerolog.WarnLevel
	}
}

// field adds a detail. Times are seconds for machines and read as "1.5s" for people.
func (c *Console) field(e *zerolog.Event, f Field) *zerolog.Event {
	switch v := f.Value.(type) {
	case time.Duration:
		if c.cfg.JSON {
			return e.Float64(f.Key, round(v.Seconds(), 3))
		}
		return e.Str(f.Key, v.Round(time.Millisecond).String())
	case error:
		return e.AnErr(f.Key, v)
	case fmt.Stringer:
		return e.Stringer(f.Key, v)
	default:
		return e.Interface(f.Key, v)
	}
}

// Problem writes one finding for a person to Err, whatever Quiet and Level say: "Error: text". Further lines of the text are set in.
func (c *Console) Problem(kind, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cfg.JSON {
		c.log.Error().Time(zerolog.TimestampFieldName, c.cfg.Clock()).Str("kind", strings.ToLower(kind)).Msg(text)
		c.aside(c.take() + "\n")
		return
	}
	c.aside(kind + ": " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ") + "\n")
}

// Note writes a line to Err as it is, whatever Quiet and Level say. With a JSON log it is a message of it.
func (c *Console) Note(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cfg.JSON {
		c.log.Warn().Time(zerolog.TimestampFieldName, c.cfg.Clock()).Msg(text)
		text = c.take()
	}
	c.aside(text + "\n")
}

// End leaves the live line where it stands, for good. Call it when the run is over, however it ended.
func (c *Console) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if text := c.live.leave(); text != "" {
		io.WriteString(c.cfg.Err, text)
	}
}
