package kernels_test

import (
	"testing"

	"github.com/saego/saego/internal/kernels"
)

// BenchmarkStep measures the large kernels at the size of a GPT-2 SAE, on gonum's
// BLAS.
func BenchmarkStep(b *testing.B) {
	const rows, dIn, dSAE, k = 1024, 768, 6144, 64
	a, x := affine(dIn, dSAE, false), normal(rows*dIn, 1)
	enc, c, g := kernels.Encoder{Activation: kernels.TopPositive(k)}, kernels.NewCSR(0, dSAE), &kernels.CSR{}
	enc.Encode(c, x, a)
	out, grad := make([]float32, rows*dIn), make([]float32, dSAE*dIn)
	m, v, h := make([]float32, len(grad)), make([]float32, len(grad)), normal(dSAE, 2)
	choose := kernels.TopPositive(k).NewSelector()
	var idx []int32
	var val []float32
	adam := kernels.Adam{LR: 1e-4, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: 1, Clip: 1}
	for _, bench := range []struct {
		name string
		run  func()
	}{
		{"encode", func() { enc.Encode(c, x, a) }},
		{"select", func() {
			for range rows {
				idx, val = choose(h, idx[:0], val[:0])
			}
		}},
		{"decode", func() { kernels.Decode(out, c, a.W, nil, nil) }},
		{"codeGrad", func() { kernels.CodeGrad(g, c, a.W, x, nil) }},
		{"rowGrad", func() { kernels.RowGrad(grad, c, x, nil, nil) }},
		{"adam", func() { adam.Update(a.W, grad, m, v) }},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				bench.run()
			}
		})
	}
}
