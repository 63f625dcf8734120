package kernels

import (
	"math"

	"github.com/saego/saego/internal/kernels/vec"
)

// RowStats are what a row was shifted and divided by before it was encoded.
type RowStats struct {
	Mean, Scale []float32 // per row; Mean is nil where nothing was subtracted
}

const layerNormEps = 1e-5 // sae-lens'

// LayerNorm sets out to (x − μ)/(σ + 1e-5) in each row of d values, with σ the
// unbiased standard deviation (sae-lens' run_time_activation_ln_in), and returns μ
// and σ in the memory of s.
func LayerNorm(out, x []float32, d int, s RowStats) RowStats {
	n := len(x) / d
	s.Mean, s.Scale = resize(s.Mean, n), resize(s.Scale, n)
	For(n, rowGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row, o := x[i*d:][:d], out[i*d:][:d]
			var sum, squares float64
			for _, v := range row {
				sum += float64(v)
			}
			mean := sum / float64(d)
			for _, v := range row {
				squares += (float64(v) - mean) * (float64(v) - mean)
			}
			std := math.Sqrt(squares / float64(max(d-1, 1)))
			for k, v := range row {
				o[k] = float32((float64(v) - mean) / (std + layerNormEps))
			}
			s.Mean[i], s.Scale[i] = float32(mean), float32(std)
		}
	})
	return s
}

// ConstantNorm sets out to x·√d/‖x‖ in each row of d values (sae-lens'
// constant_norm_rescale) and returns ‖x‖/√d in the memory of s. A row of zeros
// stays.
func ConstantNorm(out, x []float32, d int, s RowStats) RowStats {
	n := len(x) / d
	s.Mean, s.Scale = nil, resize(s.Scale, n)
	For(n, rowGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row, o := x[i*d:][:d], out[i*d:][:d]
			norm := math.Sqrt(vec.Squares(row) / float64(d))
			if norm == 0 {
				norm = 1
			}
			for k, v := range row {
				o[k] = float32(float64(v) / norm)
			}
			s.Scale[i] = float32(norm)
		}
	})
	return s
}

// Undo sets out to x·scale + mean in each row of d values. out may be x. The rows
// of x may be several times those of s: they repeat.
func (s RowStats) Undo(out, x []float32, d int) { s.rows(out, x, d, s.Mean) }

// Rescale is [RowStats.Undo] without the mean: the gradient's way back.
func (s RowStats) Rescale(out, x []float32, d int) { s.rows(out, x, d, nil) }

func (s RowStats) rows(out, x []float32, d int, mean []float32) {
	n := len(s.Scale)
	For(len(x)/d, rowGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			shiftRow(out[i*d:][:d], x[i*d:], i%n, s.Scale, mean)
		}
	})
}

// undoRow is [RowStats.Undo] for row i alone.
func (s RowStats) undoRow(out, x []float32, i int) { shiftRow(out, x, i, s.Scale, s.Mean) }

func shiftRow(out, x []float32, i int, scale, mean []float32) {
	f, shift := scale[i], float32(0)
	if mean != nil {
		shift = mean[i]
	}
	for k, v := range x[:len(out)] {
		out[k] = v*f + shift
	}
}
