package kernels

import (
	"gonum.org/v1/gonum/blas/blas32"
)

// axpy adds a·x to y.
func axpy(a float32, x, y []float32) {
	blas32.Implementation().Saxpy(len(x), a, x, 1, y, 1)
}

// dot returns the inner product of x and y.
func dot(x, y []float32) float32 {
	return blas32.Implementation().Sdot(len(x), x, 1, y, 1)
}

// Decode sets out (rows, dIn) to (c ⊘ div)·W + b. W is (latents, dIn); div
// (latents) and b (dIn) may be nil.
func Decode(out []float32, c *CSR, w, b, div []float32) {
	dIn := len(w) / c.Cols
	For(c.Rows, rowGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := out[i*dIn:][:dIn]
			if b == nil {
				clear(row)
			} else {
				copy(row, b)
			}
			idx, val := c.Row(i)
			for q, j := range idx {
				axpy(divide(val[q], div, j), w[int(j)*dIn:][:dIn], row)
			}
		}
	})
}

// CodeGrad sets g to the gradient of [Decode] at c's codes: the inner product of
// the output's gradient gOut (rows, dIn) with each active row of W, over div.
func CodeGrad(g, c *CSR, w, gOut, div []float32) {
	dIn := len(w) / c.Cols
	g.Like(c)
	For(c.Rows, rowGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			row := gOut[i*dIn:][:dIn]
			for q := c.Ptr[i]; q < c.Ptr[i+1]; q++ {
				j := c.Idx[q]
				g.Val[q] = divide(dot(row, w[int(j)*dIn:][:dIn]), div, j)
			}
		}
	})
}

func divide(v float32, div []float32, j int32) float32 {
	if div == nil {
		return v
	}
	return v / div[j]
}

// RowGrad sets g (latents, dIn) to cᵀ·src: the gradient of a matrix whose rows are
// latents. src is (rows, dIn). Row j is multiplied by scale[j] and divided by
// div[j]; either may be nil.
func RowGrad(g []float32, c *CSR, src, scale, div []float32) {
	dIn := len(g) / c.Cols
	cols := c.columns()
	For(c.Cols, latentGrain, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			row := g[j*dIn:][:dIn]
			clear(row)
			f := factor(scale, div, j)
			for q := cols.ptr[j]; q < cols.ptr[j+1]; q++ {
				axpy(f*c.Val[cols.pos[q]], src[int(cols.row[q])*dIn:][:dIn], row)
			}
		}
	})
}

func factor(scale, div []float32, j int) float32 {
	f := float32(1)
	if scale != nil {
		f = scale[j]
	}
	if div != nil {
		f /= div[j]
	}
	return f
}

// ColSum sets out (latents) to the sums of c's columns, times scale, which may be
// nil.
func ColSum(out []float32, c *CSR, scale []float32) {
	cols := c.columns()
	For(c.Cols, latentGrain, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			var s float64
			for q := cols.ptr[j]; q < cols.ptr[j+1]; q++ {
				s += float64(c.Val[cols.pos[q]])
			}
			out[j] = float32(s) * factor(scale, nil, j)
		}
	})
}

// ActiveRows sets out (latents) to how many rows each latent is active in.
func ActiveRows(out []int32, c *CSR) {
	cols := c.columns()
	for j := range out {
		out[j] = cols.ptr[j+1] - cols.ptr[j]
	}
}

// AddPerLatent sets out to c with f·v[j] added to each entry of latent j.
func AddPerLatent(out, c *CSR, v []float32, f float32) {
	out.Like(c)
	For(len(c.Val), flatGrain, func(lo, hi int) {
		for q := lo; q < hi; q++ {
			out.Val[q] = c.Val[q] + f*v[c.Idx[q]]
		}
	})
}
