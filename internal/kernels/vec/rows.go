package vec

import "fmt"

// Gather adds Σ_q a[q]·w[idx[q]] to y (d), with w (…, d).
func Gather(y, a []float32, idx []int32, w []float32) {
	d := len(y)
	Check(idx, len(w), d)
	if len(idx) == 0 || d == 0 {
		return
	}
	if set == pureGo {
		goGather(y, a, idx, w)
		return
	}
	gather(y, a[:len(idx)], idx, w)
}

// Dots sets out[q] to x·w[idx[q]], with x (d) and w (…, d).
func Dots(out, x []float32, idx []int32, w []float32) {
	d := len(x)
	Check(idx, len(w), d)
	if out = out[:len(idx)]; len(idx) == 0 || d == 0 {
		clear(out)
		return
	}
	if set == pureGo {
		goDots(out, x, idx, w)
		return
	}
	dots(out, x, idx, w)
}

// Check panics where idx names a row that w, of so many values in rows of d, does not
// have: C would not notice.
func Check(idx []int32, values, d int) {
	if d == 0 {
		return
	}
	rows := uint32(values / d)
	for _, i := range idx {
		if uint32(i) >= rows {
			panic(fmt.Sprintf("vec: row %d of %d", i, rows))
		}
	}
}

// Above sets idx and val, which have room for all of h, to what is above the floor, in
// ascending order, and returns how many there are. NaN is above everything, and
// everything is above a floor that is NaN.
func Above(idx []int32, val, h []float32, floor float32) int {
	idx, val = idx[:len(h)], val[:len(h)]
	switch {
	case len(h) == 0:
		return 0
	case set == pureGo:
		return goAbove(idx, val, h, floor)
	}
	return above(idx, val, h, floor)
}

// AboveEach is [Above] with a floor for each value: limit[j], or least where that is
// more.
func AboveEach(idx []int32, val, h, limit []float32, least float32) int {
	idx, val, limit = idx[:len(h)], val[:len(h)], limit[:len(h)]
	switch {
	case len(h) == 0:
		return 0
	case set == pureGo:
		return goAboveEach(idx, val, h, limit, least)
	}
	return aboveEach(idx, val, h, limit, least)
}
