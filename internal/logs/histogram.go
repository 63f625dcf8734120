package logs

import "math"

// bins is the number of bins of a histogram: wandb.Histogram's default.
const bins = 64

// histogram counts values in bins of equal width, as numpy.histogram(values, 64)
// does and wandb.Histogram by it. Its JSON is W&B's.
type histogram struct {
	Type   string    `json:"_type"`
	Counts []int     `json:"values"` // the last bin includes its upper edge
	Edges  []float64 `json:"bins"`   // one more than counts, from the least value to the largest

	n, sum, squares float64 // of the values
}

// newHistogram counts the finite values; ok is false if there are none.
func newHistogram(values []float32) (h histogram, ok bool) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if x := float64(v); finite(x) {
			low, high = min(low, x), max(high, x)
		}
	}
	if low > high {
		return h, false
	}
	if low == high { // numpy's way out, where half is more than rounding
		half := max(0.5, math.Abs(low)*1e-9)
		low, high = low-half, high+half
	}
	h = histogram{Type: "histogram", Counts: make([]int, bins), Edges: make([]float64, bins+1)}
	for i := range h.Edges {
		h.Edges[i] = low + float64(i)*((high-low)/bins)
	}
	h.Edges[bins] = high
	for _, v := range values {
		if x := float64(v); finite(x) {
			// Rounding puts no float32 on the wrong side of an edge: tests try.
			h.Counts[min(int((x-low)/(high-low)*bins), bins-1)]++
			h.n, h.sum, h.squares = h.n+1, h.sum+x, h.squares+x*x
		}
	}
	return h, true
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
