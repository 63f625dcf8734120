package kernels_test

import (
	"math"
	"slices"
	"testing"

	"github.com/saego/saego/internal/kernels"
)

func TestSelect(t *testing.T) {
	nan, inf, minusZero := float32(math.NaN()), float32(math.Inf(1)), float32(math.Copysign(0, -1))
	negativeNaN := float32(math.Copysign(math.NaN(), -1))
	for _, tt := range []struct {
		name     string
		selector kernels.Activation
		h        []float32
		want     []int32
	}{
		{"relu", kernels.Positive(), []float32{-1, 2, 0, minusZero, 3}, []int32{1, 4}},
		{"relu keeps NaN", kernels.Positive(), []float32{-1, nan, negativeNaN, 3}, []int32{1, 2, 3}},
		{"ties: the lowest latents win", kernels.TopPositive(2), []float32{1, 2, 2, 2, 1}, []int32{1, 2}},
		{"ties beside larger ones", kernels.TopPositive(3), []float32{1, 2, 1, 3, 1}, []int32{0, 1, 3}},
		{"fewer than k", kernels.TopPositive(3), []float32{-1, 2, -3, 0, minusZero}, []int32{1}},
		{"none", kernels.TopPositive(2), []float32{-1, -2, minusZero}, nil},
		{"k is all", kernels.TopPositive(3), []float32{1, 2, 3}, []int32{0, 1, 2}},
		{"infinite", kernels.TopPositive(1), []float32{1, inf, 2}, []int32{1}},
		{"NaN is the largest", kernels.TopPositive(2), []float32{5, nan, 6, 7}, []int32{1, 3}},
		{"NaN of either sign", kernels.TopPositive(2), []float32{negativeNaN, 6, 7}, []int32{0, 2}},
		{"either sign", kernels.Top(2), []float32{-5, -1, -3, -2}, []int32{1, 3}},
		{"either sign, ties", kernels.Top(2), []float32{-1, -1, -1}, []int32{0, 1}},
		{"minus zero is below zero", kernels.Top(1), []float32{minusZero, 0}, []int32{1}},
		{"either sign, more than all", kernels.Top(5), []float32{-5, 0, 3}, []int32{0, 1, 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			choose := tt.selector.NewSelector()
			// Rows before it set a floor far above and far below.
			for _, before := range [][]float32{nil, {900, 800, 700, 600, 500}, {1e-9, 2e-9, 3e-9, 4e-9, -1}} {
				if before != nil {
					choose(before, nil, nil)
				}
				idx, val := choose(slices.Clone(tt.h), nil, nil)
				if !slices.Equal(idx, tt.want) {
					t.Errorf("after %v: latents %v, want %v", before, idx, tt.want)
				}
				for q, j := range idx {
					if math.Float32bits(val[q]) != math.Float32bits(tt.h[j]) {
						t.Errorf("latent %d has %g, want %g", j, val[q], tt.h[j])
					}
				}
			}
		})
	}
}

// FuzzTopPositive wants what sorting gives, on rows of any bits.
func FuzzTopPositive(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4, 5, 0x80, 0x7f}, uint8(2))
	f.Fuzz(func(t *testing.T, bits []byte, k uint8) {
		h := make([]float32, len(bits))
		want := make([]float64, len(bits))
		for i, b := range bits {
			h[i] = float32(int8(b)) / 4
			want[i] = float64(h[i])
		}
		if len(h) == 0 || k == 0 {
			return
		}
		choose := kernels.TopPositive(int(k)).NewSelector()
		choose(normal(40, uint64(k)), nil, nil)
		got := make([]float32, len(h))
		idx, val := choose(h, nil, nil)
		for q, j := range idx {
			got[j] = val[q]
		}
		near(t, "selection", got, keepLargest(want, len(h), int(k), true), 0)
	})
}
