package osc

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-sql-driver/mysql"

	"oscar/chunker"
	"oscar/osc/alter"
	"oscar/osc/conn"
	"oscar/osc/exact"
	"oscar/osc/ident"
	"oscar/osc/inspect"
	"oscar/osc/plan"
	"oscar/osc/preflight"
	"oscar/osc/report"
	"oscar/osc/schema"
	"oscar/osc/step"
	"oscar/osc/throttle"
	"oscar/osc/topology"
	"oscar/osc/verify"
	"oscar/triggers"
)

// Job is one schema change of one table.
type Job struct {
	o       Options
	sink    report.Sink
	summary Summary
	vars    conn.Vars
	session *conn.Session // the one connection that changes things
	monitor *conn.Session // reads the server's load and the triggers' notes; nil in a dry run
	active  active        // the first, and those that compare beside it; for Halt
	gate    throttle.Gate
	lag     *topology.Watcher // nil when no replica is watched
	facts   facts
	shadow  plan.Shadow
	plan    plan.Plan
	seen    marks        // what both tables and the triggers must stay
	made    atomic.Int32 // triggers that were created
	guarded atomic.Bool  // the table of the triggers' notes was created
	clean   verify.Clean // leave to swap
	runner  *step.Runner
}

// New prepares a job; nothing is touched before Run.
func New(o Options, sink report.Sink) *Job {
	j := &Job{o: o, sink: sink, summary: Summary{Table: o.table(), Statistics: map[string]int{}}}
	j.runner = &step.Runner{Allows: o.Mode.allows, Tell: teller{sink, o.Print}}
	if o.Mode == CheckOnly {
		j.summary.Verdict = Refused
	}
	return j
}

// Run does the job, once. It returns what was done even beside an error.
//
// The errors that a caller can tell apart: *conn.OpenError, *inspect.Missing, preflight.Refusals, *step.Failed (which step), *step.LeftBehind (what a person
// has to run), swap.ErrUnknown, *throttle.ErrStop, and the cause of ctx when it ended.
func (r *Job) Run(ctx context.Context) (Summary, error) {
	began := time.Now()
	run := r.run
	if r.o.Mode == VerifyOnly {
		run = r.verifyOnly
	}
	err := run(ctx)
	if r.lag != nil {
		r.lag.Close()
	}
	for _, s := range []*conn.Session{r.session, r.monitor} {
		if s != nil {
			s.Close()
		}
	}
	r.summary.Total = time.Since(began)
	return r.summary, err
}

// Halt ends what the job is doing on the server at this moment, so that nothing of it goes on after the process is gone: a statement that waits
// for a lock would otherwise still be done once it gets it. It may be called from any goroutine at any time.
func (r *Job) Halt(ctx context.Context) error {
	return r.active.halt(ctx)
}

// Left is what a person would have to run, in order, if oscar stopped now. It may be called from any goroutine at any time.
func (r *Job) Left() []string {
	var texts []string
	for _, s := range r.runner.Left() {
		texts = append(texts, s.SQL)
	}
	return texts
}

// facts are what the server said before anything was changed.
type facts struct {
	server      schema.Server
	grants      []string
	table       schema.Table
	alter       alter.Text
	modes       plan.Modes
	key         chunker.Key
	hasKey      bool
	big         bool // too many rows for one statement
	estimate    int64
	old         ident.Name
	leave       exact.Leave // what the operator gave up
	notes       ident.Name  // free for the table of the triggers' notes
	binlog      string
	constraints map[ident.Name]ident.Name // what the new table calls them
	zone        string                    // time_zone of the session
}

func (o Options) table() ident.Table {
	return ident.Table{Schema: ident.Name(o.DSN.Database), Name: ident.Name(o.DSN.Table)}
}

func (r *Job) run(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	if err := r.look(ctx); err != nil {
		return err
	}
	gate, err := r.watch(ctx)
	if err != nil || r.o.Mode == CheckOnly {
		return err
	}
	r.gate = gate
	r.announce()
	err = r.runner.Run(ctx, r.opening(), r.filling, r.closing)
	r.summary.Verdict = verdict(r.o.Mode, r.runner.Committed() || r.o.Tables.NoSwap && err == nil, err)
	return err
}

