package chunker

import "time"

// Bounds of a chunk in rows. The upper one keeps the locks of a chunk and its warnings countable (SHOW WARNINGS lists at most 65535)
// however fast the server is.
const (
	MinRows = 1
	MaxRows = 50_000
)

// Weight of the past against the newest chunk, as in pt-online-schema-change.
const memory = 0.75

// Sizer decides how many rows the next chunk has, so that a chunk takes Target. It is a pure function of what it was told.
type Sizer struct {
	target time.Duration
	start  int64
	size   int64
	most   int64
	rows   float64 // weighted sums over past chunks
	secs   float64
}

// NewSizer starts with a size in rows. A target of 0 keeps that size, but for what Halve does.
func NewSizer(rows int64, target time.Duration) *Sizer {
	return (&Sizer{target: target, start: rows, size: rows}).AtMost(MaxRows)
}

// AtMost bounds the size from above, below MaxRows.
func (s *Sizer) AtMost(rows int64) *Sizer {
	s.most = min(rows, MaxRows)
	s.start, s.size = s.clamp(s.start), s.clamp(s.size)
	return s
}

// Rows is the size of the next chunk.
func (s *Sizer) Rows() int64 { return s.size }

// Observe takes in a chunk that is done: its rows and how long its copy statement took. Chunks without rows say nothing about speed.
// The size grows at most tenfold at a time: one small first chunk is a poor judge.
func (s *Sizer) Observe(rows int64, took time.Duration) {
	if rows <= 0 || took <= 0 {
		return
	}
	if s.target <= 0 {
		s.size = min(s.start, s.size*2) // back from what Halve left
		return
	}
	s.rows = s.rows*memory + float64(rows)
	s.secs = s.secs*memory + took.Seconds()
	want := s.rows / s.secs * s.target.Seconds()
	s.size = s.clamp(int64(min(want, float64(s.size)*10)))
}

// Halve makes the next chunk half as large, after one that could not get its locks. What was learnt about speed is forgotten, so that
// the size comes back step by step.
func (s *Sizer) Halve() {
	s.size = s.clamp(s.size / 2)
	s.rows, s.secs = 0, 0
}

func (s *Sizer) clamp(rows int64) int64 { return max(MinRows, min(s.most, rows)) }
