package command

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"oscar/dsn"
	"oscar/osc"
	"oscar/osc/conn"
	"oscar/osc/ident"
	"oscar/osc/metalock"
	"oscar/osc/report"
	"oscar/osc/throttle"
)

// request is what the operator asked for.
type request struct {
	osc.Options
	Help, Version bool
	AskPass       bool
	Quiet         bool
	Statistics    bool
	JSON          bool
	Level         report.Severity
	Every         report.Cadence
	Warnings      []string // about options, for the log
}

// parse reads argv without the program's name. The errors are all that can be found at once.
func parse(args []string) (request, []error) {
	l := arrange(args)
	q := request{Help: l.given("help"), Version: l.given("version")}
	if q.Help || q.Version {
		return q, nil
	}
	r := reader{errs: l.errs}
	app := &cli.App{
		Name:                      "oscar",
		HideHelp:                  true,
		HideVersion:               true,
		DisableSliceFlagSeparator: true,
		Writer:                    io.Discard,
		ErrWriter:                 io.Discard,
		ExitErrHandler:            func(*cli.Context, error) {}, // its own one ends the process
		OnUsageError:              func(_ *cli.Context, err error, _ bool) error { return err },
		Flags:                     flags(),
		Action: func(c *cli.Context) error {
			r.c = c
			return nil
		},
	}
	// In one order and one spelling, since the library takes options before operands only and each option under one name only.
	argv := []string{app.Name}
	for _, w := range l.words {
		argv = append(argv, "--"+w.option.name+"="+w.value)
	}
	if err := app.Run(argv); err != nil {
		return q, append(l.errs, err)
	}
	q.Options = r.options(operands(args, l.operands))
	q.Replicas, q.Warnings = r.replicas(q.DSN)
	r.output(&q)
	q.AskPass = r.c.Bool("ask-pass")
	return q, r.errs
}

func operands(args []string, at []int) []string {
	var values []string
	for _, i := range at {
		values = append(values, args[i])
	}
	return values
}

// flags are the table's options for the library, which keeps the values. All but yes and no are text for it: it would word its errors differently.
func flags() []cli.Flag {
	var all []cli.Flag
	for _, o := range options {
		if o.name == "help" || o.name == "version" {
			continue // with these two the library goes ways of its own
		}
		if o.kind == several {
			all = append(all, &cli.StringSliceFlag{Name: o.name})
		} else if o.takesValue() {
			all = append(all, &cli.StringFlag{Name: o.name, Value: o.preset})
		} else {
			all = append(all, &cli.BoolFlag{Name: o.name, Value: o.preset == "yes"})
		}
	}
	return all
}

// reader turns values into types and gathers what is wrong with them.
type reader struct {
	c    *cli.Context
	errs []error
}

func (r *reader) got(name string) bool    { return r.c.IsSet(name) }
func (r *reader) text(name string) string { return r.c.String(name) }

// wrong notes errors; a join is several.
func (r *reader) wrong(err error) { r.errs = append(r.errs, split(err)...) }

func (r *reader) check(err error) {
	if err != nil {
		r.wrong(err)
	}
}

// parsed reads one value with its parser.
func parsed[T any](r *reader, name string, parser func(name, s string) (T, error)) T {
	v, err := parser(name, r.text(name))
	r.check(err)
	return v
}

func (r *reader) options(operands []string) osc.Options {
	o := osc.Options{
		DSN: r.dsn(operands), Alter: r.text("alter"), Print: r.c.Bool("print"), Force: r.c.Bool("force"), NoVerify: !r.c.Bool("verify"), NoCheckUnique: !r.c.Bool("check-unique-key-change"),
		VerifyThreads: parsed(r, "verify-threads", parseThreads), Tables: r.tables(), Copy: r.copy(), Load: r.load(), SetVars: parseList(r.text("set-vars")),
		NullToNotNull: r.c.Bool("null-to-not-null"), Blockers: r.blockers(),
	}
	for _, name := range parseList(r.text("allow-lossy")) {
		if name == "" {
			r.wrong(errors.New("--allow-lossy takes names of columns with commas between them"))
		}
		o.Lossy = append(o.Lossy, ident.Name(strings.ReplaceAll(name, `\,`, ",")))
	}
	dry, execute := r.c.Bool("dry-run"), r.c.Bool("execute")
	switch {
	case r.c.Bool("verify-only"):
		o.Mode = osc.VerifyOnly
		r.alone("verify-only", map[string]bool{"dry-run": dry, "execute": execute, "no-verify": o.NoVerify})
	case dry && execute:
		r.wrong(errors.New("--dry-run and --execute are mutually exclusive."))
	case dry:
		o.Mode = osc.DryRun
	case execute:
		o.Mode = osc.Execute
	}
	var err error
	o.Tries, err = parseTries(parseList(r.text("tries")))
	r.check(err)
	_, err = conn.ParseVars(o.SetVars)
	r.check(err)
	return o
}

