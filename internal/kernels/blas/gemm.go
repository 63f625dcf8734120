package blas

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
)

// Sgemm computes C = alpha op(A) op(B) + beta C, row-major, op(A) (m, k), op(B)
// (k, n), C (m, n), as gonum's does. It panics if a matrix does not fit its slice.
func (l *Library) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if m <= 0 || n <= 0 || k <= 0 {
		l.Implementation.Sgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	checkGemm("Sgemm", tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	l.handle.sgemm(tA, tB, m, n, k, alpha, &a[0], lda, &b[0], ldb, beta, &c[0], ldc)
}

// Dgemm is [Library.Sgemm] for float64.
func (l *Library) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if m <= 0 || n <= 0 || k <= 0 {
		l.Implementation.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	checkGemm("Dgemm", tA, tB, m, n, k, len(a), lda, len(b), ldb, len(c), ldc)
	l.handle.dgemm(tA, tB, m, n, k, alpha, &a[0], lda, &b[0], ldb, beta, &c[0], ldc)
}

// maxDim is the largest size that OpenBLAS's 32-bit interface takes.
const maxDim = 1<<31 - 1

// checkGemm panics where OpenBLAS would read or write beyond a slice.
func checkGemm(name string, tA, tB blas.Transpose, m, n, k, lenA, lda, lenB, ldb, lenC, ldc int) {
	rowsA, colsA := transposed(name, tA, m, k)
	rowsB, colsB := transposed(name, tB, k, n)
	for _, x := range []struct {
		name                    string
		rows, cols, stride, len int
	}{{"A", rowsA, colsA, lda, lenA}, {"B", rowsB, colsB, ldb, lenB}, {"C", m, n, ldc, lenC}} {
		if x.stride < x.cols || x.len < (x.rows-1)*x.stride+x.cols || max(x.rows, x.stride) > maxDim {
			panic(fmt.Sprintf("blas: %s: %s is (%d, %d) with stride %d, which %d values do not hold", name, x.name, x.rows, x.cols, x.stride, x.len))
		}
	}
}

// transposed returns the shape in memory of a matrix that is (rows, cols) after t.
func transposed(name string, t blas.Transpose, rows, cols int) (int, int) {
	switch t {
	case blas.NoTrans:
		return rows, cols
	case blas.Trans, blas.ConjTrans:
		return cols, rows
	}
	panic(fmt.Sprintf("blas: %s: transpose is %q", name, t))
}
