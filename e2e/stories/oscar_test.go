package stories

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// program is the path of oscar, built anew for each test by name.
var program string

func build(t *testing.T) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "oscar")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "oscar").CombinedOutput(); err != nil {
		t.Fatalf("build oscar: %v\n%s", err, out)
	}
}

// outcome is one run of the program.
type outcome struct {
	code           int
	stdout, stderr string
}

// runLimit is far more than any story takes; a run that hangs fails.
const runLimit = 90 * time.Second

func run(t *testing.T, args ...string) outcome {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), runLimit)
	defer stop()
	var out, errs bytes.Buffer
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) || ctx.Err() != nil {
		t.Fatalf("run oscar %q: %v\n%s\n%s", args, err, out.String(), errs.String())
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errs.String()}
}

// expect ends the test unless the run ended with this code.
func (o outcome) expect(t *testing.T, code int) {
	t.Helper()
	if o.code != code {
		t.Fatalf("exit code %d, want %d\n%s\n%s", o.code, code, o.stdout, o.stderr)
	}
}

func (o outcome) holds(t *testing.T, text string) {
	t.Helper()
	if !strings.Contains(o.stdout, text) {
		t.Errorf("standard output does not hold %q:\n%s\n%s", text, o.stdout, o.stderr)
	}
}

var stamp = regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d `)

// steady is output without the time of day.
func steady(out string) string { return stamp.ReplaceAllString(out, "TS ") }
