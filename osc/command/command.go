// Package command is the command line: it turns argv into osc.Options, runs the job, prints how it ended and chooses the exit code.
package command

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"oscar/osc"
	"oscar/osc/ident"
	"oscar/osc/report"
)

// Job is one schema change. *osc.Job is one.
type Job interface {
	// Run does it, once.
	Run(ctx context.Context) (osc.Summary, error)
	// Left is what a person would have to run if it ended now. It may be called while Run runs.
	Left() []string
	// Halt ends the statement that it is running on the server. It may be called while Run runs.
	Halt(ctx context.Context) error
}

// Tool is the program between argv and exit code.
type Tool struct {
	Version  string
	In       io.Reader
	Out, Err io.Writer
	// New prepares the job; nil is osc.New.
	New func(osc.Options, report.Sink) Job
	// Exit ends the process at once, at a second signal; nil is os.Exit.
	Exit func(code int)
}

// ptName is the name under which oscar is a stand-in, and ptVersion the version whose behaviour it follows.
const (
	ptName    = "pt-online-schema-change"
	ptVersion = "3.7.1"
)

// Main runs the program and returns its exit code. args is os.Args.
func (t Tool) Main(ctx context.Context, args []string) int {
	if t.New == nil {
		t.New = func(o osc.Options, s report.Sink) Job { return osc.New(o, s) }
	}
	if t.Exit == nil {
		t.Exit = os.Exit
	}
	name := filepath.Base(args[0])
	if name != ptName {
		name = "oscar"
	}
	q, errs := parse(args[1:])
	switch {
	case q.Help:
		io.WriteString(t.Out, help(name))
		return int(Success)
	case q.Version:
		io.WriteString(t.Out, t.version(name))
		return int(Success)
	case len(errs) > 0:
		io.WriteString(t.Err, usage(name, errs))
		return int(Failure)
	}
	return int(t.run(ctx, q))
}

func (t Tool) version(name string) string {
	if name == ptName {
		return fmt.Sprintf("%s %s (oscar %s)\n", ptName, ptVersion, t.Version)
	}
	return fmt.Sprintf("oscar %s\n", t.Version)
}

func (t Tool) run(ctx context.Context, q request) Code {
	console := report.New(t.console(q))
	for _, w := range q.Warnings {
		console.Event(report.Event{Level: report.Warn, Text: w})
	}
	if err := mayFilter(q.Options); err != nil {
		complain(console, err)
		return codeOf(osc.NotAltered, err)
	}
	if q.AskPass && !q.DSN.Password.Given() {
		secret, err := askPassword(t.In, t.Err)
		if err != nil {
			complain(console, fmt.Errorf("ask for the password: %w", err))
			return codeOf(osc.NotAltered, err)
		}
		q.DSN.Password = secret
	}
	job := t.New(q.Options, console)
	ctx, release := t.interruptible(ctx, console, job)
	summary, err := job.Run(ctx)
	release()
	console.End()
	if err != nil {
		complain(console, err)
	}
	if q.Statistics {
		for _, l := range report.Statistics(summary.Statistics) {
			console.Line(l)
		}
	}
	console.Line(report.Line{Text: verdict(table(q.Options, summary), summary.Verdict, err)})
	return codeOf(summary.Verdict, err)
}

// console fits the output to where it goes.
func (t Tool) console(q request) report.Config {
	cfg := report.Config{Out: t.Out, Err: t.Err, Clock: time.Now, Quiet: q.Quiet, Every: q.Every, JSON: q.JSON, Level: q.Level}
	if f, is := t.Err.(*os.File); is {
		cfg.Width = report.TerminalWidth(f, os.Getenv)
	}
	return cfg
}

// mayFilter refuses a copy of some rows that would take the place of all.
func mayFilter(o osc.Options) error {
	if o.Copy.Where == "" || o.Force || o.Mode == osc.VerifyOnly || o.Tables.NoSwap && o.Tables.KeepNew {
		return nil
	}
	return &unsupported{
		why: "--where copies only some of the rows, and the swap would lose the others",
		try: "give --no-swap-tables and --no-drop-new-table to have the rows in a table of their own, or --force to lose the others",
	}
}

// table is the name in the verdict: as the server has it, or, before a server was asked, as the operator gave it.
func table(o osc.Options, s osc.Summary) ident.Table {
	if s.Table != (ident.Table{}) {
		return s.Table
	}
	return ident.Table{Schema: ident.Name(o.DSN.Database), Name: ident.Name(o.DSN.Table)}
}

// verdict is the last line of stdout, in pt-online-schema-change's words. An error takes away from the best of them.
func verdict(t ident.Table, v osc.Verdict, err error) string {
	switch {
	case v == osc.Altered && err == nil:
		return fmt.Sprintf("Successfully altered %s.", t)
	case v == osc.Altered || v == osc.AlteredNotes:
		return fmt.Sprintf("Altered %s but there were errors or warnings.", t)
	case v == osc.DryRunDone && err == nil:
		return fmt.Sprintf("Dry run complete.  %s was not altered.", t)
	case v == osc.Refused && err == nil:
		return fmt.Sprintf("Exiting without altering %s because neither --dry-run nor --execute was specified.  Please read the tool's documentation carefully before using this tool.", t)
	case v == osc.Compared && err == nil:
		return fmt.Sprintf("Comparison complete.  %s was not altered.", t)
	case v == osc.InDoubt:
		return fmt.Sprintf("Nobody knows whether %s was altered.", t)
	default:
		return fmt.Sprintf("%s was not altered.", t)
	}
}

// complete says whether everything was done that was asked for.
func complete(v osc.Verdict) bool {
	return v == osc.Altered || v == osc.DryRunDone || v == osc.Compared
}
