package cuda

import "github.com/saego/saego/internal/kernels"

var _ kernels.Entries = (*Engine)(nil)

// LpPenalty implements [kernels.Entries].
func (e *Engine) LpPenalty(c *kernels.CSR, first int, norms []float32, p float64, byCode, byNorm []float32) float64 {
	if p == 1 {
		return e.penalty("penalty_l1", c, first, norms, at(byCode), at(byNorm))
	}
	return e.penalty("penalty_lp", c, first, norms, p, at(byCode), at(byNorm))
}

// TanhPenalty implements [kernels.Entries].
func (e *Engine) TanhPenalty(c *kernels.CSR, first int, norms []float32, scale float32, byCode, byNorm []float32) float64 {
	return e.penalty("penalty_tanh", c, first, norms, scale, at(byCode), at(byNorm))
}

// L0Penalty implements [kernels.Entries].
func (e *Engine) L0Penalty(j kernels.Jump, c *kernels.CSR, first int, threshold []float32, target float64, byCode, byThreshold []float32) float64 {
	return e.penalty("penalty_l0", c, first, threshold, j.Width, target, at(byCode), at(byThreshold))
}

// penalty runs a kernel that leaves a part of the penalty for each row from first on, and
// returns their sum.
func (e *Engine) penalty(kernel string, c *kernels.CSR, first int, v []float32, more ...any) float64 {
	n := c.Rows - first
	e.parts = resize(e, e.parts, n)
	e.launch(kernel, byWarp(n), append([]any{at(e.parts), at(c.Ptr), at(c.Idx), at(c.Val), at(v), first, n}, more...)...)
	return e.total(n)
}

// AddEntries implements [kernels.Entries].
func (e *Engine) AddEntries(out, c *kernels.CSR, first int, f float32, v []float32) {
	out.Like(c)
	pieces(len(c.Val), func(lo, hi, blocks int) {
		e.launch("penalty_add", blocks, at(out.Val), at(c.Val), at(v), f, at(c.Ptr), first, lo, hi)
	})
}

// SumEntries implements [kernels.Entries].
func (e *Engine) SumEntries(out []float32, c *kernels.CSR, first int, f float64, v []float32) {
	t := e.transpose(c.Pattern)
	e.launch("penalty_sum", byWarp(c.Cols), at(out), at(v), f, at(t.ptr), at(t.row), at(t.pos), first, c.Cols)
}

// Jump implements [kernels.Entries].
func (e *Engine) Jump(_ kernels.Jump, out, h *kernels.CSR, threshold []float32) {
	out.Like(h)
	pieces(len(h.Val), func(lo, hi, blocks int) {
		e.launch("jump", blocks, at(out.Val), at(h.Val), at(h.Idx), at(threshold), lo, hi)
	})
}

// JumpGrad implements [kernels.Entries].
func (e *Engine) JumpGrad(j kernels.Jump, out, g, h *kernels.CSR, threshold []float32) {
	toInput := 0
	if j.ToInput {
		toInput = 1
	}
	out.Like(g)
	pieces(len(g.Val), func(lo, hi, blocks int) {
		e.launch("jump_grad", blocks, at(out.Val), at(g.Val), at(h.Val), at(g.Idx), at(threshold), j.Width, toInput, lo, hi)
	})
}

// JumpThresholdGrad implements [kernels.Entries].
func (e *Engine) JumpThresholdGrad(j kernels.Jump, out []float32, g, h *kernels.CSR, threshold []float32) {
	t := e.transpose(g.Pattern)
	e.launch("jump_threshold_grad", byWarp(g.Cols), at(out), at(g.Val), at(h.Val), at(t.ptr), at(t.pos), at(threshold), j.Width, g.Cols)
}

// Gate implements [kernels.Entries].
func (e *Engine) Gate(both, a *kernels.CSR, gate, mag, r, scale []float32) {
	n := len(a.Val)
	e.elements("gate_scale", len(r), at(scale), at(r), len(r))
	both.Resize(2*a.Rows, a.Cols, 2*n)
	e.elements("gate_ptr", a.Rows+1, at(both.Ptr), at(a.Ptr), a.Rows, n)
	e.copy(at(both.Idx), at(a.Idx), n)
	e.copy(at(both.Idx[n:]), at(a.Idx), n)
	pieces(n, func(lo, hi, blocks int) {
		e.launch("gate", blocks, at(both.Val), at(a.Val), at(a.Idx), at(gate), at(mag), at(scale), lo, hi, n)
	})
}

// GateCodesGrad implements [kernels.Entries].
func (e *Engine) GateCodesGrad(out, g, both, a *kernels.CSR, scale []float32) {
	n := len(a.Val)
	out.Like(a)
	pieces(n, func(lo, hi, blocks int) {
		e.launch("gate_codes_grad", blocks, at(out.Val), at(g.Val), at(both.Val), at(a.Idx), at(scale), lo, hi, n)
	})
}

// GateVectorsGrad implements [kernels.Entries].
func (e *Engine) GateVectorsGrad(gate, mag, r []float32, g, both, a *kernels.CSR, scale []float32) {
	t := e.transpose(a.Pattern)
	e.launch("gate_vectors_grad", byWarp(a.Cols), at(gate), at(mag), at(r), at(g.Val), at(both.Val), at(a.Val),
		at(t.ptr), at(t.pos), at(scale), a.Cols, len(a.Val))
}
