package command

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"oscar/osc"
	"oscar/osc/preflight"
	"oscar/osc/report"
	"oscar/osc/step"
)

var update = flag.Bool("update", false, "write golden files")

// asTool makes the test binary the tool, with a job that plays what the variable names.
const asTool = "OSCAR_TEST_AS_TOOL"

func TestMain(m *testing.M) {
	play := os.Getenv(asTool)
	if play == "" {
		os.Exit(m.Run())
	}
	args := HidePasswords(os.Args)
	if name := os.Getenv("OSCAR_TEST_NAME"); name != "" {
		args[0] = name
	}
	tool := Tool{Version: "1.2.3", In: os.Stdin, Out: os.Stdout, Err: os.Stderr, New: func(o osc.Options, s report.Sink) Job { return &actor{play, o, s} }}
	os.Exit(tool.Main(context.Background(), args))
}

// actor is a job that plays a run.
type actor struct {
	play string
	o    osc.Options
	sink report.Sink
}

func (a *actor) Halt(context.Context) error { return nil }

func (a *actor) Left() []string {
	if a.play == "stuck, nothing left" {
		return nil
	}
	return []string{"DROP TABLE `d`.`_t_new`"}
}

func (a *actor) Run(ctx context.Context) (osc.Summary, error) {
	s := osc.Summary{Statistics: map[string]int{"INSERT": 2}}
	a.sink.Line(report.Line{Text: "Altering " + table(a.o, s).SQL() + "..."})
	switch a.play {
	case "altered":
		s.Verdict = osc.Altered
		return s, nil
	case "dry run":
		s.Verdict = osc.DryRunDone
		return s, nil
	case "look":
		s.Verdict = osc.Refused
		return s, nil
	case "notes":
		s.Verdict = osc.AlteredNotes
		return s, in(osc.StepDropOld, errors.New("cause"))
	case "silent failure":
		s.Verdict = osc.AlteredNotes
		return s, nil
	case "refused":
		return s, preflight.Refusals{{Why: "one", Try: "a"}, {Why: "two", Try: "b"}}
	case "in doubt":
		s.Verdict = osc.InDoubt
		return s, errors.New("cause")
	case "show":
		a.sink.Line(report.Line{Text: fmt.Sprintf("dsn %s, password of %d letters, first %q", a.o.DSN, len(a.o.DSN.Password.Reveal()), a.o.DSN.Password.Reveal()[:1])})
		return s, nil
	case "wait":
		<-ctx.Done()
		return s, &step.Failed{Step: osc.StepCopy, Err: context.Cause(ctx), Undone: true}
	case "copy":
		a.sink.Progress(report.Progress{Table: table(a.o, s), Rows: 500, Estimate: 1000, Rate: 100, ChunkRows: 10, Remaining: 5 * time.Second})
		a.sink.Line(report.Line{Text: "a line"})
		return s, nil
	case "many lines":
		for range 100_000 {
			a.sink.Line(report.Line{Text: "a line"})
		}
		fmt.Fprintln(os.Stderr, "went on")
		return s, nil
	case "stuck", "stuck, nothing left":
		<-ctx.Done()
		a.sink.Line(report.Line{Text: "undoing"})
		a.sink.Line(report.Line{Text: "still undoing"})
		select {}
	case "slow undo":
		hangups := make(chan os.Signal, 1)
		<-ctx.Done()
		signal.Notify(hangups, syscall.SIGHUP)
		syscall.Kill(os.Getpid(), syscall.SIGHUP) //nolint:errcheck // without it the wait below has no end, and the test fails
		<-hangups
		for range 1000 {
			a.sink.Line(report.Line{Text: "undoing"})
			a.sink.Event(report.Event{Level: report.Warn, Text: "undoing"})
		}
		return s, &step.Failed{Step: osc.StepCopy, Err: context.Cause(ctx), Undone: true}
	default:
		return s, errors.New("no such play")
	}
}

func tool(t *testing.T, play string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(stop)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), asTool+"="+play)
	return cmd
}

