package kernels

// Jump is the JumpReLU, f = h·1[h > θ], with the straight-through estimator of its
// gradients: the jump at θ counts as a rectangle of Width around it. Codes are
// pre-activations h; threshold (latents) are θ.
type Jump struct {
	Width   float32 // ε
	ToInput bool    // h has the estimator's gradients, too, not θ alone
}

// Run sets out to f of each entry of h.
func (Jump) Run(out, h *CSR, threshold []float32) {
	Map(out, h, func(_ int, j int32, v float32) float32 {
		if v <= threshold[j] {
			return 0
		}
		return v
	})
}

// Grad sets out to the gradient at h, from g, that at f.
func (j Jump) Grad(out, g, h *CSR, threshold []float32) {
	Map(out, g, func(q int, l int32, v float32) float32 { return j.slope(h.Val[q], threshold[l]) * v })
}

// ThresholdGrad sets out (latents) to the gradient at θ, from g, that at f.
func (j Jump) ThresholdGrad(out []float32, g, h *CSR, threshold []float32) {
	ColReduce(out, g, -1, func(l, q int) float64 {
		return float64(threshold[l] / j.Width * j.inside(h.Val[q], threshold[l]) * g.Val[q])
	})
}

// L0 returns the sum over the rows of c, from row first on, of how many of their entries
// are above θ, or, where target is not 0, of 2/target·(that − target)². Of the entries of
// those rows it sets the derivatives by h and by θ; byCode, which may be nil, and
// byThreshold have a place for each entry of c.
func (j Jump) L0(c *CSR, first int, threshold []float32, target float64, byCode, byThreshold []float32) float64 {
	return sumRowsFrom(c, first, func(lo, hi int) float64 {
		active := 0.0
		for q := lo; q < hi; q++ {
			if c.Val[q] > threshold[c.Idx[q]] {
				active++
			}
		}
		loss, slope := active, 1.0
		if target != 0 {
			loss, slope = 2/target*(active-target)*(active-target), 4/target*(active-target)
		}
		for q := lo; q < hi; q++ {
			d := float32(slope) / j.Width * j.inside(c.Val[q], threshold[c.Idx[q]])
			byThreshold[q] = -d
			if byCode != nil {
				byCode[q] = d
			}
		}
		return loss
	})
}

// inside is 1 where h is within the rectangle around θ, else 0.
func (j Jump) inside(h, threshold float32) float32 {
	d := h - threshold
	if d >= j.Width || d <= -j.Width { // nearly always, while most latents fire
		return 0
	}
	if u := d / j.Width; u > -0.5 && u < 0.5 {
		return 1
	}
	return 0
}

// slope is ∂f/∂h.
func (j Jump) slope(h, threshold float32) float32 {
	var d float32
	if h > threshold {
		d = 1
	}
	if j.ToInput {
		d += threshold / j.Width * j.inside(h, threshold)
	}
	return d
}
