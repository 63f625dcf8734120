package kernels

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// CPU returns the [Engine] of this package's functions, with memory of Go's.
func CPU() Engine { return cpu{} }

type cpu struct{}

func (cpu) Floats(old []float32, n int) []float32 {
	if old == nil {
		return make([]float32, max(n, 8))[:n] // see resize
	}
	return resize(old, n)
}

func (cpu) Ints(old []int32, n int) []int32 { return resize(old, n) }

func (cpu) Staging(int) []float32 { return nil }

func (cpu) Upload(dst, src []float32) { copy(dst, src) }

func (cpu) Wait() error { return nil }

func (cpu) Close() error { return nil }

func (cpu) Add(out, x []float32) { Add(out, x) }

func (cpu) Center(out, x, b []float32) { Center(out, x, b) }

func (cpu) Difference(out, a, b []float32, f float32) { Difference(out, a, b, f) }

func (cpu) Scale(out, x []float32, f float32) { Scale(out, x, f) }

func (cpu) SquaredError(a, b []float32) float64 { return SquaredError(a, b) }

func (cpu) SquaredNorm(x []float32) float64 { return SquaredNorm(x) }

func (cpu) RowNorms(out, w []float32) { RowNorms(out, w) }

func (cpu) AddRowNormsGrad(g, w, norms, gNorm []float32) { AddRowNormsGrad(g, w, norms, gNorm) }

func (cpu) ColumnSums(out, x []float32, f float64) { ColumnSums(out, x, f) }

func (cpu) VecMat(out, v, w []float32, f float64) { VecMat(out, v, w, f) }

func (cpu) Multiply(out, a, b []float32, ta, tb bool, m, n, k int, beta float32) {
	tA, lda, tB, ldb := blas.NoTrans, k, blas.NoTrans, n
	if ta {
		tA, lda = blas.Trans, m
	}
	if tb {
		tB, ldb = blas.Trans, k
	}
	blas32.Implementation().Sgemm(tA, tB, m, n, k, 1, a, lda, b, ldb, beta, out, n)
}

func (cpu) LayerNorm(out, x []float32, d int, s RowStats) RowStats { return LayerNorm(out, x, d, s) }

func (cpu) ConstantNorm(out, x []float32, d int, s RowStats) RowStats {
	return ConstantNorm(out, x, d, s)
}

func (cpu) Undo(s RowStats, out, x []float32, d int) { s.Undo(out, x, d) }

func (cpu) Rescale(s RowStats, out, x []float32, d int) { s.Rescale(out, x, d) }

func (cpu) Encode(e *Encoder, dst *CSR, x []float32, a Affine) { e.Encode(dst, x, a) }

func (cpu) EncodeSubset(e *Encoder, dst *CSR, x []float32, a Affine, latents []int32) {
	e.EncodeSubset(dst, x, a, latents)
}

func (cpu) EncodeBatch(e *BatchTop, dst *CSR, x []float32, a Affine, k int) { e.Encode(dst, x, a, k) }

func (cpu) Least(values []float32) float32 {
	least := float32(math.Inf(1))
	for _, v := range values {
		least = min(least, v)
	}
	return least
}

func (cpu) Decode(out []float32, c *CSR, w, b, div []float32) { Decode(out, c, w, b, div) }

func (cpu) CodeGrad(g, c *CSR, w, gOut, div []float32) { CodeGrad(g, c, w, gOut, div) }

func (cpu) RowGrad(g []float32, c *CSR, src, scale, div []float32) { RowGrad(g, c, src, scale, div) }

func (cpu) AddRowGrad(g []float32, c *CSR, src, scale, div []float32) {
	AddRowGrad(g, c, src, scale, div)
}

func (cpu) ColSum(out []float32, c *CSR, scale []float32) { ColSum(out, c, scale) }

func (cpu) ActiveRows(out []int32, c *CSR) { ActiveRows(out, c) }

func (cpu) Reconstruct(r Reconstruction, g, c *CSR) float64 { return r.Run(g, c) }

func (cpu) DecodeLevels(l Levels, g, c *CSR, errors []float64) { l.Run(g, c, errors) }

func (cpu) RowGradLevels(g []float32, c *CSR, sums, div []float32, widths []int) {
	RowGradLevels(g, c, sums, div, widths)
}

func (cpu) Adam(a Adam, param, grad, m, v []float32) { a.Update(param, grad, m, v) }
