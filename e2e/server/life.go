package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// current returns the process if it is alive.
func (s *Server) current() *process {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return nil
	}
	select {
	case <-s.run.done:
		return nil
	default:
		return s.run
	}
}

// Pid returns the server's process id, or 0 when it does not run.
func (s *Server) Pid() int {
	if run := s.current(); run != nil {
		return run.cmd.Process.Pid
	}
	return 0
}

// Log returns the server's error log so far.
func (s *Server) Log() (string, error) {
	b, err := os.ReadFile(s.logFile())
	return string(b), err
}

// Kill ends the server as a power cut would, and waits until it is gone. Its data stay for Restart. A server that does not
// run is no error.
func (s *Server) Kill() error {
	run := s.current()
	if run == nil {
		return nil
	}
	if err := run.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill the server: %w", err)
	}
	<-run.done
	return nil
}

// Stop ends the server in an orderly way and waits until it is gone. Its data stay for Restart. A server that does not end
// within a minute is killed, which is an error.
func (s *Server) Stop() error {
	run := s.current()
	if run == nil {
		return nil
	}
	if err := run.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop the server: %w", err)
	}
	select {
	case <-run.done:
		return nil
	case <-time.After(time.Minute):
		return errors.Join(errors.New("stop the server: still there after a minute, killed"), s.Kill())
	}
}

// Restart stops the server if it runs and starts it again with the same port and data. The context bounds the start.
func (s *Server) Restart(ctx context.Context) error {
	if err := s.Stop(); err != nil {
		return err
	}
	if err := s.launch(ctx); err != nil {
		return fmt.Errorf("start %s again: %w", s.prog.engine, err)
	}
	return nil
}

// Close kills the server and removes its folder. It may be called twice.
func (s *Server) Close() error {
	err := errors.Join(s.Kill(), os.RemoveAll(s.dir))
	if s.guard != nil {
		err = errors.Join(err, s.guard.dismiss())
		s.guard = nil
	}
	return err
}
