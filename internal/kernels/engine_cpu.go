package kernels

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// CPU is the [Engine] of this package's functions, with memory of Go's.
type CPU struct{}

var _ Engine = CPU{}

func (CPU) Floats(old []float32, n int) []float32 { return resize(old, n) }

func (CPU) Ints(old []int32, n int) []int32 { return resize(old, n) }

func (CPU) Staging(n int) []float32 { return make([]float32, n) }

func (CPU) Upload(dst, src []float32) { copy(dst, src) }

func (CPU) Wait() error { return nil }

func (CPU) Close() error { return nil }

func (CPU) Center(out, x, b []float32) { Center(out, x, b) }

func (CPU) Difference(out, a, b []float32, f float32) { Difference(out, a, b, f) }

func (CPU) Scale(out, x []float32, f float32) { Scale(out, x, f) }

func (CPU) SquaredError(a, b []float32) float64 { return SquaredError(a, b) }

func (CPU) SquaredNorm(x []float32) float64 { return SquaredNorm(x) }

func (CPU) RowNorms(out, w []float32) { RowNorms(out, w) }

func (CPU) AddRowNormsGrad(g, w, norms, gNorm []float32) { AddRowNormsGrad(g, w, norms, gNorm) }

func (CPU) ColumnSums(out, x []float32, f float64) { ColumnSums(out, x, f) }

func (CPU) VecMat(out, v, w []float32, f float64) { VecMat(out, v, w, f) }

func (CPU) Multiply(out, a, b []float32, ta, tb bool, m, n, k int, beta float32) {
	tA, lda, tB, ldb := blas.NoTrans, k, blas.NoTrans, n
	if ta {
		tA, lda = blas.Trans, m
	}
	if tb {
		tB, ldb = blas.Trans, k
	}
	blas32.Implementation().Sgemm(tA, tB, m, n, k, 1, a, lda, b, ldb, beta, out, n)
}

func (CPU) LayerNorm(out, x []float32, d int, s RowStats) RowStats { return LayerNorm(out, x, d, s) }

func (CPU) ConstantNorm(out, x []float32, d int, s RowStats) RowStats {
	return ConstantNorm(out, x, d, s)
}

func (CPU) Undo(s RowStats, out, x []float32, d int) { s.Undo(out, x, d) }

func (CPU) Rescale(s RowStats, out, x []float32, d int) { s.Rescale(out, x, d) }

func (CPU) Encode(e *Encoder, dst *CSR, x []float32, a Affine) { e.Encode(dst, x, a) }

func (CPU) EncodeSubset(e *Encoder, dst *CSR, x []float32, a Affine, latents []int32) {
	e.EncodeSubset(dst, x, a, latents)
}

func (CPU) EncodeBatch(e *BatchTop, dst *CSR, x []float32, a Affine, k int) { e.Encode(dst, x, a, k) }

func (CPU) Least(values []float32) float32 {
	least := float32(math.Inf(1))
	for _, v := range values {
		least = min(least, v)
	}
	return least
}

func (CPU) Decode(out []float32, c *CSR, w, b, div []float32) { Decode(out, c, w, b, div) }

func (CPU) CodeGrad(g, c *CSR, w, gOut, div []float32) { CodeGrad(g, c, w, gOut, div) }

func (CPU) RowGrad(g []float32, c *CSR, src, scale, div []float32) { RowGrad(g, c, src, scale, div) }

func (CPU) AddRowGrad(g []float32, c *CSR, src, scale, div []float32) {
	AddRowGrad(g, c, src, scale, div)
}

func (CPU) ColSum(out []float32, c *CSR, scale []float32) { ColSum(out, c, scale) }

func (CPU) ActiveRows(out []int32, c *CSR) { ActiveRows(out, c) }

func (CPU) Reconstruct(r Reconstruction, g, c *CSR) float64 { return r.Run(g, c) }

func (CPU) DecodeLevels(l Levels, g, c *CSR, errors []float64) { l.Run(g, c, errors) }

func (CPU) RowGradLevels(g []float32, c *CSR, sums, div []float32, widths []int) {
	RowGradLevels(g, c, sums, div, widths)
}

func (CPU) Adam(a Adam, param, grad, m, v []float32) { a.Update(param, grad, m, v) }
