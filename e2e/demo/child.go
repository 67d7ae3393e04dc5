package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// grace is how long oscar may take to clean up after ^C.
const grace = 30 * time.Second

// child is how a program ended.
type child struct {
	took time.Duration // from start to exit, as a person at the terminal waits for it
	code int           // exit code; -1 after a signal
}

// runChild runs a program to its end. It stands in a process group of its own, so that ^C reaches it through us and once: oscar takes a second
// one as the wish to stop without cleaning up. Its exit code is no error here; being interrupted is one.
func runChild(ctx context.Context, out, errs io.Writer, path string, args ...string) (child, error) {
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = out, errs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	at := time.Now()
	if err := cmd.Start(); err != nil {
		return child{}, fmt.Errorf("run %s: %w", path, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
		cmd.Process.Signal(os.Interrupt)
		select {
		case <-ended:
		case <-time.After(grace):
			cmd.Process.Kill()
			<-ended
		}
		return child{}, ctx.Err()
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return child{}, fmt.Errorf("run %s: %w", path, err)
	}
	return child{took: time.Since(at), code: cmd.ProcessState.ExitCode()}, nil
}

// commandLine writes a command as it could be typed.
func commandLine(path string, args []string) string {
	words := []string{path}
	for _, a := range args {
		if strings.ContainsAny(a, " ()") {
			a = `"` + a + `"`
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}
