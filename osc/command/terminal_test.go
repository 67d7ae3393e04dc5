//go:build linux

package command

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"oscar/osc/report"
)

// terminal is a pseudo terminal of 60 columns.
type terminal struct {
	master, slave *os.File
}

func openTerminal(t *testing.T) terminal {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 60}); err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return terminal{master, slave}
}

// start gives the command the terminal as its own.
func (p terminal) start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = p.slave, p.slave, p.slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.slave.Close() // so that reading ends when the command does
}

func (p terminal) echoes(t *testing.T) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(p.master.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

// silent waits until the terminal does not echo: the prompt comes a little before.
func silent(t *testing.T, p terminal) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); p.echoes(t); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the terminal goes on echoing")
		}
	}
}

// until reads the screen up to a text. The command's own time limit ends it if the text does not come.
func until(t *testing.T, r *bufio.Reader, text string) string {
	t.Helper()
	var seen strings.Builder
	for !strings.HasSuffix(seen.String(), text) {
		b, err := r.ReadByte()
		if err != nil {
			t.Fatalf("wait for %q: %v after %q", text, err, seen.String())
		}
		seen.WriteByte(b)
	}
	return seen.String()
}

func TestLiveLineOnATerminal(t *testing.T) {
	p := openTerminal(t)
	width := report.TerminalWidth(p.slave, func(string) string { return "xterm" })
	if width == nil || width() != 60 {
		t.Error("a terminal of 60 columns is not known as one")
	}
	if report.TerminalWidth(p.slave, func(string) string { return "dumb" }) != nil {
		t.Error("a dumb terminal gets a live line")
	}
	cmd := tool(t, "copy", "--execute", "D=d,t=t")
	cmd.Env = append(cmd.Env, "TERM=xterm")
	p.start(t, cmd)
	r := bufio.NewReader(p.master)
	until(t, r, "\r\x1b[KCopying `d`.`t`  50.0%  500 rows  100 rows/s  ETA 00:05")
	until(t, r, "\r\x1b[Ka line\r\n`d`.`t` was not altered.\r\n")
	cmd.Wait() //nolint:errcheck // the screen is looked at
}

func TestPasswordIsNotEchoed(t *testing.T) {
	p := openTerminal(t)
	cmd := tool(t, "show", "--execute", "D=d,t=t", "--ask-pass")
	p.start(t, cmd)
	r := bufio.NewReader(p.master)
	until(t, r, "Enter MySQL password: ")
	silent(t, p)
	p.master.WriteString("geheim\n")
	seen := until(t, r, `password of 6 letters, first "g"`)
	if strings.Contains(seen, "geheim") {
		t.Errorf("the screen shows the password: %q", seen)
	}
	cmd.Wait() //nolint:errcheck // the screen is looked at
}

func TestASignalAtThePromptGivesTheEchoBack(t *testing.T) {
	p := openTerminal(t)
	cmd := tool(t, "show", "--execute", "D=d,t=t", "--ask-pass")
	p.start(t, cmd)
	r := bufio.NewReader(p.master)
	until(t, r, "Enter MySQL password: ")
	silent(t, p)
	p.master.WriteString("\x03") // Ctrl-C
	until(t, r, "interrupted by SIGINT")
	cmd.Wait() //nolint:errcheck // the code is looked at
	if code := cmd.ProcessState.ExitCode(); code != int(Stopped) {
		t.Errorf("exit code %d", code)
	}
	if !p.echoes(t) {
		t.Error("the terminal is left without echo")
	}
}

// The kernel sends SIGHUP to a command whose terminal goes away, and every write to it fails from then on.
func TestAClosedTerminalDoesNotCutTheUndo(t *testing.T) {
	p := openTerminal(t)
	cmd := tool(t, "slow undo", "--execute", "D=d,t=t")
	p.start(t, cmd)
	until(t, bufio.NewReader(p.master), "Altering `d`.`t`...\r\n")
	p.master.Close()
	cmd.Wait() //nolint:errcheck // the code is looked at
	if code := cmd.ProcessState.ExitCode(); code != int(Stopped) {
		t.Errorf("%s, want exit code %d", cmd.ProcessState, Stopped)
	}
}
