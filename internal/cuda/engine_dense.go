package cuda

import "github.com/saego/saego/internal/kernels"

// Codes of which more than this share is active are multiplied as matrices with their
// zeros: about where reading a row for each of them from the card's cache, at a few
// terabytes a second, takes as long as a product at tens of teraflops.
const denseShare = 1.0 / 16

// denseRoom is how many numbers are laid out with their zeros at a time.
const denseRoom = 1 << 26

// isDense says whether c is to be multiplied with its zeros.
func (e *Engine) isDense(c *kernels.CSR) bool {
	return float64(len(c.Val)) > e.dense*float64(c.Rows)*float64(c.Cols)
}

// eachDense calls f for rows [lo, hi) of codes, with memory for them.
func (e *Engine) eachDense(c *kernels.CSR, f func(lo, hi int, h []float32)) {
	size := min(max(denseRoom/c.Cols, 1), c.Rows)
	e.spread = e.Floats(e.spread, size*c.Cols)
	for lo := 0; lo < c.Rows; lo += size {
		f(lo, min(lo+size, c.Rows), e.spread)
	}
}

// decodeDense is [Engine.Decode].
func (e *Engine) decodeDense(out []float32, c *kernels.CSR, w, b, div []float32) {
	d, beta := len(w)/c.Cols, float32(0)
	if b != nil {
		beta = 1
		e.launch("dense_repeat", c.Rows, at(out), at(b), d)
	}
	e.eachDense(c, func(lo, hi int, h []float32) {
		e.launch("dense_spread", hi-lo, at(h), at(c.Ptr[lo:]), at(c.Idx), at(c.Val), at[float32](nil), at(div), c.Cols)
		e.Multiply(out[lo*d:hi*d], h, w, false, false, hi-lo, d, c.Cols, beta)
	})
}

// codeGradDense is [Engine.CodeGrad] for a g that has the codes' pattern.
func (e *Engine) codeGradDense(g *kernels.CSR, w, gOut, div []float32) {
	d := len(w) / g.Cols
	e.eachDense(g, func(lo, hi int, h []float32) {
		e.Multiply(h, gOut[lo*d:hi*d], w, false, true, hi-lo, g.Cols, d, 0)
		e.launch("dense_pick", hi-lo, at(g.Val), at(g.Ptr[lo:]), at(g.Idx), at(h), at(div), g.Cols)
	})
}

// rowGradDense is [Engine.RowGrad], or [Engine.AddRowGrad].
func (e *Engine) rowGradDense(g []float32, c *kernels.CSR, src, scale, div []float32, add bool) {
	d := len(g) / c.Cols
	e.eachDense(c, func(lo, hi int, h []float32) {
		beta := float32(1)
		if lo == 0 && !add {
			beta = 0
		}
		e.launch("dense_spread", hi-lo, at(h), at(c.Ptr[lo:]), at(c.Idx), at(c.Val), at(scale), at(div), c.Cols)
		e.Multiply(g, h, src[lo*d:hi*d], true, false, c.Cols, d, hi-lo, beta)
	})
}
