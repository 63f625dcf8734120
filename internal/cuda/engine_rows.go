package cuda

import "github.com/saego/saego/internal/kernels"

// warps is how many there are in a block.
const warps = threads / 32

// byWarp returns how many blocks have a warp for each of n.
func byWarp(n int) int { return (n + warps - 1) / warps }

// RowNorms implements [kernels.Engine].
func (e *Engine) RowNorms(out, w []float32) {
	if n := len(out); n > 0 {
		e.launch("row_norms", byWarp(n), at(out), at(w), n, len(w)/n)
	}
}

// AddRowNormsGrad implements [kernels.Engine].
func (e *Engine) AddRowNormsGrad(g, w, norms, gNorm []float32) {
	if n := len(norms); n > 0 {
		e.launch("row_norms_grad", n, at(g), at(w), at(norms), at(gNorm), len(w)/n)
	}
}

const layerNormEps = 1e-5 // as in package kernels

// LayerNorm implements [kernels.Engine].
func (e *Engine) LayerNorm(out, x []float32, d int, s kernels.RowStats) kernels.RowStats {
	n := rows(x, d)
	s.Mean, s.Scale = e.Floats(s.Mean, n), e.Floats(s.Scale, n)
	e.launch("layer_norm", n, at(out), at(x), at(s.Mean), at(s.Scale), d, layerNormEps)
	return s
}

// ConstantNorm implements [kernels.Engine].
func (e *Engine) ConstantNorm(out, x []float32, d int, s kernels.RowStats) kernels.RowStats {
	n := rows(x, d)
	s.Mean, s.Scale = nil, e.Floats(s.Scale, n)
	e.launch("constant_norm", n, at(out), at(x), at(s.Scale), d)
	return s
}

// Undo implements [kernels.Engine].
func (e *Engine) Undo(s kernels.RowStats, out, x []float32, d int) { e.shift(s, out, x, s.Mean, d) }

// Rescale implements [kernels.Engine].
func (e *Engine) Rescale(s kernels.RowStats, out, x []float32, d int) { e.shift(s, out, x, nil, d) }

func (e *Engine) shift(s kernels.RowStats, out, x, mean []float32, d int) {
	e.launch("shift_rows", rows(x, d), at(out), at(x), at(s.Scale), at(mean), len(s.Scale), d)
}
