package train

import (
	"math"

	"github.com/saego/saego/internal/kernels"
)

// Scaler multiplies activations by one number before the SAE sees them
// (sae-lens' ActivationScaler, normalize_activations: expected_average_only_in). It
// is folded into the weights when the SAE is saved.
type Scaler struct{ Factor float64 }

// EstimateScaler returns the scaler that brings the mean norm of rows (n, d_in) to
// √d_in.
func EstimateScaler(rows []float32, dIn int) Scaler {
	n := len(rows) / dIn
	norms := make([]float32, n)
	kernels.RowNorms(norms, rows)
	var sum float64
	for _, v := range norms {
		sum += float64(v)
	}
	if sum == 0 {
		return Scaler{1}
	}
	return Scaler{math.Sqrt(float64(dIn)) * float64(n) / sum}
}

// scale returns x times the factor, in dst's memory.
func (s Scaler) scale(dst, x []float32) []float32 {
	dst = append(dst[:0], x...)
	kernels.Scale(dst, x, float32(s.Factor))
	return dst
}
