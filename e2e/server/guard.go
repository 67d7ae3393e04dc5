package server

import (
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// guardScript waits on its standard input. A line means that the folder needs no guard any more. End of file without one
// means that the process which held the pipe is gone, by panic, kill or exit: then every server with its data in the folder
// is killed and the folder removed. Servers are found by their command line, so a pid used again cannot be hit. They are
// looked for until two looks in a row found none.
const guardScript = `trap "" INT TERM HUP QUIT
read -r word && exit 0
none=0 tries=0
while [ $none -lt 2 ] && [ $tries -lt 100 ]; do
  tries=$((tries+1)); none=$((none+1))
  for f in $(printf '%s\n' "--datadir=$1/data" | grep -lzxF -f - /proc/[0-9]*/cmdline 2>/dev/null); do
    f=${f#/proc/}; kill -9 "${f%/cmdline}" 2>/dev/null; none=0
  done
  sleep 0.1
done
rm -rf -- "$1"`

// guard watches over one folder and the servers with their data in it, for as long as this process lives.
//
// It is a child process, not a death signal of the kernel: that signal is tied to the thread which started the server, and
// Go moves goroutines between threads. The pipe closes at exec in every other child, so nobody but this process holds it.
type guard struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
}

func startGuard(dir string) (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", guardScript, "oscar-e2e-guard", dir)
	// A session of its own: neither ^C nor a signal to our process group may end the guard before its work is done.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.Dir = "/"
	pipe, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("open the guard's pipe: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the guard of %s: %w", dir, err)
	}
	return &guard{cmd: cmd, pipe: pipe}, nil
}

// dismiss ends the guard and leaves the folder alone.
func (g *guard) dismiss() error {
	_, err := io.WriteString(g.pipe, "done\n")
	if err == nil {
		err = g.pipe.Close()
	}
	if werr := g.cmd.Wait(); err == nil {
		err = werr
	}
	if err != nil {
		return fmt.Errorf("end the guard: %w", err)
	}
	return nil
}
