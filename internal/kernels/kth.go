package kernels

import (
	"math"
	"math/bits"
	"slices"
)

// kth finds the k-th largest of many values. It keeps its memory.
type kth struct {
	keys     []uint32
	count    []int32
	boundary []uint32
}

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
// how many keys equal to it belong to the k largest. A histogram over the range of the
// keys, of about as many buckets as there are keys, leaves few of them to sort.
func (s *kth) find(values []float32, k int) (threshold uint32, equal int) {
	s.keys = resize(s.keys, len(values))
	lowest, highest := uint32(math.MaxUint32), uint32(0)
	for i, v := range values {
		u := key(v)
		s.keys[i] = u
		lowest, highest = min(lowest, u), max(highest, u)
	}
	buckets := min(max(bits.Len(uint(len(values))), 6), 14)
	shift := max(bits.Len32(highest-lowest)-buckets, 0)
	s.count = resize(s.count, 1<<buckets)
	clear(s.count)
	for _, u := range s.keys {
		s.count[(u-lowest)>>shift]++
	}
	bucket, above := (highest-lowest)>>shift, 0
	for ; above+int(s.count[bucket]) < k; bucket-- {
		above += int(s.count[bucket])
	}
	s.boundary = s.boundary[:0]
	for _, u := range s.keys {
		if (u-lowest)>>shift == bucket {
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

// take says whether v is among the values that [kth.find] counted, which it hears of
// in their order.
func take(v float32, threshold uint32, equal *int) bool {
	u := key(v)
	if u == threshold {
		*equal--
		return *equal >= 0
	}
	return u > threshold
}

// top keeps the largest of a list. It keeps its memory.
type top struct {
	kth   kth
	sizes []float32
}

// keep moves the k largest values to the front, in their order, with their latents. It
// returns how many there are and the least of them. Of equal values the first win.
func (t *top) keep(idx []int32, val []float32, k int) (n int, least float32) {
	return t.keepBy(idx, val, val, k)
}

// keepBy is keep for the values whose sizes are the largest; least is such a size.
func (t *top) keepBy(idx []int32, val, size []float32, k int) (n int, least float32) {
	if len(size) <= k {
		least = float32(math.Inf(1))
		for _, v := range size {
			least = min(least, v)
		}
		return len(size), least
	}
	threshold, equal := t.kth.find(size, k)
	for q, v := range size {
		if take(v, threshold, &equal) {
			idx[n], val[n] = idx[q], val[q]
			n++
		}
	}
	return n, value(threshold)
}
