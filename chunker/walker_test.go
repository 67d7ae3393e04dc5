package chunker

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rows are a table's keys in order. Keys that differ in case only are equal, as under a case-insensitive collation.
type rows struct {
	keys []string
	fail func() bool // the next question goes unanswered
}

var errNoAnswer = errors.New("no answer")

func (r rows) Next(_ context.Context, left Range, n int64) (Point, error) {
	if r.fail != nil && r.fail() {
		return nil, errNoAnswer
	}
	inside := r.in(left)
	if int64(len(inside)) < n {
		return nil, nil
	}
	return values(inside[n-1]), nil
}

func (r rows) in(x Range) []string {
	var inside []string
	for _, k := range r.keys {
		if (x.After == nil || order(k, x.After[0].sql) > 0) && (x.Upto == nil || order(k, x.Upto[0].sql) <= 0) {
			inside = append(inside, k)
		}
	}
	return inside
}

func (r rows) last() Point {
	if len(r.keys) == 0 {
		return nil
	}
	return values(r.keys[len(r.keys)-1])
}

// order compares numbers by value and other text without regard to case.
func order(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if errX == nil && errY == nil {
		return x - y
	}
	return strings.Compare(strings.ToLower(a), strings.ToLower(b))
}

// walk copies every range that the walker cuts, and fails the test when it does not come to an end.
func walk(t *testing.T, r rows, size func() int64) (copied []string, ranges int) {
	t.Helper()
	for w := NewWalker(r.last()); !w.Done(); ranges++ {
		if ranges > 2*len(r.keys)+2 {
			t.Fatalf("%d ranges and no end for %d rows", ranges, len(r.keys))
		}
		cut, err := w.Cut(t.Context(), r, size())
		if errors.Is(err, errNoAnswer) {
			ranges--
			continue // the same rows are cut again
		}
		if err != nil {
			t.Fatal(err)
		}
		copied = append(copied, r.in(cut)...)
		w.Advance(cut)
	}
	return copied, ranges
}

func TestWalkerCoversEveryRowOnceInOrder(t *testing.T) {
	const seed = 1
	random := rand.New(rand.NewPCG(seed, seed))
	for round := range 400 {
		r := rows{fail: func() bool { return random.IntN(5) == 0 }}
		spread := 1 + random.IntN(200) // a small spread makes equal keys
		for range random.IntN(120) {
			r.keys = append(r.keys, strconv.Itoa(random.IntN(spread)-spread/2))
		}
		slices.SortFunc(r.keys, order)
		most := 1 + random.IntN(40)
		copied, _ := walk(t, r, func() int64 { return 1 + random.Int64N(int64(most)) })
		if !slices.Equal(copied, r.keys) {
			t.Fatalf("round %d of seed %d\n got %v\nwant %v", round, seed, copied, r.keys)
		}
	}
}

func TestWalkerTakesEqualKeysInDifferentSpellings(t *testing.T) {
	r := rows{keys: []string{"a", "A", "b", "B", "b", "c", "C"}}
	for size := int64(1); size <= 8; size++ {
		if copied, _ := walk(t, r, func() int64 { return size }); !slices.Equal(copied, r.keys) {
			t.Errorf("chunks of %d\n got %v\nwant %v", size, copied, r.keys)
		}
	}
}

func TestWalker(t *testing.T) {
	ten := rows{}
	for i := range 10 {
		ten.keys = append(ten.keys, strconv.Itoa(i))
	}
	t.Run("an empty table has no range", func(t *testing.T) {
		if !NewWalker(nil).Done() {
			t.Error("the walker over nothing is not done")
		}
	})
	t.Run("the last range may have fewer rows", func(t *testing.T) {
		if _, ranges := walk(t, ten, func() int64 { return 4 }); ranges != 3 {
			t.Errorf("ranges\n got %d\nwant 3", ranges)
		}
	})
	t.Run("a table of just n rows is one range", func(t *testing.T) {
		if _, ranges := walk(t, ten, func() int64 { return 10 }); ranges != 1 {
			t.Errorf("ranges\n got %d\nwant 1", ranges)
		}
	})
	t.Run("cutting does not move the walker", func(t *testing.T) {
		w := NewWalker(ten.last())
		for n, want := range map[int64]string{8: "7", 4: "3", 2: "1"} {
			cut, err := w.Cut(t.Context(), ten, n)
			if err != nil || cut.After != nil || cut.Upto.SQL() != want {
				t.Errorf("range of %d rows\n got (%s, %s], %v\nwant up to %s", n, cut.After.SQL(), cut.Upto.SQL(), err, want)
			}
		}
	})
	t.Run("the next range begins where the last ended", func(t *testing.T) {
		w := NewWalker(ten.last())
		w.Advance(Range{Upto: values("4")})
		cut, err := w.Cut(t.Context(), ten, 2)
		if err != nil || cut.After.SQL() != "4" || cut.Upto.SQL() != "6" || w.Done() {
			t.Errorf("got (%s, %s], %v, done %v", cut.After.SQL(), cut.Upto.SQL(), err, w.Done())
		}
	})
	t.Run("rows deleted meanwhile leave an empty last range", func(t *testing.T) {
		w := NewWalker(values("9"))
		cut, err := w.Cut(t.Context(), rows{}, 5)
		if err != nil || cut.Upto.SQL() != "9" {
			t.Fatalf("got (%s, %s], %v", cut.After.SQL(), cut.Upto.SQL(), err)
		}
		if w.Advance(cut); !w.Done() {
			t.Error("not done after the last range")
		}
	})
	t.Run("a range has at least one row", func(t *testing.T) {
		if _, err := NewWalker(values("9")).Cut(t.Context(), ten, 0); err == nil {
			t.Error("a range of no rows was cut")
		}
	})
	t.Run("a failed question is an error", func(t *testing.T) {
		r := rows{keys: ten.keys, fail: func() bool { return true }}
		if _, err := NewWalker(values("9")).Cut(t.Context(), r, 1); !errors.Is(err, errNoAnswer) {
			t.Errorf("got %v", err)
		}
	})
}
