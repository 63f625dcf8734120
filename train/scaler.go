package train

import (
	"math"
	"slices"

	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/sae"
)

// Scaler multiplies activations by one number before the SAE sees them
// (sae-lens' ActivationScaler, normalize_activations: expected_average_only_in). It
// is folded into the weights when the SAE is saved.
type Scaler struct{ Factor float64 }

// EstimateScaler returns the scaler that brings the mean norm of the rows of
// batches, each (n, d_in), to √d_in.
func EstimateScaler(dIn int, batches ...[]float32) Scaler {
	var sum float64
	rows := 0
	for _, x := range batches {
		norms := make([]float32, len(x)/dIn)
		kernels.RowNorms(norms, x)
		for _, v := range norms {
			sum += float64(v)
		}
		rows += len(norms)
	}
	if sum == 0 {
		return Scaler{1}
	}
	return Scaler{math.Sqrt(float64(dIn)) * float64(rows) / sum}
}

// Scaling returns what the SAE must undo when it is saved.
func (s Scaler) Scaling() sae.Scaling { return sae.Scaling{Factor: s.Factor, Target: s.Factor} }

// scale returns x times the factor, in dst's memory.
func (s Scaler) scale(dst, x []float32) []float32 {
	dst = slices.Grow(dst[:0], len(x))[:len(x)]
	kernels.Scale(dst, x, float32(s.Factor))
	return dst
}
