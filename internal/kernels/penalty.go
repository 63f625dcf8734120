package kernels

import "math"

// LpPenalty returns the sum over the rows of c, from row first on, of ‖v ⊙ n‖_p, where n
// are norms (latents); for p = 1 that is Σ v·n. Of the entries of those rows it sets the
// derivatives by the code and by its norm; byCode and byNorm have a place for each entry of
// c.
func LpPenalty(c *CSR, first int, norms []float32, p float64, byCode, byNorm []float32) float64 {
	if p == 1 {
		return sumRowsFrom(c, first, func(lo, hi int) float64 {
			var sum float64
			for q := lo; q < hi; q++ {
				n := norms[c.Idx[q]]
				byCode[q], byNorm[q] = n, c.Val[q]
				sum += float64(c.Val[q]) * float64(n)
			}
			return sum
		})
	}
	return sumRowsFrom(c, first, func(lo, hi int) float64 {
		var sum float64
		for q := lo; q < hi; q++ {
			sum += math.Pow(float64(c.Val[q]*norms[c.Idx[q]]), p)
		}
		norm := math.Pow(sum, 1/p)
		for q := lo; q < hi; q++ {
			v, n := float64(c.Val[q]), float64(norms[c.Idx[q]])
			d := 0.0
			if norm > 0 {
				d = math.Pow(v*n/norm, p-1)
			}
			byCode[q], byNorm[q] = float32(d*n), float32(d*v)
		}
		return norm
	})
}

// TanhPenalty is [LpPenalty] for Σ tanh(scale·v·n).
func TanhPenalty(c *CSR, first int, norms []float32, scale float32, byCode, byNorm []float32) float64 {
	return sumRowsFrom(c, first, func(lo, hi int) float64 {
		var sum float64
		for q := lo; q < hi; q++ {
			v, n := c.Val[q], norms[c.Idx[q]]
			t := math.Tanh(float64(scale * v * n))
			sum += t
			d := scale * float32(1-t*t)
			byCode[q], byNorm[q] = d*n, d*v
		}
		return sum
	})
}

// AddEntries sets out to c, plus f·v at the entries of the rows from first on; v has a
// place for each entry of c.
func AddEntries(out, c *CSR, first int, f float32, v []float32) {
	from := int(c.Ptr[first])
	Map(out, c, func(q int, _ int32, value float32) float32 {
		if q < from {
			return value
		}
		return value + f*v[q]
	})
}

// SumEntries sets out (latents) to f times the sums of v over each latent's entries in the
// rows from first on; v has a place for each entry of c.
func SumEntries(out []float32, c *CSR, first int, f float64, v []float32) {
	colReduceFrom(out, c, first, f, func(_, q int) float64 { return float64(v[q]) })
}

// sumRowsFrom is [SumRows] for the rows from first on.
func sumRowsFrom(c *CSR, first int, f func(lo, hi int) float64) float64 {
	return sum(c.Rows-first, rowGrain, func(lo, hi int) float64 {
		var s float64
		for i := first + lo; i < first+hi; i++ {
			s += f(int(c.Ptr[i]), int(c.Ptr[i+1]))
		}
		return s
	})
}
