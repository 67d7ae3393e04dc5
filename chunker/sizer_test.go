package chunker

import (
	"testing"
	"time"
)

func TestSizerComesToTheTarget(t *testing.T) {
	const target = 500 * time.Millisecond
	tests := map[string]struct {
		start int64
		fixed time.Duration // cost of a chunk
		row   time.Duration // cost of a row
		want  int64
	}{
		"rows are cheaper than the first guess": {start: 1000, fixed: 2 * time.Millisecond, row: 20 * time.Microsecond, want: 25_000},
		"rows are dearer than the first guess":  {start: 1000, fixed: 2 * time.Millisecond, row: 5 * time.Millisecond, want: 100},
		"the first guess was right":             {start: 500, row: time.Millisecond, want: 500},
		"a tiny start grows step by step":       {start: 1, fixed: time.Millisecond, row: 100 * time.Microsecond, want: 5000},
		"a fast server stays under the limit":   {start: 1000, row: time.Nanosecond, want: MaxRows},
		"a very slow server still copies a row": {start: 1000, row: 10 * time.Second, want: MinRows},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := NewSizer(test.start, target)
			for range 8 {
				before := s.Rows()
				s.Observe(before, test.fixed+time.Duration(before)*test.row)
				if s.Rows() > 10*before || s.Rows() < MinRows || s.Rows() > MaxRows {
					t.Fatalf("the size went from %d to %d", before, s.Rows())
				}
			}
			if got := s.Rows(); got < test.want*8/10 || got > test.want*12/10 {
				t.Errorf("size after eight chunks\n got %d\nwant %d, give or take a fifth", got, test.want)
			}
		})
	}
}

func TestSizerFollowsAServerThatSlowsDown(t *testing.T) {
	s := NewSizer(1000, time.Second)
	for range 8 {
		s.Observe(s.Rows(), time.Duration(s.Rows())*50*time.Microsecond)
	}
	for range 8 {
		s.Observe(s.Rows(), time.Duration(s.Rows())*time.Millisecond)
	}
	if got := s.Rows(); got < 800 || got > 2000 {
		t.Errorf("size\n got %d\nwant near 1000", got)
	}
}

func TestSizer(t *testing.T) {
	const target = time.Second
	tests := map[string]struct {
		sizer *Sizer
		act   func(*Sizer)
		want  int64
	}{
		"it starts with the size it is given":        {NewSizer(1000, target), func(*Sizer) {}, 1000},
		"a start below one row is one row":           {NewSizer(0, target), func(*Sizer) {}, MinRows},
		"a start above the limit is the limit":       {NewSizer(1<<40, target), func(*Sizer) {}, MaxRows},
		"a chunk without rows says nothing":          {NewSizer(1000, target), func(s *Sizer) { s.Observe(0, time.Hour) }, 1000},
		"a chunk without time says nothing":          {NewSizer(1000, target), func(s *Sizer) { s.Observe(1000, 0) }, 1000},
		"it grows tenfold at most":                   {NewSizer(100, target), func(s *Sizer) { s.Observe(100, time.Microsecond) }, 1000},
		"it shrinks at once":                         {NewSizer(1000, target), func(s *Sizer) { s.Observe(1000, 100*time.Second) }, 10},
		"half after a lock":                          {NewSizer(1000, target), (*Sizer).Halve, 500},
		"one row cannot be halved":                   {NewSizer(1, target), (*Sizer).Halve, MinRows},
		"after a lock the past is forgotten":         {NewSizer(1000, target), func(s *Sizer) { s.Observe(1000, time.Hour); s.Halve(); s.Observe(1, time.Millisecond) }, 10},
		"without a target the size stays":            {NewSizer(1000, 0), func(s *Sizer) { s.Observe(1000, time.Hour); s.Observe(1000, time.Nanosecond) }, 1000},
		"without a target a lock halves too":         {NewSizer(1000, 0), (*Sizer).Halve, 500},
		"without a target the size comes back":       {NewSizer(1000, 0), func(s *Sizer) { s.Halve(); s.Halve(); s.Observe(250, time.Second) }, 500},
		"and does not go beyond where it began":      {NewSizer(1000, 0), func(s *Sizer) { s.Halve(); s.Observe(500, time.Second); s.Observe(1000, time.Second) }, 1000},
		"the newest chunk counts more than the past": {NewSizer(1000, target), func(s *Sizer) { s.Observe(1000, time.Second); s.Observe(1000, 2*time.Second) }, 636},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.act(test.sizer)
			if got := test.sizer.Rows(); got != test.want {
				t.Errorf("rows\n got %d\nwant %d", got, test.want)
			}
		})
	}
}
