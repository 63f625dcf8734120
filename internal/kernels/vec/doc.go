// Package vec has the inner loops of the kernels: rows gathered and multiplied, values
// compared and kept, a step of Adam, and the encoder's product.
//
// They are written in C, once, for vectors of any length, and compiled for each set of
// instructions: AVX-512 and AVX2 with FMA on x86-64, and what every processor of its
// kind has. The best of them is chosen as the program starts; [Use] takes another. Each
// loop has a twin in plain Go, the set "go", which is its oracle in the tests and what a
// program without cgo runs.
//
// Sums run in sixteen parts whatever the length of a vector is, so that the sets that
// fuse a product with its sum, AVX-512 and AVX2, give the same bits.
package vec

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Env names the environment variable that chooses a set of instructions: a name of
// [Names]. It is for measurements and for looking at differences.
const Env = "SAEGO_KERNELS"

// pureGo is the set of the twins.
const pureGo = "go"

// set is the one in use. It is written by init and Use alone.
var set = best()

func best() string {
	if name := os.Getenv(Env); slices.Contains(Names(), name) {
		return name
	}
	return Names()[0]
}

// Name returns the set of instructions in use.
func Name() string { return set }

// Names lists the sets that this processor and this program have, the fastest first.
func Names() []string { return append(native(), pureGo) }

// Use chooses a set. It is not to be called while others compute.
func Use(name string) error {
	if !slices.Contains(Names(), name) {
		return fmt.Errorf("vec: instructions are %q, want one of %s", name, strings.Join(Names(), ", "))
	}
	set = name
	choose(name)
	return nil
}

// Gather adds Σ_q a[q]·w[idx[q]] to y (d), with w (…, d).
func Gather(y, a []float32, idx []int32, w []float32) {
	d := len(y)
	check(idx, len(w), d)
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
	check(idx, len(w), d)
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

// check panics where a row is not there: C would not notice.
func check(idx []int32, values, d int) {
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

// Shift sets h to (h + b) ⊙ scale; scale may be nil for ones.
func Shift(h, b, scale []float32) {
	b = b[:len(h)]
	if scale != nil {
		scale = scale[:len(h)]
	}
	switch {
	case len(h) == 0:
	case set == pureGo:
		goShift(h, b, scale)
	default:
		shift(h, b, scale)
	}
}

// Difference sets out to f·(a − b); out may be one of them.
func Difference(out, a, b []float32, f float32) {
	a, b = a[:len(out)], b[:len(out)]
	switch {
	case len(out) == 0:
	case set == pureGo:
		goDifference(out, a, b, f)
	default:
		difference(out, a, b, f)
	}
}

// Scale sets out to f·x; out may be x.
func Scale(out, x []float32, f float32) {
	x = x[:len(out)]
	switch {
	case len(out) == 0:
	case set == pureGo:
		goScale(out, x, f)
	default:
		scale(out, x, f)
	}
}

// Squares returns Σ x², summed in float64.
func Squares(x []float32) float64 {
	switch {
	case len(x) == 0:
		return 0
	case set == pureGo:
		return goSquares(x)
	}
	return squares(x)
}

// SquaredError returns Σ (a − b)², summed in float64.
func SquaredError(a, b []float32) float64 {
	b = b[:len(a)]
	switch {
	case len(a) == 0:
		return 0
	case set == pureGo:
		return goSquaredError(a, b)
	}
	return squaredError(a, b)
}

// Accumulate adds f·x to s, in float64.
func Accumulate(s []float64, f float64, x []float32) {
	x = x[:len(s)]
	switch {
	case len(s) == 0:
	case set == pureGo:
		goAccumulate(s, f, x)
	default:
		accumulate(s, f, x)
	}
}

// AdamStep are the numbers of a step of Adam, as kernels.Adam has them from the
// settings.
type AdamStep struct {
	Clip  float32 // factor of the gradient
	Beta1 float32 // 1 − β₁
	Beta2 float32 // β₂
	Rest2 float32 // 1 − β₂
	LR    float32 // over 1 − β₁ᵗ
	Root  float32 // √(1 − β₂ᵗ)
	Eps   float32
}

// Adam takes a step: p, with its gradient and its moments.
func Adam(p, g, m, v []float32, s AdamStep) {
	g, m, v = g[:len(p)], m[:len(p)], v[:len(p)]
	switch {
	case len(p) == 0:
	case set == pureGo:
		goAdam(p, g, m, v, s)
	default:
		adam(p, g, m, v, s)
	}
}
