package cuda

import (
	"math"

	"github.com/saego/saego/internal/kernels"
)

// Center implements [kernels.Engine].
func (e *Engine) Center(out, x, b []float32) {
	n := rows(x, len(b))
	e.launch("center", n, at(out), at(x), at(b), n, len(b))
}

// rows returns how many rows of d numbers x has.
func rows(x []float32, d int) int { return len(x) / max(d, 1) }

// Difference implements [kernels.Engine].
func (e *Engine) Difference(out, a, b []float32, f float32) {
	pieces(len(out), func(lo, hi, blocks int) {
		e.launch("difference", blocks, at(out[lo:]), at(a[lo:]), at(b[lo:]), f, hi-lo)
	})
}

// Scale implements [kernels.Engine].
func (e *Engine) Scale(out, x []float32, f float32) {
	pieces(len(out), func(lo, hi, blocks int) {
		e.launch("scale", blocks, at(out[lo:]), at(x[lo:]), f, hi-lo)
	})
}

// Multiply implements [kernels.Engine].
func (e *Engine) Multiply(out, a, b []float32, ta, tb bool, m, n, k int, beta float32) {
	if k == 0 && beta != 0 && beta != 1 {
		e.Scale(out[:m*n], out, beta)
		return
	}
	e.multiply(Product{
		TransA: ta, TransB: tb, M: m, N: n, K: k, Alpha: 1, Beta: beta,
		A: at(a), B: at(b), C: at(out), Precision: e.precision,
	})
}

// Adam implements [kernels.Engine]; see [kernels.Adam].
func (e *Engine) Adam(a kernels.Adam, param, grad, m, v []float32) {
	lr := float32(a.LR / (1 - math.Pow(a.Beta1, float64(a.Step))))
	root := float32(math.Sqrt(1 - math.Pow(a.Beta2, float64(a.Step))))
	pieces(len(param), func(lo, hi, blocks int) {
		e.launch("adam", blocks, at(param[lo:]), at(grad[lo:]), at(m[lo:]), at(v[lo:]),
			float32(a.Clip), float32(1-a.Beta1), float32(a.Beta2), float32(1-a.Beta2), lr, root, float32(a.Eps), hi-lo)
	})
}
