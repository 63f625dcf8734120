package train

import (
	"math"
	"slices"

	"github.com/saego/saego/internal/kernels"
)

// Record is one entry of a run's log. Keys are sae-lens' log keys.
type Record struct {
	Step    int // steps taken
	Samples int // rows trained on
	Values  map[string]float64
}

// explainedVariance is 1 − Σ‖x̂ − x‖²/Σ‖x − mean x‖² over the batch (rows, d_in).
func explainedVariance(x, out []float32, dIn int) float64 {
	mean := make([]float32, dIn)
	kernels.ColumnSums(mean, x, float64(dIn)/float64(len(x)))
	var total float64
	for row := range slices.Chunk(x, dIn) {
		for k, v := range row {
			d := float64(v - mean[k])
			total += d * d
		}
	}
	return 1 - kernels.SquaredError(out, x)/total
}

// legacyVariance is the mean over rows of 1 − ‖x̂ − x‖²/‖x − mean x‖², and its
// standard deviation: what sae-lens logged as explained variance before.
func legacyVariance(x, out []float32, dIn int) (mean, std float64) {
	center := make([]float32, dIn)
	kernels.ColumnSums(center, x, float64(dIn)/float64(len(x)))
	n := len(x) / dIn
	values := make([]float64, n)
	for i := range values {
		var e, v float64
		for k := range dIn {
			d := float64(out[i*dIn+k] - x[i*dIn+k])
			c := float64(x[i*dIn+k] - center[k])
			e, v = e+d*d, v+c*c
		}
		values[i] = 1 - e/v
		mean += values[i] / float64(n)
	}
	for _, v := range values {
		std += (v - mean) * (v - mean) / float64(max(n-1, 1))
	}
	return mean, math.Sqrt(std)
}

// windowRecord is what a finished feature window tells.
func windowRecord(log []float32) map[string]float64 {
	var sum float64
	below5, below6 := 0, 0
	for _, v := range log {
		sum += float64(v)
		if v < -5 {
			below5++
		}
		if v < -6 {
			below6++
		}
	}
	return map[string]float64{
		"metrics/mean_log10_feature_sparsity": sum / float64(len(log)),
		"sparsity/below_1e-5":                 float64(below5),
		"sparsity/below_1e-6":                 float64(below6),
	}
}
