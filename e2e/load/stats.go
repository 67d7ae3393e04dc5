package load

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Stats tells what the writers did and saw.
type Stats struct {
	Ops        map[string]int // statements that succeeded, by kind and operation: "prepared/insert"
	Errors     map[uint16]int // by server error number; 2013: connection lost, 0: other errors of the client's side
	Unexpected []string       // the first errors that were not to be tolerated; empty: all is well
	Commits    int            // transactions, single statements included
	Rollbacks  int            // on purpose
	Unknown    int            // transactions whose connection was lost during COMMIT
	Longest    Stall
	Seconds    []Second
}

// Stall is one statement that took its time.
type Stall struct {
	Took time.Duration
	At   time.Time // when it was sent
	What string    // such as "text/update" or "prepared/commit"
}

// Second sums up the statements sent within one second.
type Second struct {
	At            time.Duration // since Start
	N             int
	P50, P99, Max time.Duration
}

// Total is the number of statements that succeeded.
func (s Stats) Total() int {
	n := 0
	for _, v := range s.Ops {
		n += v
	}
	return n
}

// String tells the most important numbers on one line.
func (s Stats) String() string {
	return fmt.Sprintf("%d statements, %d commits, %d rollbacks, longest %s (%s), errors %v", s.Total(), s.Commits, s.Rollbacks,
		s.Longest.Took.Round(time.Millisecond), s.Longest.What, s.Errors)
}

// tally gathers the numbers of all workers.
type tally struct {
	began   time.Time
	done    atomic.Int64 // statements committed
	longest atomic.Int64

	mu    sync.Mutex
	stats Stats
	took  map[int][]time.Duration // by second
}

func newTally() *tally {
	return &tally{began: time.Now(), stats: Stats{Ops: map[string]int{}, Errors: map[uint16]int{}}, took: map[int][]time.Duration{}}
}

// statement notes one answer of the server, good or bad.
func (t *tally) statement(kind Kind, what string, at time.Time, err error) {
	took := time.Since(at)
	t.mu.Lock()
	defer t.mu.Unlock()
	sec := int(at.Sub(t.began) / time.Second)
	t.took[sec] = append(t.took[sec], took)
	if took > t.stats.Longest.Took {
		t.stats.Longest = Stall{took, at, string(kind) + "/" + what}
		t.longest.Store(int64(took))
	}
	if err != nil {
		t.stats.Errors[number(err)]++
	}
}

// failure notes an error that was not to be tolerated.
func (t *tally) failure(kind Kind, what string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.stats.Unexpected) < 20 {
		t.stats.Unexpected = append(t.stats.Unexpected, fmt.Sprintf("%s/%s: %v (%d)", kind, what, err, number(err)))
	}
}

// transaction notes the end of one.
func (t *tally) transaction(kind Kind, ops []Op, end outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, op := range ops {
		t.stats.Ops[string(kind)+"/"+string(op)]++
	}
	switch end {
	case committed:
		t.stats.Commits++
		t.done.Add(int64(len(ops)))
	case rolledBack:
		t.stats.Rollbacks++
	case unknown:
		t.stats.Unknown++
	}
}

// result sorts the times of each second. Call it once the workers have ended.
func (t *tally) result() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := t.stats
	for _, sec := range slices.Sorted(maps.Keys(t.took)) {
		d := t.took[sec]
		slices.Sort(d)
		out.Seconds = append(out.Seconds, Second{At: time.Duration(sec) * time.Second, N: len(d), P50: d[len(d)/2],
			P99: d[min(len(d)-1, len(d)*99/100)], Max: d[len(d)-1]})
	}
	return out
}