// allows is the only place where the mode decides what is done.
func (m Mode) allows(reach step.Reach) bool {
	return m == Execute || m == DryRun && reach == step.OwnTables
}

func verdict(mode Mode, live bool, err error) Verdict {
	var hands interface{ HandsOff() bool }
	switch {
	case err != nil && errors.As(err, &hands) && hands.HandsOff():
		return InDoubt
	case mode == DryRun && err == nil:
		return DryRunDone
	case live && err == nil:
		return Altered
	case live:
		return AlteredNotes
	default:
		return NotAltered
	}
}

func (r *Job) open(ctx context.Context) (err error) {
	if r.vars, err = conn.ParseVars(r.o.SetVars); err != nil {
		return err
	}
	if r.session, err = r.connect(ctx); err == nil {
		r.active.add(r.session)
	}
	return err
}

// connect opens a session and tells what of --set-vars the server did not take.
func (r *Job) connect(ctx context.Context) (*conn.Session, error) {
	s, err := r.dial(ctx)
	if err != nil {
		return nil, err
	}
	for _, note := range s.Notes() {
		r.sink.Event(report.Event{Level: report.Warn, Text: note})
	}
	return s, nil
}

func (r *Job) dial(ctx context.Context) (*conn.Session, error) {
	cfg, err := r.o.DSN.Config()
	if err != nil {
		return nil, err
	}
	// Every session speaks utf8mb4, whatever --charset says: through any other character set names, defaults and comments with letters that it
	// lacks would come back from SHOW CREATE as question marks.
	if err := cfg.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, fmt.Errorf("set the character set: %w", err)
	}
	cfg.DBName = "" // to an account without privileges a schema is not there; the check of privileges says so better than the connect
	return conn.Open(ctx, cfg, conn.Setup{Vars: r.vars})
}

// look reads everything that the plan needs, and refuses what must not be done. It changes nothing.
func (r *Job) look(ctx context.Context) (err error) {
	f := &r.facts
	if f.server, err = inspect.Server(ctx, r.session); err != nil {
		return err
	}
	name := inspect.Stored(f.server, r.o.table())
	if f.grants, err = inspect.Grants(ctx, r.session); err != nil {
		return err
	}
	if lacks := preflight.Privileges(f.server, name, f.grants); len(lacks) > 0 {
		return lacks
	}
	if err := r.session.Use(ctx, name.Schema); conn.IsNoSuchSchema(err) {
		return &inspect.Missing{Table: name, DB: true}
	} else if err != nil {
		return err
	}
	if f.table, err = inspect.Table(ctx, r.session, name); err != nil {
		return err
	}
	r.summary.Table = name
	f.modes = modesOf(r.session)
	f.binlog, _ = f.server.Var("binlog_format")
	if f.alter, err = r.readAlter(); err != nil {
		return err
	}
	if f.zone, err = inspect.TimeZone(ctx, r.session); err != nil {
		return err
	}
	if err := r.measure(ctx); err != nil {
		return err
	}
	if f.constraints, err = r.constraints(ctx); err != nil {
		return err
	}
	if err := r.refuse(ctx); err != nil {
		return err
	}
	if err := r.printable(ctx); err != nil {
		return err
	}
	return r.name(ctx)
}

func modesOf(s *conn.Session) plan.Modes {
	return plan.Modes{House: conn.HouseMode(s.BaseMode()), Operator: conn.OperatorMode(s.BaseMode())}
}

// readAlter reads --alter as the operator's own client would; without one the table is rebuilt as it is.
func (r *Job) readAlter() (alter.Text, error) {
	mode := r.facts.modes.Operator
	reading := alter.Mode{AnsiQuotes: conn.HasMode(mode, "ANSI_QUOTES"), NoBackslashEscapes: conn.HasMode(mode, "NO_BACKSLASH_ESCAPES")}
	switch r.facts.server.Flavor {
	case schema.MariaDB:
		reading.Flavor = alter.MariaDB
	case schema.MySQL:
		reading.Flavor = alter.MySQL
	}
	if strings.TrimSpace(r.o.Alter) == "" {
		return alter.Text{}, nil
	}
	text, err := alter.Parse(r.o.Alter, reading)
	if err != nil {
		return alter.Text{}, &BadAlter{err}
	}
	return text, nil
}

