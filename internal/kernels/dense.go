package kernels

import "math"

// Center sets out to x − b in every row; x and out are (rows, len(b)).
func Center(out, x, b []float32) {
	d := len(b)
	For(len(x)/d, rowGrain, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			o, r := out[i*d:][:d], x[i*d:][:d]
			for k := range r {
				o[k] = r[k] - b[k]
			}
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
			out[j] = float32(math.Sqrt(squares(w[j*d:][:d])))
		}
	})
}

func squares(x []float32) float64 {
	var s float64
	for _, v := range x {
		s += float64(v) * float64(v)
	}
	return s
}

// RowNormsGrad sets g to the gradient of [RowNorms]: gNorm[j]·w[j]/norm[j], and
// zero where the norm is zero.
func RowNormsGrad(g, w, norms, gNorm []float32) {
	d := len(w) / len(norms)
	For(len(norms), latentGrain, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			f := float32(0)
			if norms[j] > 0 {
				f = gNorm[j] / norms[j]
			}
			o, r := g[j*d:][:d], w[j*d:][:d]
			for k := range r {
				o[k] = f * r[k]
			}
		}
	})
}

// ColumnSums sets out to the sums of x's columns, (rows, len(out)), times f.
func ColumnSums(out, x []float32, f float64) {
	d := len(out)
	For(d, 16, func(lo, hi int) {
		acc := make([]float64, hi-lo)
		for i := 0; i < len(x); i += d {
			for k, v := range x[i+lo : i+hi] {
				acc[k] += float64(v)
			}
		}
		for k, s := range acc {
			out[lo+k] = float32(f * s)
		}
	})
}

// VecMat sets out (dIn) to f·(v·W), with W (len(v), dIn).
func VecMat(out, v, w []float32, f float64) {
	d := len(out)
	For(d, 16, func(lo, hi int) {
		acc := make([]float64, hi-lo)
		for j, vj := range v {
			if vj == 0 {
				continue
			}
			for k, x := range w[j*d+lo : j*d+hi] {
				acc[k] += float64(vj) * float64(x)
			}
		}
		for k, s := range acc {
			out[lo+k] = float32(f * s)
		}
	})
}

// SquaredError returns Σ (a − b)², in all.
func SquaredError(a, b []float32) float64 {
	return sum(len(a), flatGrain, func(lo, hi int) float64 {
		var s float64
		b := b[lo:hi]
		for k, v := range a[lo:hi] {
			d := float64(v - b[k])
			s += d * d
		}
		return s
	})
}

// Difference sets out to f·(a − b).
func Difference(out, a, b []float32, f float32) {
	For(len(out), flatGrain, func(lo, hi int) {
		a, b, o := a[lo:hi], b[lo:hi], out[lo:hi]
		for k := range o {
			o[k] = f * (a[k] - b[k])
		}
	})
}

// Scale sets out to f·x.
func Scale(out, x []float32, f float32) {
	For(len(out), flatGrain, func(lo, hi int) {
		x, o := x[lo:hi], out[lo:hi]
		for k := range o {
			o[k] = f * x[k]
		}
	})
}

// SquaredNorm returns Σ x².
func SquaredNorm(x []float32) float64 {
	return sum(len(x), flatGrain, func(lo, hi int) float64 { return squares(x[lo:hi]) })
}
