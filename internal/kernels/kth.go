package kernels

import (
	"math"
	"slices"
)

// kth finds the k-th largest of many values. It keeps its memory.
type kth struct {
	keys     []uint32
	count    [1 << keyBits]int32
	boundary []uint32
}

const keyBits = 12

// key maps a float32 to an integer of the same order, with NaN as the largest.
func key(v float32) uint32 {
	if v != v {
		return math.MaxUint32
	}
	b := math.Float32bits(v)
	return b ^ (uint32(int32(b)>>31) | 1<<31)
}

// value is the inverse of [key].
func value(u uint32) float32 {
	if u&(1<<31) != 0 {
		return math.Float32frombits(u &^ (1 << 31))
	}
	return math.Float32frombits(^u)
}

// find returns the k-th largest key of values, of which there are more than k, and
// how many keys equal to it belong to the k largest. A histogram over the leading
// bits leaves one bucket to sort.
func (s *kth) find(values []float32, k int) (threshold uint32, equal int) {
	clear(s.count[:])
	s.keys = resize(s.keys, len(values))
	for i, v := range values {
		u := key(v)
		s.keys[i] = u
		s.count[u>>(32-keyBits)]++
	}
	bucket, above := len(s.count)-1, 0
	for ; above+int(s.count[bucket]) < k; bucket-- {
		above += int(s.count[bucket])
	}
	s.boundary = s.boundary[:0]
	for _, u := range s.keys {
		if int(u>>(32-keyBits)) == bucket {
			s.boundary = append(s.boundary, u)
		}
	}
	slices.Sort(s.boundary)
	want := k - above // of the boundary's largest
	threshold = s.boundary[len(s.boundary)-want]
	for i := len(s.boundary) - want; i < len(s.boundary) && s.boundary[i] == threshold; i++ {
		equal++
	}
	return threshold, equal
}
