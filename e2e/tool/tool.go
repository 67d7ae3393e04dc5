// Package tool builds the oscar binary once and runs it as a user would.
package tool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Limit is how long any wait of a test may take.
const Limit = 60 * time.Second

var (
	once  sync.Once
	built string
	fault error
)

// Path is the binary, built from this tree the first time it is asked for.
func Path() (string, error) {
	once.Do(func() {
		dir, err := os.MkdirTemp("", "oscar-bin-")
		if err != nil {
			fault = err
			return
		}
		built = filepath.Join(dir, "oscar")
		_, here, _, _ := runtime.Caller(0)
		cmd := exec.Command("go", "build", "-o", built, ".")
		cmd.Dir = filepath.Join(filepath.Dir(here), "..", "..")
		if out, err := cmd.CombinedOutput(); err != nil {
			fault = fmt.Errorf("build oscar: %w\n%s", err, out)
		}
	})
	return built, fault
}

// Remove deletes the binary; for TestMain.
func Remove() {
	if built != "" {
		os.RemoveAll(filepath.Dir(built))
	}
}

// Result is a run that has ended.
type Result struct {
	Code   int
	Out    string
	Err    string
	Took   time.Duration
	MaxRSS int64 // peak memory in bytes
}

// String shows everything, for a failed test.
func (r Result) String() string {
	return fmt.Sprintf("exit %d after %s\n--- stdout\n%s--- stderr\n%s", r.Code, r.Took.Round(time.Millisecond), r.Out, r.Err)
}

// Process is a run that may still be going on.
type Process struct {
	cmd   *exec.Cmd
	out   *screen
	errs  *screen
	began time.Time
	ended chan struct{}
	wait  error

	measured chan struct{}
	peak     int64 // bytes; may be read once measured is closed
}

// screen keeps what was written and wakes those who wait for a text.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
	news chan struct{} // closed and replaced at each write
}

func newScreen() *screen { return &screen{news: make(chan struct{})} }

// Write takes a piece of output.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.news)
	s.news = make(chan struct{})
	return s.text.Write(p)
}

func (s *screen) read() (string, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String(), s.news
}

// Start runs oscar with these arguments, no standard input and no terminal. It is killed at the test's end if it is still there.
func Start(t testing.TB, args ...string) *Process {
	t.Helper()
	path, err := Path()
	if err != nil {
		t.Fatal(err)
	}
	p := &Process{cmd: exec.Command(path, args...), out: newScreen(), errs: newScreen(), began: time.Now(), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.errs
	p.cmd.Env = append(os.Environ(), "HOME="+os.TempDir()) // no ~/.my.cnf of whoever runs the tests
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.wait = p.cmd.Wait()
		close(p.ended)
	}()
	p.measured = make(chan struct{})
	go p.measure()
	t.Cleanup(func() {
		p.cmd.Process.Kill() //nolint:errcheck // it may have ended
		<-p.ended
		<-p.measured
	})
	return p
}

// Run runs oscar to its end.
func Run(t testing.TB, args ...string) Result {
	t.Helper()
	return Start(t, args...).Wait(t)
}

// Await waits until oscar has written the text to stdout or stderr. An end of the run before that fails the test.
func (p *Process) Await(t testing.TB, text string) {
	t.Helper()
	limit := time.After(Limit)
	for {
		out, more := p.out.read()
		errs, alsoMore := p.errs.read()
		if strings.Contains(out, text) || strings.Contains(errs, text) {
			return
		}
		select {
		case <-more:
		case <-alsoMore:
		case <-p.ended:
			if r := p.result(); !strings.Contains(r.Out+r.Err, text) {
				t.Fatalf("oscar ended without %q: %s", text, r)
			}
			return
		case <-limit:
			t.Fatalf("no %q within %s: %s", text, Limit, p.result())
		}
	}
}

// measure follows the peak of the memory. The kernel's count for a child that has ended (ru_maxrss) begins at the size of the process that
// started it, which is a test binary with the race detector in it.
func (p *Process) measure() {
	defer close(p.measured)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		if n := residentPeak(p.cmd.Process.Pid); n > p.peak {
			p.peak = n
		}
		select {
		case <-p.ended:
			return
		case <-tick.C:
		}
	}
}

// residentPeak is VmHWM of a process, in bytes; 0 when it is gone. Right after the start it may still be the parent's image, which has another name.
func residentPeak(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	var name string
	var kb int64
	for _, line := range strings.Split(string(status), "\n") {
		fmt.Sscanf(line, "Name: %s", &name)   //nolint:errcheck // most lines are others
		fmt.Sscanf(line, "VmHWM: %d kB", &kb) //nolint:errcheck // most lines are others
	}
	if name != "oscar" {
		return 0
	}
	return kb << 10
}

// Signal sends a signal; a run that has ended is no error.
func (p *Process) Signal(t testing.TB, s syscall.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
}

// Ended reports whether the run is over.
func (p *Process) Ended() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Wait waits for the end.
func (p *Process) Wait(t testing.TB) Result {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 3*Limit)
	defer stop()
	select {
	case <-p.ended:
		return p.result()
	case <-ctx.Done():
		t.Fatalf("oscar did not end within %s: %s", 3*Limit, p.result())
		return Result{}
	}
}

func (p *Process) result() Result {
	out, _ := p.out.read()
	errs, _ := p.errs.read()
	r := Result{Out: out, Err: errs, Took: time.Since(p.began), Code: -1}
	select {
	case <-p.ended:
	default:
		return r
	}
	<-p.measured
	r.Code, r.MaxRSS = p.cmd.ProcessState.ExitCode(), p.peak
	return r
}

// Differed says whether oscar's comparison found a range that differed.
func (r Result) Differed() bool {
	return strings.Contains(r.Out, " ranges differed") && !strings.Contains(r.Out, " 0 ranges differed")
}
