package main

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/sae"
)

// part is one piece of a step's work.
type part struct {
	name string
	run  func()
}

// parts returns the work of a step on x, as far as both architectures share it.
func parts(m *sae.Model, x []float32) []part {
	cfg, p := m.Config(), m.Params()
	wEnc, wDec := p[0].Data, p[1].Data
	enc := m.NewEncoder()
	codes := enc.Encode(x)
	out, h := make([]float32, len(x)), make([]float32, len(x)/cfg.DIn*cfg.DSAE)
	grad, first, second := make([]float32, len(wDec)), make([]float32, len(wDec)), make([]float32, len(wDec))
	codeGrad := &kernels.CSR{}
	adam := kernels.Adam{LR: 1e-4, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: 1, Clip: 1}
	return []part{
		{"encoder's product", func() { product(h, x, wEnc, cfg) }},
		{"encoder, with selection", func() { enc.Encode(x) }},
		{"decoder", func() { kernels.Decode(out, &codes.CSR, wDec, nil, nil) }},
		{"gradient of the codes", func() { kernels.CodeGrad(codeGrad, &codes.CSR, wDec, x, nil) }},
		{"gradient of one matrix", func() { kernels.RowGrad(grad, &codes.CSR, x, nil, nil) }},
		{"squared error", func() { kernels.SquaredError(x, out) }},
		{"gradient's norm", func() { kernels.SquaredNorm(grad) }},
		{"Adam, one matrix", func() { adam.Update(wDec, grad, first, second) }},
	}
}

// tile is how many rows the product takes at a time.
const tile = 512

func product(h, x, w []float32, cfg sae.Config) {
	kernels.For(len(x)/cfg.DIn, tile, func(lo, hi int) {
		blas32.Implementation().Sgemm(blas.NoTrans, blas.Trans, hi-lo, cfg.DSAE, cfg.DIn,
			1, x[lo*cfg.DIn:], cfg.DIn, w, cfg.DIn, 0, h[lo*cfg.DSAE:], cfg.DSAE)
	})
}
