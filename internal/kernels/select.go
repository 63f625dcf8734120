package kernels

import (
	"math"
	"slices"
)

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
	k        int
	lowest   float32 // what can be selected is above it; NaN = everything can
	floor    float32
	latents  []int32  // candidates, ascending
	keys     []uint32 // of the candidates
	count    [1 << keyBits]int32
	boundary []uint32
}

const (
	keyBits = 12
	margin  = 0.8 // floor over the smallest value kept
)

// key maps a float32 to an integer of the same order, with NaN as the largest.
func key(v float32) uint32 {
	if v != v {
		return math.MaxUint32
	}
	b := math.Float32bits(v)
	return b ^ (uint32(int32(b)>>31) | 1<<31)
}

// choose is the [Selector].
func (s *topK) choose(h []float32, idx []int32, val []float32) ([]int32, []float32) {
	s.collect(h, s.floor)
	if len(s.latents) < s.k && !math.IsNaN(float64(s.floor)) && s.floor != s.lowest {
		s.collect(h, s.lowest)
	}
	threshold, atThreshold := uint32(0), len(s.latents)
	if len(s.latents) > s.k {
		threshold, atThreshold = s.kth(h)
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

// kth returns the k-th largest key of the candidates and how many keys equal to it
// belong to the k largest. A histogram over the leading bits leaves one bucket to
// sort.
func (s *topK) kth(h []float32) (threshold uint32, equal int) {
	clear(s.count[:])
	s.keys = resize(s.keys, len(s.latents))
	for i, j := range s.latents {
		u := key(h[j])
		s.keys[i] = u
		s.count[u>>(32-keyBits)]++
	}
	bucket, above := len(s.count)-1, 0
	for ; above+int(s.count[bucket]) < s.k; bucket-- {
		above += int(s.count[bucket])
	}
	s.boundary = s.boundary[:0]
	for _, u := range s.keys {
		if int(u>>(32-keyBits)) == bucket {
			s.boundary = append(s.boundary, u)
		}
	}
	slices.Sort(s.boundary)
	want := s.k - above // of the boundary's largest
	threshold = s.boundary[len(s.boundary)-want]
	for i := len(s.boundary) - want; i < len(s.boundary) && s.boundary[i] == threshold; i++ {
		equal++
	}
	return threshold, equal
}
