package cuda

import (
	"slices"

	"github.com/saego/saego/internal/kernels"
)

// Decode implements [kernels.Engine].
func (e *Engine) Decode(out []float32, c *kernels.CSR, w, b, div []float32) {
	if e.isDense(c) {
		e.decodeDense(out, c, w, b, div)
		return
	}
	e.decode(kernels.Reconstruction{Out: out, W: w, B: b, Div: div}, c)
}

// decode sets Out, and where there is a Target, Residual and parts, whose number it returns.
func (e *Engine) decode(r kernels.Reconstruction, c *kernels.CSR) int {
	t := rowOf(rows(r.W, c.Cols))
	blocks := c.Rows * t.parts
	var errors []float64
	if r.Target != nil {
		e.parts = resize(e, e.parts, blocks)
		errors = e.parts
	}
	e.launchOf(t.threads, "decode", blocks, at(r.Out), at(c.Ptr), at(c.Idx), at(c.Val), at(r.W), at(r.B), at(r.Div),
		at(r.Target), at(r.Residual), r.F, at(errors),
		t.d, t.parts, fours(t.d, at(r.Out), at(r.W), at(r.B), at(r.Target), at(r.Residual)))
	return blocks
}

// CodeGrad implements [kernels.Engine].
func (e *Engine) CodeGrad(g, c *kernels.CSR, w, gOut, div []float32) {
	if g.Like(c); e.isDense(c) {
		e.codeGradDense(g, w, gOut, div)
		return
	}
	e.codeGrad(g, w, gOut, div, nil, 1)
}

// codeGrad sets the values of g, whose pattern is the codes'. Widths may be nil for one
// level.
func (e *Engine) codeGrad(g *kernels.CSR, w, x, div []float32, widths []int32, levels int) {
	if len(g.Val) == 0 {
		return
	}
	d := len(w) / g.Cols
	e.launch("code_grad", g.Rows, at(g.Val), at(g.Ptr), at(g.Idx), at(w), at(x), at(div),
		at(widths), levels, g.Rows, d, fours(d, at(w), at(x)))
}

// Reconstruct implements [kernels.Engine].
func (e *Engine) Reconstruct(r kernels.Reconstruction, g, c *kernels.CSR) float64 {
	if e.isDense(c) {
		e.decodeDense(r.Out, c, r.W, r.B, r.Div)
		e.Difference(r.Residual, r.Out, r.Target, r.F)
		e.CodeGrad(g, c, r.W, r.Residual, r.Div)
		return e.SquaredError(r.Out, r.Target)
	}
	n := e.decode(r, c)
	e.CodeGrad(g, c, r.W, r.Residual, r.Div)
	return e.total(n)
}

// DecodeLevels implements [kernels.Engine].
func (e *Engine) DecodeLevels(l kernels.Levels, g, c *kernels.CSR, errors []float64) {
	t, levels, every := rowOf(rows(l.W, c.Cols)), len(l.Widths), 0
	if len(l.Out) > len(l.Target) {
		every = 1
	}
	var s kernels.RowStats
	if l.Stats != nil {
		s = *l.Stats
	}
	blocks := c.Rows * t.parts
	e.parts = resize(e, e.parts, blocks*levels)
	widths := e.levels(l.Widths)
	e.launchOf(t.threads, "decode_levels", blocks, at(l.Out), at(l.Sums), at(c.Ptr), at(c.Idx), at(c.Val),
		at(l.W), at(l.B), at(l.Div), at(l.Target), at(s.Scale), at(s.Mean),
		at(widths), levels, every, l.F, at(e.parts), c.Rows, t.d, t.parts,
		fours(t.d, at(l.Out), at(l.Sums), at(l.W), at(l.B), at(l.Target)))
	g.Like(c)
	e.codeGrad(g, l.W, l.Sums, l.Div, widths, levels)
	e.totals(errors, blocks)
}

// levels returns widths in the engine's memory. They hardly ever change, and copying them
// waits for the device.
func (e *Engine) levels(widths []int) []int32 {
	if !slices.Equal(e.widthsOf, widths) {
		own := make([]int32, len(widths))
		for i, w := range widths {
			own[i] = int32(w)
		}
		e.widths = e.Ints(e.widths, len(own))
		e.copy(at(e.widths), at(own), len(own))
		e.widthsOf = slices.Clone(widths)
	}
	return e.widths
}
