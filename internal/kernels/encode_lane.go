package kernels

import (
	"math"

	"github.com/saego/saego/internal/kernels/vec"
)

// lane is the memory of one goroutine.
type lane struct {
	rows  vec.Rows
	norms []float32 // of the rows
	x     []float32 // of rows to repeat
	top   top
}

// margin is the floor from which a row starts over the smallest value that rows before
// it kept, for their norms.
const margin = 0.8

// encode fills the tile with the codes of n rows.
//
// The k largest of a row are found as its values come: the row's floor starts a little
// below what rows before it kept, in proportion to their norms, and rises to the k-th
// largest so far whenever its room is full. Where the start was too high, the row is
// done again without it.
func (l *lane) encode(t *tile, rule Rule, n int) {
	guessed := l.start(t, rule, n)
	l.run(rule, n)
	t.reserve(l.rows.Count, rule.K)
	least := float32(math.Inf(1))
	var again []int32 // nearly always none
	for i := range n {
		idx, val := l.row(i)
		if rule.K > 0 {
			if guessed && len(val) < rule.K {
				again = append(again, int32(i))
			}
			kept, smallest := l.top.largest(idx, val, rule)
			idx, val = idx[:kept], val[:kept]
			least = min(least, smallest/l.norms[i])
		}
		t.idx, t.val = append(t.idx, idx...), append(t.val, val...)
		t.ends = append(t.ends, int32(len(t.idx)))
	}
	t.floor = 0
	if least > 0 && !math.IsInf(float64(least), 1) {
		t.floor = margin * least
	}
	if len(again) > 0 {
		l.repeat(t, rule, n, again)
	}
}

// reserve empties the tile and makes room for what its rows keep, of each k at most where
// k is not 0.
func (t *tile) reserve(count []int32, k int) {
	total := 0
	for _, n := range count {
		if k > 0 {
			n = min(n, int32(k))
		}
		total += int(n)
	}
	t.idx, t.val, t.ends = resize(t.idx, total)[:0], resize(t.val, total)[:0], resize(t.ends, len(count))[:0]
}

// start sets the floors of n rows, and says whether they are a guess from the tile's last
// rows.
func (l *lane) start(t *tile, rule Rule, n int) (guessed bool) {
	r := &l.rows
	r.Floors = resize(r.Floors, n)
	if rule.K == 0 {
		fill(r.Floors, rule.Least)
		return false
	}
	l.norms = resize(l.norms, n)
	for i := range n {
		l.norms[i] = float32(math.Sqrt(vec.Squares(r.X[i*r.DIn:][:r.DIn])))
		r.Floors[i] = t.floor * l.norms[i]
	}
	if guessed = t.floor > 0; !guessed {
		fill(r.Floors, rule.Least)
	}
	return guessed
}

func fill(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}

// run collects from n rows what is above their floors and the rule's limits.
func (l *lane) run(rule Rule, n int) {
	r := &l.rows
	r.Room = room(r.Latents, rule.K)
	r.Memory = resize(r.Memory, vec.MemorySize(n, r.DIn))
	r.Count = resize(r.Count, n)
	r.Idx, r.Val = resize(r.Idx, n*r.Room), resize(r.Val, n*r.Room)
	clear(r.Count)
	for from := 0; from < r.Latents; {
		if from = r.Encode(from); from < r.Latents {
			l.makeRoom(rule)
		}
	}
}

// makeRoom leaves the k largest to every row that has little room left.
func (l *lane) makeRoom(rule Rule) {
	r := &l.rows
	for i := range r.Count {
		idx, val := l.row(i)
		if len(val) <= r.Room/2 {
			continue
		}
		n, least := l.top.largest(idx, val, rule)
		r.Count[i] = int32(n)
		if n == rule.K {
			r.Floors[i] = belowZero(least)
		}
	}
}

// belowZero is v, but for a zero the value below it: a zero may have either sign, and
// +0 still beats −0.
func belowZero(v float32) float32 {
	if v == 0 {
		return -math.SmallestNonzeroFloat32
	}
	return v
}

// row returns what was collected of row i.
func (l *lane) row(i int) ([]int32, []float32) {
	r := &l.rows
	from := i * r.Room
	n := int(r.Count[i])
	return r.Idx[from : from+n], r.Val[from : from+n]
}

// largest is [top.keep] by what the rule compares; least is a magnitude, then.
func (t *top) largest(idx []int32, val []float32, rule Rule) (n int, least float32) {
	if !rule.Magnitude {
		return t.keep(idx, val, rule.K)
	}
	t.sizes = resize(t.sizes, len(val))
	for q, v := range val {
		t.sizes[q] = float32(math.Abs(float64(v)))
	}
	return t.keepBy(idx, val, t.sizes, rule.K)
}

// repeat does rows of the tile again, from no floor but the rule's, and puts them where
// they belong.
func (l *lane) repeat(t *tile, rule Rule, n int, again []int32) {
	d := l.rows.DIn
	l.x = resize(l.x, len(again)*d)
	for q, i := range again {
		copy(l.x[q*d:][:d], l.rows.X[int(i)*d:])
	}
	old := *t
	l.rows.X, l.rows.Floors = l.x, l.rows.Floors[:len(again)]
	fill(l.rows.Floors, rule.Least)
	l.run(rule, len(again))
	t.idx, t.val, t.ends = nil, nil, nil
	from := int32(0)
	for i := range n {
		idx, val := old.idx[from:old.ends[i]], old.val[from:old.ends[i]]
		if from = old.ends[i]; len(again) > 0 && int(again[0]) == i {
			idx, val = l.row(len(l.rows.Count) - len(again))
			kept, _ := l.top.largest(idx, val, rule)
			idx, val, again = idx[:kept], val[:kept], again[1:]
		}
		t.idx, t.val = append(t.idx, idx...), append(t.val, val...)
		t.ends = append(t.ends, int32(len(t.idx)))
	}
}
