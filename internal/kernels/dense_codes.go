package kernels

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/gonum"
)

// A ReLU SAE starts with half of its latents active. Codes of which more than this
// share are active are multiplied as matrices with their zeros, which a BLAS does
// several times faster for each number. docs/performance.md has the measurement.
const denseShare = 0.22

// Sizes of what is laid out with its zeros at a time.
const (
	denseRows    = 256 // rows of codes, of all latents
	denseLatents = 512 // latents, of all rows
)

// dense says whether c is to be multiplied with its zeros. Without a BLAS of its own a
// program does not gain by it.
func (c *CSR) dense() bool {
	if float64(len(c.Val)) <= denseShare*float64(c.Rows)*float64(c.Cols) {
		return false
	}
	_, pure := blas32.Implementation().(gonum.Implementation)
	return !pure
}

// decodeDense is [Decode].
func decodeDense(out []float32, c *CSR, w, b, div []float32) {
	dIn := len(w) / c.Cols
	For(c.Rows, denseRows, func(lo, hi int) {
		h := denseLists.take((hi - lo) * c.Cols)
		clear(h)
		for i := lo; i < hi; i++ {
			row := h[(i-lo)*c.Cols:][:c.Cols]
			idx, val := c.Row(i)
			for q, j := range idx {
				row[j] = divide(val[q], div, j)
			}
			if b != nil {
				copy(out[i*dIn:][:dIn], b)
			}
		}
		beta := float32(0)
		if b != nil {
			beta = 1
		}
		blas32.Implementation().Sgemm(blas.NoTrans, blas.NoTrans, hi-lo, dIn, c.Cols,
			1, h, c.Cols, w, dIn, beta, out[lo*dIn:], dIn)
		denseLists.give(h)
	})
}

func divide(v float32, div []float32, j int32) float32 {
	if div == nil {
		return v
	}
	return v / div[j]
}

// codeGradDense is [CodeGrad] for a g that has c's pattern.
func codeGradDense(g *CSR, w, gOut, div []float32) {
	dIn := len(w) / g.Cols
	For(g.Rows, denseRows, func(lo, hi int) {
		h := denseLists.take((hi - lo) * g.Cols)
		blas32.Implementation().Sgemm(blas.NoTrans, blas.Trans, hi-lo, g.Cols, dIn,
			1, gOut[lo*dIn:], dIn, w, dIn, 0, h, g.Cols)
		for i := lo; i < hi; i++ {
			row := h[(i-lo)*g.Cols:][:g.Cols]
			idx, val := g.Row(i)
			for q, j := range idx {
				val[q] = divide(row[j], div, j)
			}
		}
		denseLists.give(h)
	})
}

// rowGradDense is [RowGrad], or [AddRowGrad].
func rowGradDense(g []float32, c *CSR, src, scale, div []float32, add bool) {
	beta := float32(0)
	if add {
		beta = 1
	}
	dIn := len(g) / c.Cols
	For(c.Cols, denseLatents, func(lo, hi int) {
		width := hi - lo
		h := denseLists.take(c.Rows * width)
		clear(h)
		for i := range c.Rows {
			row := h[i*width:][:width]
			from, to := c.between(i, lo, hi)
			for q := from; q < to; q++ {
				j := int(c.Idx[q])
				row[j-lo] = c.Val[q] * factor(scale, div, j)
			}
		}
		blas32.Implementation().Sgemm(blas.Trans, blas.NoTrans, width, dIn, c.Rows,
			1, h, width, src, dIn, beta, g[lo*dIn:], dIn)
		denseLists.give(h)
	})
}
