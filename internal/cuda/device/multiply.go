//go:build gpu && cgo && linux && (amd64 || arm64)

package device

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/saego/saego/internal/cuda"
)

// gemm is a product as cuBLAS has it, of column-major matrices.
type gemm struct {
	transA, transB bool
	m, n, k        int
	a, b, c        unsafe.Pointer
	lda, ldb, ldc  int
}

// columnMajor turns a product of row-major matrices round: what is (M, N) in rows is (N, M)
// in columns, and Cᵀ = op(B)ᵀ·op(A)ᵀ.
func columnMajor(p cuda.Product) gemm {
	g := gemm{transA: p.TransB, transB: p.TransA, m: p.N, n: p.M, k: p.K, a: p.B, b: p.A, c: p.C, lda: p.N, ldb: p.K, ldc: p.N}
	if p.TransB {
		g.lda = p.K
	}
	if p.TransA {
		g.ldb = p.M
	}
	g.lda, g.ldb = max(g.lda, 1), max(g.ldb, 1) // where K is 0, too
	return g
}

// Multiply implements [cuda.Driver]. TF32 and BF16 allow cuBLAS to round to that many bits;
// it may keep more.
func (d *driver) Multiply(p cuda.Product) error {
	if min(p.M, p.N, p.K) < 0 || max(p.M, p.N, p.K) > math.MaxInt32 {
		return fmt.Errorf("device: a product of (%d, %d) and (%d, %d): want sizes from 0 to %d", p.M, p.K, p.K, p.N, math.MaxInt32)
	}
	if p.Precision < cuda.Float32 || p.Precision > cuda.BF16 {
		return fmt.Errorf("device: precision %d of a product, want Float32, TF32 or BF16", p.Precision)
	}
	if p.M == 0 || p.N == 0 {
		return nil
	}
	g := columnMajor(p)
	return d.do("multiplying", func() error { return d.blas.gemm(g, p.Alpha, p.Beta, p.Precision) })
}
