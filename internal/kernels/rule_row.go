package kernels

import (
	"math"
	"slices"

	"github.com/saego/saego/internal/kernels/vec"
)

// ruleRow applies a [Rule] to rows that lie in memory. Rows of one batch are alike, so
// that nearly all latents of a row are ruled out by one comparison with a floor a
// little below the smallest value that the row before kept. A floor that turns out too
// high costs a second pass; it never changes the result.
type ruleRow struct {
	rule  Rule
	floor float32 // 0 = none
	limit []float32
	sizes []float32 // of the row, where magnitudes are compared
	top   top
}

// NewSelector implements [Activation].
func (r Rule) NewSelector() Selector {
	s := &ruleRow{rule: r}
	return s.choose
}

func (s *ruleRow) choose(h []float32, idx []int32, val []float32) ([]int32, []float32) {
	from, compared := len(idx), h
	if s.rule.Magnitude {
		s.sizes = resize(s.sizes, len(h))
		for j, v := range h {
			s.sizes[j] = float32(math.Abs(float64(v)))
		}
		compared = s.sizes
	}
	idx, val = slices.Grow(idx, len(h)), slices.Grow(val, len(h))
	k, floor := s.rule.K, s.rule.Least
	guessed := k > 0 && s.floor > 0
	if guessed {
		floor = s.floor
	}
	n := s.collect(idx[from:from+len(h)], val[from:from+len(h)], compared, floor)
	if guessed && n < k {
		n = s.collect(idx[from:from+len(h)], val[from:from+len(h)], compared, s.rule.Least)
	}
	idx, val = idx[:from+n], val[:from+n]
	if k > 0 {
		var least float32
		n, least = s.top.keep(idx[from:], val[from:], k)
		idx, val = idx[:from+n], val[:from+n]
		if s.floor = 0; n == k && least > 0 {
			s.floor = margin * least
		}
	}
	if s.rule.Magnitude {
		for q := from; q < len(idx); q++ {
			val[q] = h[idx[q]]
		}
	}
	return idx, val
}

func (s *ruleRow) collect(idx []int32, val, h []float32, floor float32) int {
	if s.rule.Limit == nil {
		return vec.Above(idx, val, h, floor)
	}
	s.limit = s.rule.limits(s.limit, len(h))
	return vec.AboveEach(idx, val, h, s.limit, floor)
}

// limits returns Limit + Slack, in dst's memory where there is slack; nil where there
// is no limit.
func (r Rule) limits(dst []float32, n int) []float32 {
	if r.Limit == nil || r.Slack == 0 {
		return r.Limit
	}
	dst = resize(dst, n)
	for j, v := range r.Limit[:n] {
		dst[j] = v + r.Slack
	}
	return dst
}
