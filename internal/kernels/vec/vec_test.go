package vec_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/saego/saego/internal/kernels/vec"
)

// Lengths around those of vectors and of the sixteen parts of a sum.
var lengths = []int{0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100, 768}

func normal(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 7))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// with calls f under each set of instructions but the twins in Go, and then under them:
// the last call gives what the others are compared with.
func with(t *testing.T, f func(name string)) {
	t.Helper()
	before := vec.Name()
	defer func() { _ = vec.Use(before) }()
	for _, name := range vec.Names() {
		if err := vec.Use(name); err != nil {
			t.Fatal(err)
		}
		f(name)
	}
}

// compare holds what f returns under each set to what it returns in Go, within a
// tolerance; and those sets that fuse products with sums to each other, to the bit.
func compare(t *testing.T, tolerance float64, f func() []float32) {
	t.Helper()
	results := map[string][]float32{}
	with(t, func(name string) { results[name] = f() })
	want := results["go"]
	for name, got := range results {
		if len(got) != len(want) {
			t.Fatalf("%s: %d values, in Go %d", name, len(got), len(want))
		}
		for i, v := range want {
			d := math.Abs(float64(got[i] - v))
			if same := got[i] == v || v != v && got[i] != got[i]; !same && !(d <= tolerance*max(1, math.Abs(float64(v)))) {
				t.Fatalf("%s: value %d is %g, in Go %g", name, i, got[i], v)
			}
		}
	}
	if a, b := results["avx512"], results["avx2"]; a != nil && !slices.EqualFunc(a, b, sameBits) {
		t.Error("avx512 and avx2 give other bits")
	}
}

func sameBits(a, b float32) bool { return math.Float32bits(a) == math.Float32bits(b) }

func TestRowsOfAMatrix(t *testing.T) {
	for _, d := range lengths[1:] {
		w, x := normal(9*d, 1), normal(d, 2)
		for _, idx := range [][]int32{nil, {3}, {8, 0, 8}, {0, 1, 2, 3}, {5, 4, 3, 2, 1, 0, 8, 7, 6, 5, 4}} {
			a := normal(len(idx), 3)
			compare(t, 1e-5, func() []float32 {
				y := slices.Clone(x)
				vec.Gather(y, a, idx, w)
				out := make([]float32, len(idx))
				vec.Dots(out, x, idx, w)
				return append(y, out...)
			})
		}
	}
}

// TestBlocks wants of rows in blocks what each row has alone, to the bit.
func TestBlocks(t *testing.T) {
	for _, d := range []int{1, 5, 768} {
		rows := 3*vec.Block(d) + 1 // of w
		if d < 768 {
			rows = 40
		}
		w, x := normal(rows*d, 15), normal(3*d, 16)
		ptr := []int32{2, 2, int32(rows) + 1, int32(rows) + 4} // rows of none, nearly all, and three
		idx := []int32{0, 0}
		for i := range int32(rows) - 1 {
			idx = append(idx, i+1)
		}
		idx = append(idx, 0, int32(rows)/2, int32(rows)-1)
		a, at := normal(len(idx), 17), make([]int32, 3)
		with(t, func(name string) {
			y, alone := slices.Clone(x), slices.Clone(x)
			out, single := make([]float32, len(idx)), make([]float32, len(idx))
			vec.GatherBlocks(y, a, ptr, idx, w, d, at)
			vec.DotsBlocks(out, x, ptr, idx, w, d, at)
			for i := range at {
				from, to := ptr[i], ptr[i+1]
				vec.Gather(alone[i*d:][:d], a[from:to], idx[from:to], w)
				vec.Dots(single[from:to], x[i*d:][:d], idx[from:to], w)
			}
			if !slices.EqualFunc(y, alone, sameBits) || !slices.EqualFunc(out, single, sameBits) {
				t.Errorf("%s, d %d: blocks give other bits", name, d)
			}
		})
	}
}

// TestRowOutside wants a panic, where C would read somewhere.
func TestRowOutside(t *testing.T) {
	for _, row := range []int32{-1, 4} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("row %d of 4: no panic", row)
				}
			}()
			vec.Gather(make([]float32, 8), []float32{1}, []int32{row}, make([]float32, 32))
		}()
	}
}

func TestAbove(t *testing.T) {
	nan := float32(math.NaN())
	for _, n := range lengths {
		h, limit := normal(n, 4), normal(n, 5)
		if n > 8 {
			h[2], h[8], limit[5] = nan, float32(math.Inf(-1)), nan
		}
		for _, floor := range []float32{0, 0.5, -9, 9, nan} {
			compare(t, 0, func() []float32 {
				idx, val := make([]int32, n), make([]float32, n)
				m := vec.Above(idx, val, h, floor)
				out := append([]float32(nil), val[:m]...)
				for _, j := range idx[:m] {
					out = append(out, float32(j))
				}
				m = vec.AboveEach(idx, val, h, limit, floor)
				for _, j := range idx[:m] {
					out = append(out, float32(j))
				}
				return append(out, val[:m]...)
			})
		}
	}
}

func TestElements(t *testing.T) {
	for _, n := range lengths {
		a, b, c := normal(n, 6), normal(n, 7), normal(n, 8)
		compare(t, 1e-6, func() []float32 {
			shifted, scaled, out := slices.Clone(a), slices.Clone(a), make([]float32, n)
			vec.Shift(shifted, b, nil)
			vec.Shift(scaled, b, c)
			all := slices.Concat(shifted, scaled)
			vec.Difference(out, a, b, 0.3)
			all = append(all, out...)
			vec.Scale(out, a, -1.5)
			return append(all, out...)
		})
	}
}

func TestSums(t *testing.T) {
	for _, n := range lengths {
		a, b := normal(n, 9), normal(n, 10)
		compare(t, 1e-6, func() []float32 {
			s := make([]float64, n)
			vec.Accumulate(s, 0.5, a)
			vec.Accumulate(s, -2, b)
			out := []float32{float32(vec.Squares(a)), float32(vec.SquaredError(a, b))}
			for _, v := range s {
				out = append(out, float32(v))
			}
			return out
		})
	}
}

func TestAdam(t *testing.T) {
	s := vec.AdamStep{Clip: 0.7, Beta1: 0.1, Beta2: 0.999, Rest2: 0.001, LR: 1e-3, Root: 0.2, Eps: 1e-8}
	for _, n := range lengths {
		g := normal(n, 11)
		compare(t, 1e-6, func() []float32 {
			p, m, v := normal(n, 12), normal(n, 13), normal(n, 14)
			for i := range v {
				v[i] *= v[i]
			}
			vec.Adam(p, g, m, v, s)
			return slices.Concat(p, m, v)
		})
	}
}

func TestUse(t *testing.T) {
	if err := vec.Use("mmx"); err == nil {
		t.Error("no error for instructions that are not there")
	}
}
