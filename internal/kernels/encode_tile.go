package kernels

import (
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/internal/kernels/vec"
)

// tileRows is how many rows go through the BLAS's product at once. More rows use the
// BLAS better, fewer keep the tile nearer to the processor.
const tileRows = 512

// product sets h (rows, a.DSAE) to x·Wᵀ.
func (e *Encoder) product(h, x []float32, a Affine) {
	if a.BF16 != nil {
		e.halves.multiply(h, x, a)
		return
	}
	blas32.Implementation().Sgemm(blas.NoTrans, blas.Trans, len(x)/a.DIn, a.DSAE, a.DIn,
		1, x, a.DIn, a.W, a.DIn, 0, h, a.DSAE)
}

// encode fills the tile with the codes of the rows whose products h are.
func (t *tile) encode(h []float32, a Affine, prune func(*tile)) {
	t.idx, t.val, t.ends = t.idx[:0], t.val[:0], t.ends[:0]
	for row := range slices.Chunk(h, a.DSAE) {
		if a.B != nil { // no architecture scales without a bias
			vec.Shift(row, a.B, a.Scale)
		}
		t.idx, t.val = t.sel(row, t.idx, t.val)
		t.ends = append(t.ends, int32(len(t.idx)))
		if prune != nil {
			prune(t)
		}
	}
}
