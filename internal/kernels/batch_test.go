package kernels_test

import (
	"cmp"
	"math"
	"slices"
	"testing"

	"github.com/saego/saego/internal/kernels"
)

// TestBatchTop compares with a sort of all values, over batches that differ, so that a
// floor of the one before is too high, too low or right.
func TestBatchTop(t *testing.T) {
	const dIn, dSAE = 8, 40
	for _, rows := range []int{1, 7, 600, 1100} { // of one tile, of several, and enough to guess by
		for _, k := range []int{1, 3 * rows, 12 * rows, 100 * rows} {
			var enc kernels.BatchTop
			got := kernels.NewCSR(0, dSAE)
			for i, scale := range []float32{1, 1, 1e-3, 50, 1} {
				x := normal(rows*dIn, uint64(10+i))
				for j := range x {
					x[j] *= scale
				}
				a := affine(dIn, dSAE, i%2 == 0)
				enc.Encode(got, x, a, k)
				h := relu(preActivations(x, a))
				want := slices.Clone(h)
				slices.SortFunc(want, func(a, b float64) int { return cmp.Compare(b, a) })
				least := want[min(k, len(want))-1]
				for j, v := range h {
					if v < least {
						h[j] = 0
					}
				}
				near(t, "codes", got.Dense(), h, 1e-4)
				if n := len(got.Val); n > k {
					t.Errorf("%d rows, k %d: %d values are kept", rows, k, n)
				}
			}
		}
	}
}

func relu(h []float64) []float64 {
	for i, v := range h {
		h[i] = max(v, 0)
	}
	return h
}

func TestBatchTopTies(t *testing.T) {
	var enc kernels.BatchTop
	got := kernels.NewCSR(0, 3)
	a := kernels.Affine{DIn: 1, DSAE: 3, W: []float32{1, 1, 1}, B: make([]float32, 3)}
	for range 2 {
		enc.Encode(got, []float32{1, 2, 1}, a, 5)
		if want := []float32{1, 1, 0, 2, 2, 2, 0, 0, 0}; !slices.Equal(got.Dense(), want) {
			t.Errorf("kept %v, want %v: the first of equal values", got.Dense(), want)
		}
	}
}

func TestSelectByThreshold(t *testing.T) {
	nan := float32(math.NaN())
	for _, tt := range []struct {
		name     string
		selector kernels.Activation
		h        []float32
		idx      []int32
		val      []float32
	}{
		{"above", kernels.Above([]float32{1, 1, 1, 0, -2}), []float32{1, 1.5, nan, 0, -1}, []int32{1, 2}, []float32{1.5, nan}},
		{"above by a slack", kernels.AboveBy([]float32{1, 1, 0, -1}, -0.5), []float32{0.5, 0.6, -0.4, -1.6}, []int32{1, 2}, []float32{0.6, -0.4}},
		{
			"gated", always(kernels.Gated([]float32{0, 0, 1, 0}, []float32{0, -5, 0.5, 1}, []float32{2, 2, 2, 2})),
			[]float32{1, 2, -0.2, -1},
			[]int32{0, 2},
			[]float32{2, 0.1},
		},
		{"magnitude", kernels.TopMagnitude(2), []float32{-3, 1, 2, -2}, []int32{0, 2}, []float32{-3, 2}},
		{"below", always(kernels.Below([]float32{1, 0, 2})), []float32{1, -1, 1}, []int32{1, 2}, []float32{-1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			idx, val := tt.selector.NewSelector()(slices.Clone(tt.h), nil, nil)
			same := func(a, b float32) bool { return math.Abs(float64(a-b)) < 1e-6 || a != a && b != b }
			if !slices.Equal(idx, tt.idx) || !slices.EqualFunc(val, tt.val, same) {
				t.Errorf("selected %v %v, want %v %v", idx, val, tt.idx, tt.val)
			}
		})
	}
}

// always makes an activation of a selector that keeps nothing.
func always(s kernels.Selector) kernels.Activation {
	return kernels.ActivationFunc(func() kernels.Selector { return s })
}
