package main

import (
	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/sae"
)

// kernel is a piece of a step's work.
type kernel struct {
	name  string
	times int  // in a step
	part  bool // for comparison, not part of a step
	run   func()
}

// kernelsOf returns the work of a step on x. Whoever renames a kernel or gives a step
// another one changes this list alone.
func kernelsOf(m *sae.Model, x []float32) []kernel {
	wEnc, _ := m.Param("W_enc")
	wDec, _ := m.Param("W_dec")
	enc, product := m.NewEncoder(), gemmOf(m, x)
	codes := enc.Encode(x)
	out, codeGrad := make([]float32, len(x)), &kernels.CSR{}
	decode := kernels.Reconstruction{Out: out, Target: x, Residual: make([]float32, len(x)), F: 2 / float32(batch), W: wDec.Data}
	grad, first, second := make([]float32, len(wEnc.Data)), make([]float32, len(wEnc.Data)), make([]float32, len(wEnc.Data))
	adam := kernels.Adam{LR: 1e-4, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: 1, Clip: 1}
	return []kernel{
		{"encoder with selection", 1, false, func() { enc.Encode(x) }},
		{"OpenBLAS' product of the same size", 1, true, product.inTiles},
		{"decoder, error, gradient of the codes", 1, false, func() { decode.Run(codeGrad, &codes.CSR) }},
		{"gradient of one matrix", 2, false, func() { kernels.RowGrad(grad, &codes.CSR, x, nil, nil) }},
		{"gradient's norm, one matrix", 2, false, func() { kernels.SquaredNorm(grad) }},
		{"Adam, one matrix", 2, false, func() { adam.Update(wDec.Data, grad, first, second) }},
	}
}
