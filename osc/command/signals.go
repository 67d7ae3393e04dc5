package command

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"oscar/osc/report"
)

// interruptible is a context that the first SIGINT, SIGTERM or SIGHUP ends, with an *Interrupted as the cause; the run then takes back what
// it began. A second one, SIGINT or SIGTERM, prints what is left to take back and ends the process. A second SIGHUP does nothing: a terminal that
// is closed sends it twice, once by the shell and once by the kernel, and nobody asked to stop at once. A signal that was ignored when the
// program started, as nohup does with SIGHUP, stays ignored. release gives the signals back.
//
// A reader of stdout, or a terminal, that goes away must not end a run in its middle: a write to it fails, and that is all.
func (t Tool) interruptible(ctx context.Context, c *report.Console, job Job) (_ context.Context, release func()) {
	signal.Ignore(syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(ctx)
	signals := make(chan os.Signal, 8) // more than come at once: one that finds no room is lost
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	done := make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for first := true; ; first = false {
			select {
			case <-done:
				return
			case s := <-signals:
				switch {
				case first:
					c.Note(fmt.Sprintf("Exiting on %s: undoing what was begun; press Ctrl-C again to stop at once.", signalName(s)))
					cancel(&Interrupted{Signal: s})
				case s != syscall.SIGHUP:
					t.stopNow(c, job, s)
				}
			}
		}
	})
	return ctx, func() {
		signal.Stop(signals)
		close(done)
		watch.Wait()
		cancel(nil)
	}
}

// haltTime is how long ending the running statement may hold up the end of the process.
const haltTime = time.Second

// stopNow ends the process without waiting for anything but that the server lets go of the running statement.
func (t Tool) stopNow(c *report.Console, job Job, s os.Signal) {
	left := job.Left()
	ctx, stop := context.WithTimeout(context.Background(), haltTime)
	defer stop()
	halted := job.Halt(ctx)
	c.End()
	c.Problem("Error", fmt.Sprintf("stopped at once by a second signal, %s", signalName(s)))
	if halted != nil {
		c.Problem("Error", fmt.Sprintf("a statement may still be running on the server: %v", halted))
	}
	leftovers(c, left)
	code := Left
	if len(left) == 0 {
		code = Stopped
	}
	t.Exit(int(code))
}
