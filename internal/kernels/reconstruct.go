package kernels

import "github.com/saego/saego/internal/kernels/vec"

// Reconstruction is [Decode], its squared error, and the error's gradients at the output
// and at the codes, of one pass: the rows of W that a row's codes need are read once,
// and stay near for the second use.
type Reconstruction struct {
	Out, Target []float32 // (rows, dIn)
	Residual    []float32 // (rows, dIn): set to F·(Out − Target), the gradient at Out
	F           float32
	W, B, Div   []float32 // as in Decode
}

// Run decodes c, sets g to the gradient at its codes, and returns Σ (Out − Target)².
func (r Reconstruction) Run(g, c *CSR) float64 {
	dIn := len(r.W) / c.Cols
	if c.dense() || inBlocks(c.Ptr, c.Cols, dIn) {
		Decode(r.Out, c, r.W, r.B, r.Div)
		Difference(r.Residual, r.Out, r.Target, r.F)
		CodeGrad(g, c, r.W, r.Residual, r.Div)
		return SquaredError(r.Out, r.Target)
	}
	g.Like(c)
	return sum(c.Rows, rowGrain, func(lo, hi int) (e float64) {
		factors, first := factorLists.take(0), start{b: r.B}
		for i := lo; i < hi; i++ {
			idx, val := c.Row(i)
			val, factors = over(val, r.Div, idx, factors)
			out, target, residual := r.Out[i*dIn:][:dIn], r.Target[i*dIn:][:dIn], r.Residual[i*dIn:][:dIn]
			first.set(out)
			vec.Gather(out, val, idx, r.W)
			e += vec.SquaredError(out, target)
			vec.Difference(residual, out, target, r.F)
			_, grad := g.Row(i)
			codeGradRow(grad, residual, idx, r.W, r.Div)
		}
		factorLists.give(factors)
		return e
	})
}