func ran(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestProcess(t *testing.T) {
	const (
		begin = "Altering `d`.`t`...\n"
		usage = "Usage: oscar [OPTIONS] DSN\n\nErrors in command-line arguments:\n"
		hint  = "\noscar --help lists the options.\n"
	)
	tests := map[string]struct {
		play, name string
		args       string
		stdin      string
		out, err   string
		code       int
	}{
		"a change":       {"altered", "", "--execute D=d,t=t --alter x", "", begin + "Successfully altered `d`.`t`.\n", "", 0},
		"a dry run":      {"dry run", "", "--dry-run D=d,t=t", "", begin + "Dry run complete.  `d`.`t` was not altered.\n", "", 0},
		"only a look":    {"look", "", "D=d,t=t", "", begin + "Exiting without altering `d`.`t` because neither --dry-run nor --execute was specified.  Please read the tool's documentation carefully before using this tool.\n", "", 1},
		"refusals":       {"refused", "", "--execute D=d,t=t", "", begin + "`d`.`t` was not altered.\n", "Error: one\nTry: a\nError: two\nTry: b\n", 1},
		"after the swap": {"notes", "", "--execute D=d,t=t", "", begin + "Altered `d`.`t` but there were errors or warnings.\n", "Error: drop old table: cause\n", 16},
		"a change that is not whole is no success": {"silent failure", "", "--execute D=d,t=t", "", begin + "Altered `d`.`t` but there were errors or warnings.\n", "", 16},
		"in doubt": {"in doubt", "", "--execute D=d,t=t", "", begin + "Nobody knows whether `d`.`t` was altered.\n", "Error: cause\n", 23},
		"statistics come before the verdict": {"altered", "", "--statistics --execute D=d,t=t", "",
			begin + "# Event  Count\n# ====== =====\n# INSERT     2\nSuccessfully altered `d`.`t`.\n", "", 0},
		"quiet tells errors only":       {"refused", "", "-q --execute D=d,t=t", "", "", "Error: one\nTry: a\nError: two\nTry: b\n", 1},
		"where loses rows":              {"altered", "", "--execute D=d,t=t --where a --no-swap-tables", "", "", "Error: --where copies only some of the rows, and the swap would lose the others\nTry: give --no-swap-tables and --no-drop-new-table to have the rows in a table of their own, or --force to lose the others\n", 17},
		"where with force":              {"altered", "", "--execute D=d,t=t --where a --force", "", begin + "Successfully altered `d`.`t`.\n", "", 0},
		"where into a table of its own": {"altered", "", "--execute D=d,t=t --where a --no-swap-tables --no-drop-new-table", "", begin + "Successfully altered `d`.`t`.\n", "", 0},
		"usage":                         {"altered", "", "--dry-run --execute --nope D=d,t=t", "", "", usage + "  * Unknown option: --nope\n  * --dry-run and --execute are mutually exclusive.\n" + hint, 1},
		"version":                       {"altered", "", "--version", "", "oscar 1.2.3\n", "", 0},
		"version under the other name":  {"altered", "/usr/bin/pt-online-schema-change", "--version", "", "pt-online-schema-change 3.7.1 (oscar 1.2.3)\n", "", 0},
		"usage under the other name": {"altered", "pt-online-schema-change", "t=t", "", "",
			"Usage: pt-online-schema-change [OPTIONS] DSN\n\nErrors in command-line arguments:\n  * The DSN must specify a database (D) and a table (t); D is missing\n\npt-online-schema-change --help lists the options.\n", 1},
		"ask-pass reads a line":                   {"show", "", "--execute h=x,D=d,t=t --ask-pass", "secret\nmore\n", begin + "dsn D=d,h=x,p=...,t=t, password of 6 letters, first \"s\"\n`d`.`t` was not altered.\n", "Enter MySQL password: \n", 1},
		"ask-pass does not ask for what is there": {"show", "", "--execute D=d,t=t,p=abc --ask-pass", "", begin + "dsn D=d,p=...,t=t, password of 3 letters, first \"a\"\n`d`.`t` was not altered.\n", "", 1},
		"ask-pass without an answer":              {"altered", "", "--execute D=d,t=t --ask-pass", "", "", "Enter MySQL password: \nError: ask for the password: the standard input holds no password\n", 1},
		"a json log holds nothing else":           {"refused", "", "--execute D=d,t=t --log-format json", "", begin + "`d`.`t` was not altered.\n", "JSON", 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cmd := tool(t, test.play, strings.Fields(test.args)...)
			cmd.Stdin = strings.NewReader(test.stdin)
			cmd.Env = append(cmd.Env, "OSCAR_TEST_NAME="+test.name)
			out, errs, code := ran(t, cmd)
			same(t, "stdout", test.out, out)
			if test.err == "JSON" {
				for line := range strings.Lines(errs) {
					if !strings.HasPrefix(line, "{") {
						t.Errorf("not JSON: %s", line)
					}
				}
			} else {
				same(t, "stderr", test.err, errs)
			}
			if code != test.code {
				t.Errorf("exit code\n got %d\nwant %d", code, test.code)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	out, errs, code := ran(t, tool(t, "altered", "--help", "--nonsense"))
	if errs != "" || code != 0 {
		t.Errorf("stderr %q, exit code %d", errs, code)
	}
	golden := filepath.Join("testdata", "help.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(out), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "help", string(want), out)
}

// signalled starts a run, sends it signals once it has written its first line, each after the answer to the one before, and waits for its end.
func signalled(t *testing.T, play string, signals ...syscall.Signal) (stderr string, code int) {
	t.Helper()
	cmd := tool(t, play, "--execute", "D=d,t=t")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for _, s := range signals {
		if _, err := lines.ReadString('\n'); err != nil {
			t.Fatalf("wait for a line: %v; stderr %q", err, errs.String())
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	io.Copy(io.Discard, lines)
	cmd.Wait() //nolint:errcheck // the code is looked at
	return errs.String(), cmd.ProcessState.ExitCode()
}

func TestSignals(t *testing.T) {
	const note = ": undoing what was begun; press Ctrl-C again to stop at once.\n"
	tests := map[string]struct {
		play    string
		signals []syscall.Signal
		err     string
		code    int
	}{
		"one undoes":       {"wait", []syscall.Signal{syscall.SIGINT}, "Exiting on SIGINT" + note + "Error: copy rows: interrupted by SIGINT (undone)\n", 24},
		"SIGTERM as well":  {"wait", []syscall.Signal{syscall.SIGTERM}, "Exiting on SIGTERM" + note + "Error: copy rows: interrupted by SIGTERM (undone)\n", 24},
		"SIGHUP as well":   {"wait", []syscall.Signal{syscall.SIGHUP}, "Exiting on SIGHUP" + note + "Error: copy rows: interrupted by SIGHUP (undone)\n", 24},
		"two stop at once": {"stuck", []syscall.Signal{syscall.SIGINT, syscall.SIGTERM}, "Exiting on SIGINT" + note + "Error: stopped at once by a second signal, SIGTERM\nTo take back what is left, execute in this order:\nDROP TABLE `d`.`_t_new`;\n", 22},
		"a terminal that closes sends SIGHUP twice": {"stuck", []syscall.Signal{syscall.SIGHUP, syscall.SIGHUP, syscall.SIGTERM}, "Exiting on SIGHUP" + note + "Error: stopped at once by a second signal, SIGTERM\nTo take back what is left, execute in this order:\nDROP TABLE `d`.`_t_new`;\n", 22},
		"SIGHUP after Ctrl-C is no second signal":   {"stuck", []syscall.Signal{syscall.SIGINT, syscall.SIGHUP, syscall.SIGTERM}, "Exiting on SIGINT" + note + "Error: stopped at once by a second signal, SIGTERM\nTo take back what is left, execute in this order:\nDROP TABLE `d`.`_t_new`;\n", 22},
		"and nothing is left":                       {"stuck, nothing left", []syscall.Signal{syscall.SIGINT, syscall.SIGINT}, "Exiting on SIGINT" + note + "Error: stopped at once by a second signal, SIGINT\n", 24},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			errs, code := signalled(t, test.play, test.signals...)
			same(t, "stderr", test.err, errs)
			if code != test.code {
				t.Errorf("exit code\n got %d\nwant %d", code, test.code)
			}
		})
	}
}

func TestAReaderThatGoesAwayDoesNotEndTheRun(t *testing.T) {
	cmd := tool(t, "many lines", "--execute", "D=d,t=t")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	out.Close()
	cmd.Wait() //nolint:errcheck // the code is looked at
	if code := cmd.ProcessState.ExitCode(); code != 1 || errs.String() != "went on\n" {
		t.Errorf("exit code %d, stderr %q", code, errs.String())
	}
}

func TestNohupIsRespected(t *testing.T) {
	cmd := tool(t, "wait", "--execute", "D=d,t=t")
	cmd.Args = append([]string{"sh", "-c", `trap "" HUP; exec "$0" "$@"`, cmd.Path}, cmd.Args[1:]...)
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path = sh
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM} {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	io.Copy(io.Discard, lines)
	cmd.Wait() //nolint:errcheck // stderr is looked at
	if !strings.Contains(errs.String(), "interrupted by SIGTERM") || strings.Contains(errs.String(), "SIGHUP") {
		t.Errorf("stderr %q", errs.String())
	}
}
