package chunker

import (
	"context"
	"fmt"
)

// Range covers the rows with After < key <= Upto; a nil end is open. Ranges that follow one another share no row and leave none out.
type Range struct {
	After Point
	Upto  Point
}

// bounds asks the server for the key of the n-th row of what is left; nil when fewer rows are left.
type bounds interface {
	Next(ctx context.Context, left Range, n int64) (Point, error)
}

// Walker cuts the rows up to a last key into ranges, one after the other. Rows beyond the last key are not its matter: they were written
// after capture began.
type Walker struct {
	left  Range
	ended bool
}

// NewWalker starts before the first row; last is the key of the last row, nil for an empty table.
func NewWalker(last Point) *Walker {
	return &Walker{left: Range{Upto: last}, ended: last == nil}
}

// Done reports whether every row up to the last key has been passed.
func (w *Walker) Done() bool { return w.ended }

// Cut asks for the next range of n rows; the last one may have fewer, and none at all when rows were deleted. With a key that is not
// unique it has more when equal keys go on past the n-th row. Cut does not move the walker: after a failure the same rows can be cut smaller.
func (w *Walker) Cut(ctx context.Context, b bounds, n int64) (Range, error) {
	if n < 1 {
		return Range{}, fmt.Errorf("cut a range of %d rows: a range has at least one", n)
	}
	upto, err := b.Next(ctx, w.left, n)
	if err != nil {
		return Range{}, err
	}
	if upto == nil {
		return w.left, nil
	}
	return Range{After: w.left.After, Upto: upto}, nil
}

// Advance moves past a range that Cut gave and that is done.
func (w *Walker) Advance(r Range) {
	w.left.After = r.Upto
	if same(r.Upto, w.left.Upto) {
		w.ended = true
	}
}

// same compares the literals of two points. Equal keys that the server spells differently ("a" and "A") only make one more, empty range.
func same(a, b Point) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