// BadAlter says that the text of --alter could not be read.
type BadAlter struct{ Err error }

func (b *BadAlter) Error() string { return fmt.Sprintf("read --alter: %v", b.Err) }
func (b *BadAlter) Unwrap() error { return b.Err }

// measure finds the key to walk and whether the table fits in one chunk. A small estimate is not believed: statistics can say 0 for a table of any
// size, and a chunk without an end would lock all of it.
func (r *Job) measure(ctx context.Context) (err error) {
	f := &r.facts
	f.key, f.hasKey = chunker.Choose(f.table, r.o.Copy.Index)
	if note := preflight.ChunkIndex(f.table, r.o.Copy.Index); note != "" {
		r.sink.Event(report.Event{Level: report.Warn, Text: note})
	}
	if f.estimate, err = inspect.Estimate(ctx, r.session, f.table.Name, r.o.Copy.Where); err != nil {
		return err
	}
	most := r.inOne()
	f.big = f.estimate > most
	if !f.big || !f.hasKey {
		f.big, err = inspect.MoreThan(ctx, r.session, f.table.Name, r.o.Copy.Where, most)
		if f.big {
			f.estimate = max(f.estimate, f.table.RowsGuess, most)
		}
	}
	return err
}

// inOne is how many rows may be read in one statement.
func (r *Job) inOne() int64 {
	limit := r.o.Copy.SizeLimit
	if limit <= 0 {
		limit = 1
	}
	return int64(float64(r.o.Copy.ChunkRows) * limit)
}

func (r *Job) refuse(ctx context.Context) error {
	f := &r.facts
	var names []ident.Name
	for _, t := range triggers.Names(f.table.Name) {
		names = append(names, t.Name)
	}
	taken, err := inspect.ExistingTriggers(ctx, r.session, f.table.Name.Schema, names)
	if err != nil {
		return err
	}
	source, err := r.source(ctx)
	if err != nil {
		return err
	}
	refusals := preflight.Before(preflight.Facts{
		Server: f.server, Table: f.table, Grants: f.grants, Alter: f.alter, Key: f.hasKey, Big: f.big, TakenTriggers: taken, Source: source, Constraints: f.constraints,
	})
	if len(refusals) > 0 {
		return refusals
	}
	return nil
}

// source is the server that this one replicates from, empty when there is none or the operator insists (--force) to run on a replica.
func (r *Job) source(ctx context.Context) (string, error) {
	if r.o.Force {
		return "", nil
	}
	source, err := inspect.Source(ctx, r.session)
	if conn.IsDenied(err) {
		r.sink.Event(report.Event{Level: report.Warn, Text: "the account may not see whether this server is a replica; triggers do not fire for replicated rows"})
		return "", nil
	}
	return source, err
}

// announce says what is about to happen, in pt-online-schema-change's words.
func (r *Job) announce() {
	t := r.facts.table.Name
	if r.o.Mode == Execute {
		r.say("Operation, tries, wait:")
		for _, line := range r.o.Tries.lines() {
			r.say("  " + line)
		}
		r.say("Altering " + t.SQL() + "...")
	} else {
		r.say("Starting a dry run.  " + t.SQL() + " will not be altered.  Specify --execute instead of --dry-run to alter the table.")
	}
	said := false
	for _, rename := range r.facts.alter.Renames() {
		if rename.CaseOnly {
			continue
		}
		if !said {
			r.say("Renaming columns:")
			said = true
		}
		r.say("  " + string(rename.From) + " to " + string(rename.To))
	}
}

func (r *Job) say(text string) { r.sink.Line(report.Line{Text: text}) }

// patience is for how long one try asks for a metadata lock: what --set-vars lock_wait_timeout says, in seconds.
func (r *Job) patience() time.Duration {
	text, _ := r.vars.Get("lock_wait_timeout")
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		n = 60
	}
	return time.Duration(n) * time.Second
}
