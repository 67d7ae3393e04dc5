package verify

import (
	"slices"
	"sync"
	"time"

	"oscar/chunker"
)

// course is what the sessions of a comparison share: what was compared so far, what was found, and the pace. It never waits for anything but itself.
type course struct {
	mu     sync.Mutex
	result Result
	found  []find // by number, the first few
	sizer  *chunker.Sizer
	rest   time.Time // before it no range is begun
	waits  []string  // what each worker waits for; empty where it works
	tell   func(Progress)
}

// did takes in a range that was read.
func (c *course) did(rows int64, took time.Duration, equal bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sizer.Observe(rows, took)
	c.result.Rows += rows
	c.result.Ranges++
	if !equal {
		c.result.Mismatches++
	}
	c.say("")
}

// repaired takes in that a range that differed is equal now.
func (c *course) repaired() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.result.Repaired++
}

// differs takes in what stays different in a range.
func (c *course) differs(f find) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, _ := slices.BinarySearchFunc(c.found, f, func(a, b find) int { return int(a.number - b.number) })
	c.found = slices.Insert(c.found, at, f)
	c.found = c.found[:min(few, len(c.found))]
}

// enough reports whether there are as many findings as are told. Ranges that were dealt are all finished nonetheless, so that what is told does not
// depend on which session was faster.
func (c *course) enough() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	keys := 0
	for _, f := range c.found {
		if f.cause != nil {
			return true
		}
		keys += len(f.keys)
	}
	return keys >= few || len(c.found) >= few
}

// mismatch is what was found as an error, or nil.
func (c *course) mismatch(t Tables) error {
	if len(c.found) == 0 {
		return nil
	}
	m := &Mismatch{Table: t.Original.Name, New: t.New.Name}
	for _, f := range c.found {
		m.Keys = append(m.Keys, f.keys...)
		if m.Cause == nil {
			m.Cause = f.cause
		}
	}
	m.Keys = m.Keys[:min(few, len(m.Keys))]
	return m
}

// size is how many rows the next range has.
func (c *course) size() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.sizer.Rows()
}

// sleep lets no range begin before a time. It is asked for when a range begins and when one ends, so that several sessions begin no more ranges in a
// time than one that sleeps after each.
func (c *course) sleep(until time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if until.After(c.rest) {
		c.rest = until
	}
}

// awake is when the next range may begin.
func (c *course) awake() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rest
}

// waiting tells what a worker waits for, or with an empty text that it goes on, and a note for the log.
func (c *course) waiting(worker int, why, note string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.waits[worker] = why
	c.say(note)
}

// say tells the progress. The lock is held, so that it is told in order.
func (c *course) say(note string) {
	p := Progress{Rows: c.result.Rows, Ranges: c.result.Ranges, Next: c.sizer.Rows(), Note: note}
	for _, why := range c.waits {
		if why != "" {
			p.Waiting = why
			break
		}
	}
	c.tell(p)
}
