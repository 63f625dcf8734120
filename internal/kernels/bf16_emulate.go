package kernels

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
)

// EmulatedBF16 is a [BF16Product] for any machine: it multiplies the rounded numbers
// as float32, in which the product of two bfloat16 is exact. It takes as long as the
// product in float32, and shows what bfloat16 does to a result. The zero value is
// ready.
type EmulatedBF16 struct{ memory freeList[float32] }

var _ BF16Product = (*EmulatedBF16)(nil)

// emulatedRows is how many rows of b are widened at once: enough for the BLAS, little
// to hold.
const emulatedRows = 256

// MultiplyBF16 implements [BF16Product].
func (e *EmulatedBF16) MultiplyBF16(m, n, k int, a, b []uint16, c []float32) {
	if m == 0 || n == 0 {
		return
	}
	block := min(n, emulatedRows)
	mem := e.memory.take((m + block) * k)
	defer e.memory.give(mem)
	wide, rows := mem[:m*k], mem[m*k:]
	FromBF16(wide, a)
	for lo := 0; lo < n; lo += block {
		hi := min(lo+block, n)
		FromBF16(rows, b[lo*k:hi*k])
		blas32.Implementation().Sgemm(blas.NoTrans, blas.Trans, m, hi-lo, k, 1, wide, k, rows, k, 0, c[lo:], n)
	}
}

// halves is an [Encoder]'s memory for bfloat16.
type halves struct {
	w []uint16         // Affine.W, of this call
	x freeList[uint16] // of each tile
}

// round takes in the weights of a call.
func (s *halves) round(w []float32) {
	s.w = resize(s.w, len(w))
	For(len(w), flatGrain, func(lo, hi int) { ToBF16(s.w[lo:hi], w[lo:hi]) })
}

// multiply sets h (rows, a.DSAE) to x·Wᵀ, with x and W rounded to bfloat16.
func (s *halves) multiply(h, x []float32, a Affine) {
	x16 := s.x.take(len(x))
	defer s.x.give(x16)
	ToBF16(x16, x)
	a.BF16.MultiplyBF16(len(x)/a.DIn, a.DSAE, a.DIn, x16, s.w, h)
}
