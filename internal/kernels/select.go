package kernels

import (
	"math"
	"slices"
)

// Positive selects what is greater than zero: the ReLU.
func Positive() Selector {
	return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
		for j, v := range h {
			if v > 0 {
				idx, val = append(idx, int32(j)), append(val, v)
			}
		}
		return idx, val
	}
}

// TopPositive selects the k largest values that are greater than zero, which is
// ReLU after top-k. Of equal values the lowest latents win.
func TopPositive(k int) func() Selector {
	return func() Selector {
		s := topK{k: k}
		return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
			return s.selectAbove(h, key(0), idx, val)
		}
	}
}

// Top selects the k largest values, whatever their sign. Of equal values the
// lowest latents win.
func Top(k int) func() Selector {
	return func() Selector {
		s := topK{k: k}
		return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
			return s.selectAbove(h, 0, idx, val)
		}
	}
}

// topK finds the k largest of a row by a histogram over the leading bits of their
// keys: one pass counts, one collects, and only the bucket at the boundary is
// sorted.
type topK struct {
	k        int
	count    [1 << keyBits]int32
	keys     []uint32
	boundary []uint32
}

const keyBits = 12

// key maps a float32 to an integer of the same order.
func key(v float32) uint32 {
	b := math.Float32bits(v)
	if b>>31 != 0 {
		return ^b
	}
	return b | 1<<31
}

// selectAbove appends the k largest values of h whose key is above least.
func (s *topK) selectAbove(h []float32, least uint32, idx []int32, val []float32) ([]int32, []float32) {
	s.keys = resize(s.keys, len(h))
	clear(s.count[:])
	n := 0
	for j, v := range h {
		u := key(v)
		if u <= least {
			u = 0
		} else {
			s.count[u>>(32-keyBits)]++
			n++
		}
		s.keys[j] = u
	}
	threshold, atThreshold := uint32(1), n
	if n > s.k {
		threshold, atThreshold = s.kth()
	}
	for j, u := range s.keys {
		if u < threshold {
			continue
		}
		if u == threshold {
			if atThreshold == 0 {
				continue
			}
			atThreshold--
		}
		idx, val = append(idx, int32(j)), append(val, h[j])
	}
	return idx, val
}

// kth returns the k-th largest key and how many keys equal to it belong to the k
// largest.
func (s *topK) kth() (threshold uint32, equal int) {
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
