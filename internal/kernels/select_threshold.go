package kernels

import "math"

// Above selects what is greater than both zero and its latent's threshold: the
// JumpReLU. NaN is selected too.
func Above(threshold []float32) func() Selector {
	return func() Selector {
		return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
			threshold := threshold[:len(h)]
			for j, v := range h {
				if !(v <= 0) && !(v <= threshold[j]) {
					idx, val = append(idx, int32(j)), append(val, v)
				}
			}
			return idx, val
		}
	}
}

// AboveBy selects what is greater than its latent's threshold plus slack, of
// either sign. NaN is selected too.
func AboveBy(threshold []float32, slack float32) func() Selector {
	return func() Selector {
		return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
			threshold := threshold[:len(h)]
			for j, v := range h {
				if !(v <= threshold[j]+slack) {
					idx, val = append(idx, int32(j)), append(val, v)
				}
			}
			return idx, val
		}
	}
}

// Gated selects the latents of a gated SAE, whose pre-activation without a bias is
// a: those with a + gate > 0 and a·scale + mag > 0, at the latter's value.
func Gated(gate, mag, scale []float32) func() Selector {
	return func() Selector {
		return func(a []float32, idx []int32, val []float32) ([]int32, []float32) {
			for j, v := range a {
				if v+gate[j] <= 0 {
					continue
				}
				if m := v*scale[j] + mag[j]; !(m <= 0) {
					idx, val = append(idx, int32(j)), append(val, m)
				}
			}
			return idx, val
		}
	}
}

// TopMagnitude selects the k values of the largest magnitude, with their signs. Of
// equal magnitudes the lowest latents win; NaN counts as the largest.
func TopMagnitude(k int) func() Selector {
	return func() Selector {
		choose, size := Top(k)(), []float32(nil)
		return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
			size = resize(size, len(h))
			for j, v := range h {
				size[j] = float32(math.Abs(float64(v)))
			}
			from := len(idx)
			idx, val = choose(size, idx, val)
			for q := from; q < len(idx); q++ {
				val[q] = h[idx[q]]
			}
			return idx, val
		}
	}
}

// Below selects what is less than its latent's threshold.
func Below(threshold []float32) Selector {
	return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
		for j, v := range h {
			if v < threshold[j] {
				idx, val = append(idx, int32(j)), append(val, v)
			}
		}
		return idx, val
	}
}
