package kernels

import (
	"math"

	"github.com/saego/saego/internal/kernels/vec"
)

// Center sets out to x − b in every row; x and out are (rows, len(b)).
func Center(out, x, b []float32) {
	d := len(b)
	For(len(x)/d, rowGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			vec.Difference(out[i*d:][:d], x[i*d:][:d], b, 1)
		}
	})
}

// RowNorms sets out to the Euclidean norms of w's rows, (len(out), dIn).
func RowNorms(out, w []float32) {
	if len(out) == 0 {
		return
	}
	d := len(w) / len(out)
	For(len(out), latentGrain, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			out[j] = float32(math.Sqrt(vec.Squares(w[j*d:][:d])))
		}
	})
}

// AddRowNormsGrad adds the gradient of [RowNorms] to g: gNorm[j]·w[j]/norm[j], and
// nothing where the norm is zero.
func AddRowNormsGrad(g, w, norms, gNorm []float32) {
	d := len(w) / len(norms)
	For(len(norms), latentGrain, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			if norms[j] > 0 && gNorm[j] != 0 {
				vec.Gather(g[j*d:][:d], []float32{gNorm[j] / norms[j]}, []int32{0}, w[j*d:][:d])
			}
		}
	})
}

// ColumnSums sets out to the sums of x's columns, (rows, len(out)), times f.
func ColumnSums(out, x []float32, f float64) {
	columnSums(out, x, f, len(x)/max(len(out), 1), func(int) float64 { return 1 })
}

// VecMat sets out (dIn) to f·(v·W), with W (len(v), dIn).
func VecMat(out, v, w []float32, f float64) {
	columnSums(out, w, f, len(v), func(j int) float64 { return float64(v[j]) })
}

// columnSums sets out to f·Σ_i weight(i)·x[i], x (n, len(out)). Pieces of rows are
// summed apart, and then together in their order.
func columnSums(out, x []float32, f float64, n int, weight func(int) float64) {
	d := len(out)
	pieces := (n + sumGrain - 1) / sumGrain
	sums := sumLists.take(pieces * d)
	clear(sums)
	For(n, sumGrain, func(lo, hi int) {
		s := sums[lo/sumGrain*d:][:d]
		for i := lo; i < hi; i++ {
			if w := weight(i); w != 0 {
				vec.Accumulate(s, w, x[i*d:][:d])
			}
		}
	})
	for k := range out {
		var s float64
		for p := range pieces {
			s += sums[p*d+k]
		}
		out[k] = float32(f * s)
	}
	sumLists.give(sums)
}

// SquaredError returns Σ (a − b)², in all.
func SquaredError(a, b []float32) float64 {
	return sum(len(a), flatGrain, func(lo, hi int) float64 {
		return vec.SquaredError(a[lo:hi], b[lo:hi])
	})
}

// Difference sets out to f·(a − b).
func Difference(out, a, b []float32, f float32) {
	For(len(out), flatGrain, func(lo, hi int) {
		vec.Difference(out[lo:hi], a[lo:hi], b[lo:hi], f)
	})
}

// Add adds x to out.
func Add(out, x []float32) {
	For(len(out), flatGrain, func(lo, hi int) { vec.Shift(out[lo:hi], x[lo:hi], nil) })
}

// Scale sets out to f·x.
func Scale(out, x []float32, f float32) {
	For(len(out), flatGrain, func(lo, hi int) {
		vec.Scale(out[lo:hi], x[lo:hi], f)
	})
}

// SquaredNorm returns Σ x².
func SquaredNorm(x []float32) float64 {
	return sum(len(x), flatGrain, func(lo, hi int) float64 { return vec.Squares(x[lo:hi]) })
}
