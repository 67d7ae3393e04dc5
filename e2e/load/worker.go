package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// outcome of a transaction.
type outcome int

const (
	committed outcome = iota
	rolledBack
	failed
	unknown
)

// worker is one writer.
type worker struct {
	all     *Writers
	source  *source
	session *session // nil after the connection was lost
	rand    *rand.Rand
	deck    []shape // one card for each unit of weight
	insert  shape   // for when no key is known
}

func newWorker(ctx context.Context, all *Writers, n int) (*worker, error) {
	w := &worker{all: all, source: all.sources[all.spec.Kinds[n%len(all.spec.Kinds)]]}
	w.rand = rand.New(rand.NewPCG(all.spec.Seed, uint64(n)))
	for _, c := range all.table.columns { // an unknown type shows here and not in the middle of a run
		if _, err := c.value(w.rand); err != nil {
			return nil, err
		}
	}
	w.deal()
	if len(w.deck) == 0 {
		return nil, fmt.Errorf("the mix has no operation that this table allows")
	}
	var err error
	w.session, err = w.source.open(ctx)
	return w, err
}

// deal lays out the shapes by weight. The shapes of one operation share its weight in turn.
func (w *worker) deal() {
	byOp := map[Op][]shape{}
	for _, s := range w.source.shapes {
		byOp[s.op] = append(byOp[s.op], s)
		if s.op == Insert {
			w.insert = s
		}
	}
	for _, s := range w.source.shapes {
		family := byOp[s.op]
		if s.name != family[0].name {
			continue
		}
		if (s.op == Replace || s.op == Upsert) && w.all.ledger != nil && (!w.all.table.exact || len(w.all.table.uniques) > 1) {
			// The ledger could not tell which rows they touch. With a second unique key MySQL lets a row in between the look at what stands in the
			// way and the statement that takes it away, once in some thousand times; the torture suite compares such writes by a mirror.
			continue
		}
		// Twelve cards for each unit of weight, so that every shape of a family gets one.
		for i := range w.all.spec.Mix[s.op] * 12 {
			w.deck = append(w.deck, family[i%len(family)])
		}
	}
}

// run writes until the writers are stopped.
func (w *worker) run(ctx context.Context) {
	defer func() {
		if w.session != nil {
			w.session.close()
		}
	}()
	var pace <-chan time.Time
	if rate := w.all.spec.Rate; rate > 0 {
		t := time.NewTicker(time.Duration(float64(time.Second) / rate))
		defer t.Stop()
		pace = t.C
	}
	for {
		select {
		case <-w.all.quit:
			return
		default:
		}
		if pace != nil {
			select {
			case <-w.all.quit:
				return
			case <-pace:
			}
		}
		if !w.enterGate() {
			return
		}
		ok := w.transaction(ctx)
		w.all.gate.RUnlock()
		if !ok { // do not spin on a lost server or a broken table
			select {
			case <-w.all.quit:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

// enterGate waits for the end of a pause. It returns false when the writers are stopped meanwhile, so that a test that fails
// during a pause can still clean up.
func (w *worker) enterGate() bool {
	for !w.all.gate.TryRLock() {
		select {
		case <-w.all.quit:
			return false
		case <-time.After(time.Millisecond):
		}
	}
	return true
}

// transaction does one to four operations. It returns false after an error that is not a matter of course between writers.
func (w *worker) transaction(ctx context.Context) bool {
	if w.session == nil {
		var err error
		if w.session, err = w.source.open(ctx); err != nil {
			w.session = nil
			return w.fine("connect", time.Now(), err)
		}
	}
	n := 1
	if w.rand.IntN(3) == 0 {
		n = 2 + w.rand.IntN(3)
	}
	giveUp := n > 1 && w.rand.IntN(5) == 0
	open := n > 1 || w.all.ledger != nil
	if open && !w.say(ctx, "BEGIN") {
		return false
	}
	var ops []Op
	var events []event
	for range n {
		s := w.deck[w.rand.IntN(len(w.deck))]
		op, changes, err := w.operation(ctx, s)
		if err == nil {
			ops, events = append(ops, op), append(events, changes...)
			continue
		}
		ok := w.tolerated(string(op), err)
		if number(err) == errDuplicate {
			continue // only the statement was undone
		}
		if w.lost(err) {
			return ok
		}
		return (!open || w.say(ctx, "ROLLBACK")) && ok
	}
	if giveUp {
		ok := w.say(ctx, "ROLLBACK")
		w.all.tally.transaction(w.source.kind, nil, rolledBack)
		return ok
	}
	return w.commit(ctx, open, ops, events)
}

// commit ends the transaction and enters its changes in the ledger.
func (w *worker) commit(ctx context.Context, open bool, ops []Op, events []event) bool {
	if open {
		at := time.Now()
		err := w.session.plain(ctx, "COMMIT")
		w.all.tally.statement(w.source.kind, "commit", at, err)
		if err != nil {
			ok := w.tolerated("commit", err)
			if !w.lost(err) {
				w.all.tally.transaction(w.source.kind, nil, failed)
				return w.say(ctx, "ROLLBACK") && ok
			}
			for i := range events {
				events[i].unknown = true
			}
			w.enter(events)
			w.all.tally.transaction(w.source.kind, nil, unknown)
			return ok
		}
	}
	w.enter(events)
	if len(ops) > 0 {
		w.all.tally.transaction(w.source.kind, ops, committed)
	}
	return true
}

func (w *worker) enter(events []event) {
	if w.all.ledger != nil {
		w.all.ledger.add(events)
	}
}

// say sends a plain statement.
func (w *worker) say(ctx context.Context, text string) bool {
	at := time.Now()
	return w.fine(text, at, w.session.plain(ctx, text))
}

// fine notes an answer and says whether it was a good one.
func (w *worker) fine(what string, at time.Time, err error) bool {
	w.all.tally.statement(w.source.kind, what, at, err)
	if err == nil {
		return true
	}
	w.tolerated(what, err)
	w.lost(err)
	return false
}

// tolerated says whether the error is one that writers do to one another; if not it is reported.
func (w *worker) tolerated(what string, err error) bool {
	n := number(err)
	if n != 0 && slices.Contains(w.all.spec.Tolerate, n) {
		return n != errLost
	}
	w.all.tally.failure(w.source.kind, what, err)
	return false
}

// lost gives the connection up if the error says that it is gone, or leaves it in an unknown state.
func (w *worker) lost(err error) bool {
	if n := number(err); n != errLost && n != 0 {
		return false
	}
	if w.session != nil {
		w.session.close()
		w.session = nil
	}
	return true
}
