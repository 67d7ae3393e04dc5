package topology

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"oscar/osc/throttle"
)

// Watch says how replicas are watched.
type Watch struct {
	MaxLag   time.Duration
	Each     time.Duration // between two looks
	Patience time.Duration // how long a replica may be stopped or unreachable before the run ends; 0: for ever
	Channel  string
	Note     func(text string)
	// Reread, if not nil, reads the list of replicas again before each look. Links of it that are watched already are dropped; those that are no longer in it
	// are closed.
	Reread func(context.Context) ([]*Link, error)
	Table  *Link // what Reread asks; closed with the watcher
}

// askLimit is how long one look at one replica may take; one that hangs must not hide the others.
const askLimit = 10 * time.Second

// Watcher looks at replicas in the background, so that a check costs nothing.
type Watcher struct {
	how  Watch
	stop context.CancelFunc
	done chan struct{}

	mu       sync.Mutex
	replicas []*watched
	list     error // why the list could not be read the last time
	listed   time.Time
}

type watched struct {
	link  *Link
	state State
	err   error
	good  time.Time // when it last was well; the start of the watch at first
	at    time.Time // of the last look
	told  string    // the last note
}

// Stopped says that a replica was stopped or could not be asked for longer than the operator wants to wait.
type Stopped struct {
	Name, Why string
	For       time.Duration
}

func (s *Stopped) Error() string {
	return fmt.Sprintf("replica %s has not replicated for %s: %s", s.Name, s.For.Round(time.Second), s.Why)
}

// Try tells how to go on.
func (s *Stopped) Try() string {
	return "start replication there and run again; --no-fail-on-stopped-replication waits without an end, --replica-patience for longer, --skip-check-replica-lag leaves it out"
}

// Start looks once at all replicas, then again and again until Close. The links are then the watcher's.
func Start(ctx context.Context, replicas []*Link, how Watch) *Watcher {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	w := &Watcher{how: how, stop: stop, done: make(chan struct{})}
	now := time.Now()
	w.listed = now
	for _, l := range replicas {
		w.replicas = append(w.replicas, &watched{link: l, good: now})
	}
	w.look(ctx)
	go w.run(ctx)
	return w
}

func (w *Watcher) run(ctx context.Context) {
	defer close(w.done)
	tick := time.NewTicker(w.how.Each)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			w.reread(ctx)
			w.look(ctx)
		}
	}
}

// Close ends the watch and the connections.
func (w *Watcher) Close() {
	w.stop()
	<-w.done
	for _, r := range w.replicas {
		r.link.Close()
	}
	if w.how.Table != nil {
		w.how.Table.Close()
	}
}

// reread takes over a changed list.
func (w *Watcher) reread(ctx context.Context) {
	if w.how.Reread == nil {
		return
	}
	ctx, stop := context.WithTimeout(ctx, askLimit)
	defer stop()
	fresh, err := w.how.Reread(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = err
	if err != nil {
		return
	}
	w.listed = time.Now()
	old := map[string]*watched{}
	var was, is []string
	for _, r := range w.replicas {
		old[r.link.dsn.Format()] = r
		was = append(was, r.link.Name())
	}
	var next []*watched
	for _, l := range fresh {
		key := l.dsn.Format()
		r, have := old[key]
		if !have {
			r = &watched{link: l, good: time.Now()}
		}
		delete(old, key)
		next, is = append(next, r), append(is, l.Name())
	}
	for _, gone := range old {
		gone.link.Close()
	}
	w.replicas = next
	if a, b := strings.Join(was, ", "), strings.Join(is, ", "); a != b {
		w.how.Note("Replica set to watch has changed: was " + a + "; now " + b)
	}
}

// look asks all of them at the same time.
func (w *Watcher) look(ctx context.Context) {
	w.mu.Lock()
	all := append([]*watched(nil), w.replicas...)
	w.mu.Unlock()
	var asked sync.WaitGroup
	for _, r := range all {
		asked.Go(func() {
			ctx, stop := context.WithTimeout(ctx, askLimit)
			defer stop()
			state, err := r.link.read(ctx, w.how.Channel)
			w.mu.Lock()
			defer w.mu.Unlock()
			r.state, r.err, r.at = state, err, time.Now()
			if r.trouble() == "" {
				r.good = r.at
			}
			if text := r.trouble(); text != r.told && ctx.Err() == nil {
				r.told = text
				if text == "" {
					text = "replicates again"
				}
				w.how.Note("replica " + r.link.Name() + " " + text)
			}
		})
	}
	asked.Wait()
}

// trouble is why a replica cannot be said to keep up; empty when its lag is known.
func (r *watched) trouble() string {
	switch {
	case r.err != nil:
		return "cannot be asked: " + r.err.Error()
	case r.state.Stopped != "":
		return "is stopped (" + r.state.Stopped + ")"
	default:
		return ""
	}
}

// Check holds while a replica is too far behind, stopped, or cannot be asked; after the patience a stopped one is a *Stopped error.
func (w *Watcher) Check(context.Context) (throttle.Verdict, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	var why []string
	if w.list != nil {
		why = append(why, "cannot measure: "+w.list.Error())
		if gone := now.Sub(w.listed); w.how.Patience > 0 && gone >= w.how.Patience {
			return throttle.Verdict{}, fmt.Errorf("find replicas for %s: %w", gone.Round(time.Second), w.list)
		}
	}
	for _, r := range w.replicas {
		text := r.trouble()
		if stale := now.Sub(r.at); text == "" && stale > w.how.Each+askLimit {
			text = fmt.Sprintf("has not answered for %s", stale.Round(time.Second))
		}
		if text != "" {
			if gone := now.Sub(r.good); w.how.Patience > 0 && gone >= w.how.Patience {
				return throttle.Verdict{}, &Stopped{r.link.Name(), text, gone}
			}
			why = append(why, "replica "+r.link.Name()+" "+text)
			continue
		}
		if behind := time.Duration(r.state.Behind) * time.Second; behind > w.how.MaxLag {
			why = append(why, fmt.Sprintf("replica %s lag %s > %s", r.link.Name(), behind, w.how.MaxLag))
		}
	}
	if len(why) > 0 {
		return throttle.Verdict{State: throttle.Hold, Why: strings.Join(why, "; ")}, nil
	}
	return throttle.Verdict{}, nil
}
