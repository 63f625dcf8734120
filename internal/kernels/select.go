package kernels

import "math"

// Positive selects what is greater than zero: the ReLU. NaN is selected too, so
// that a fault reaches the loss.
func Positive() Selector {
	return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
		for j, v := range h {
			if !(v <= 0) {
				idx, val = append(idx, int32(j)), append(val, v)
			}
		}
		return idx, val
	}
}

// TopPositive selects the k largest values that are greater than zero, which is
// ReLU after top-k. Of equal values the lowest latents win; NaN counts as the
// largest.
func TopPositive(k int) func() Selector { return topSelector(k, 0) }

// Top selects the k largest values, whatever their sign. Of equal values the
// lowest latents win; −0 is below 0, and NaN counts as the largest.
func Top(k int) func() Selector { return topSelector(k, float32(math.NaN())) }

func topSelector(k int, lowest float32) func() Selector {
	return func() Selector {
		s := topK{k: k, lowest: lowest, floor: lowest}
		return s.choose
	}
}

// topK finds the k largest values of a row. Rows of one batch are alike, so that
// nearly all latents of a row are ruled out by one comparison with a floor a little
// below the smallest value that the row before kept. A floor that turns out too
// high costs a second pass; it never changes the result.
type topK struct {
	k       int
	lowest  float32 // what can be selected is above it; NaN = everything can
	floor   float32
	latents []int32 // candidates, ascending
	values  []float32
	kth     kth
}

const margin = 0.8 // floor over the smallest value kept

// choose is the [Selector].
func (s *topK) choose(h []float32, idx []int32, val []float32) ([]int32, []float32) {
	s.collect(h, s.floor)
	if len(s.latents) < s.k && !math.IsNaN(float64(s.floor)) && s.floor != s.lowest {
		s.collect(h, s.lowest)
	}
	threshold, atThreshold := uint32(0), len(s.latents)
	if len(s.latents) > s.k {
		s.values = s.values[:0]
		for _, j := range s.latents {
			s.values = append(s.values, h[j])
		}
		threshold, atThreshold = s.kth.find(s.values, s.k)
	}
	least := float32(math.Inf(1))
	for _, j := range s.latents {
		v := h[j]
		if threshold > 0 {
			u := key(v)
			if u < threshold || u == threshold && atThreshold == 0 {
				continue
			}
			if u == threshold {
				atThreshold--
			}
		}
		least = min(least, v)
		idx, val = append(idx, j), append(val, v)
	}
	s.floor = s.lowest
	if threshold > 0 && least > 0 {
		s.floor = margin * least
	}
	return idx, val
}

// collect sets the candidates to what is above floor.
func (s *topK) collect(h []float32, floor float32) {
	s.latents = s.latents[:0]
	for j, v := range h {
		if !(v <= floor) {
			s.latents = append(s.latents, int32(j))
		}
	}
}