// alone notes which of these options were given beside one that goes with none of them.
func (r *reader) alone(name string, given map[string]bool) {
	for _, other := range slices.Sorted(maps.Keys(given)) {
		if given[other] {
			r.wrong(fmt.Errorf("--%s and --%s are mutually exclusive.", name, other)) //nolint:staticcheck // the form of all usage errors
		}
	}
}

// dsn fills the DSN's gaps from options.
func (r *reader) dsn(operands []string) dsn.DSN {
	if len(operands) > 1 {
		// Their text stays unsaid: one may be a password.
		r.wrong(fmt.Errorf("Specify only one DSN: %d arguments are neither options nor values of options", len(operands))) //nolint:staticcheck // the form of all usage errors
		return dsn.DSN{}
	}
	var d dsn.DSN
	if len(operands) == 1 {
		var err error
		if d, err = dsn.Parse(operands[0]); err != nil {
			r.wrong(err)
			return d
		}
	}
	d = d.WithDefaults(r.connection())
	r.check(d.Complete())
	return d
}

// connection makes a DSN of the options. Each value goes through the DSN's own parser, so that both have the same rules.
func (r *reader) connection() dsn.DSN {
	keys := []struct{ name, key string }{
		{"charset", "A"}, {"defaults-file", "F"}, {"host", "h"}, {"port", "P"}, {"socket", "S"}, {"user", "u"}, {"database", "D"}, {"mysql_ssl", "s"},
	}
	var all dsn.DSN
	for _, k := range keys {
		value := r.text(k.name)
		if value == "" || value == "0" && k.name == "port" {
			continue
		}
		one, err := dsn.Parse(k.key + "=" + strings.ReplaceAll(value, ",", `\,`))
		if err != nil {
			if inner := errors.Unwrap(err); inner != nil {
				err = inner
			}
			r.wrong(fmt.Errorf("Invalid --%s: %w", k.name, err)) //nolint:staticcheck // the form of all usage errors
			continue
		}
		all = all.WithDefaults(one)
	}
	if r.got("password") {
		all.Password = dsn.NewSecret(r.text("password"))
	}
	return all
}

func (r *reader) tables() osc.TableOptions {
	t := osc.TableOptions{
		NoSwap: !r.c.Bool("swap-tables"), KeepOld: !r.c.Bool("drop-old-table"), KeepNew: !r.c.Bool("drop-new-table"), KeepTriggers: !r.c.Bool("drop-triggers"),
	}
	if r.got("new-table-name") {
		t.NewName = r.text("new-table-name")
		if t.NewName == "" {
			r.wrong(errors.New("--new-table-name requires a string value"))
		}
	}
	if r.got("analyze-before-swap") {
		t.AnalyzeBefore = osc.No
		if r.c.Bool("analyze-before-swap") {
			t.AnalyzeBefore = osc.Yes
		}
	}
	// Triggers that stay write to the new table: the old one would be left with triggers into nothing.
	t.KeepOld = t.KeepOld || t.KeepTriggers
	t.KeepNew = t.KeepNew || t.NoSwap && t.KeepTriggers
	return t
}

func (r *reader) copy() osc.CopyOptions {
	c := osc.CopyOptions{
		ChunkRows: parsed(r, "chunk-size", parseSize),
		ChunkTime: parsed(r, "chunk-time", parseSeconds),
		SizeLimit: parsed(r, "chunk-size-limit", parseReal),
		Index:     ident.Name(r.text("chunk-index")),
		Where:     r.text("where"),
		Sleep:     parsed(r, "sleep", parseSeconds),
	}
	if r.got("chunk-size") && !r.got("chunk-time") {
		c.ChunkTime = 0
	}
	return c
}

func (r *reader) load() osc.LoadOptions {
	l := osc.LoadOptions{
		Max: parseList(r.text("max-load")), Critical: parseList(r.text("critical-load")), CheckInterval: parsed(r, "check-interval", parseTime),
		PauseFile: r.text("pause-file"), FlagFile: r.text("throttle-flag-file"),
	}
	if l.Max == nil {
		l.Critical = nil
	}
	_, err := throttle.ParseLoad(l.Max, "--max-load")
	r.check(err)
	_, err = throttle.ParseLoad(l.Critical, "--critical-load")
	r.check(err)
	if l.CheckInterval == 0 {
		r.wrong(errors.New("--check-interval must be more than 0"))
	}
	return l
}

func (r *reader) blockers() osc.Blockers {
	kill, err := metalock.ParseKill(r.text("kill-blockers"))
	r.check(err)
	return osc.Blockers{Kill: kill, After: parsed(r, "kill-blockers-after", parseAsks)}
}

func (r *reader) output(q *request) {
	var err error
	q.Quiet, q.Statistics = r.c.Bool("quiet"), r.c.Bool("statistics")
	q.Every, err = report.ParseCadence(r.text("progress"))
	r.check(err)
	q.Level, err = report.ParseSeverity(r.text("log-level"))
	r.check(err)
	switch format := r.text("log-format"); format {
	case "console":
	case "json":
		q.JSON = true
	default:
		r.wrong(fmt.Errorf("Invalid --log-format: %s (console or json)", format)) //nolint:staticcheck // the form of all usage errors
	}
}
