package sae

import (
	"math"

	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// gated lets one path decide which latents fire and another how much (Rajamanoharan
// et al., "Improving dictionary learning with gated sparse autoencoders", 2024;
// sae-lens' gated_sae). Both share W_enc:
//
//	a = (x − b_dec)·W_enc,  π = a + b_gate,  f = 1[π > 0]·relu(a ⊙ exp(r_mag) + b_mag)
//	loss = mean Σ_d (x̂ − x)² + c · mean Σ_j relu(π_j)·‖W_dec[j]‖
//	     + mean Σ_d (relu(π)·W_dec + b_dec − x)²
//
// The gate has no gradient; it learns by the last two terms. As in sae-lens, and
// other than in the paper, the decoder is not detached in the last one.
//
// In the graph, codes are two parts of rows in one matrix: f above relu(π). Both have
// the pattern of π > 0, so that f may hold explicit zeros; one matrix has one decoder,
// and W_dec one gradient.
type gated struct{}

func (gated) Validate(c Config) error { return validL1(c) }

func (gated) Params(c Config) []Spec {
	latents := []int{c.DSAE}
	return []Spec{{Name: "b_gate", Shape: latents}, {Name: "b_mag", Shape: latents}, {Name: "r_mag", Shape: latents}}
}

func (gated) Activation(m *Model) func() Selector {
	gate, mag, r := m.values("b_gate"), m.values("b_mag"), m.values("r_mag")
	return func() Selector { // exp(r_mag) is that of the moment
		scale := make([]float32, len(r))
		for j, v := range r {
			scale[j] = float32(math.Exp(float64(v)))
		}
		return kernels.Gated(gate, mag, scale)()
	}
}

func (gated) Build(b *Builder) error {
	b.zeros = true
	gate := floats(b.Param("b_gate").Value())
	minus := make([]float32, len(gate))
	enc := kernels.Encoder{NewSelector: kernels.AboveBy(minus, 0)}
	a := b.Encode(Encoding{run: func(dst *Codes, x []float32, a kernels.Affine) {
		kernels.Scale(minus, gate, -1)
		enc.Encode(&dst.CSR, x, a)
	}})
	both := b.gate(a)
	p := &penalty{b: b, f: l1, first: b.rows, needCode: true}
	b.codes = b.penalize(L1Loss, both, b.DecoderNorms(true), p)
	b.output = b.denormalize(b.decode(b.codes, b.bDec, nil), true)
	errs := b.squaredErrors(b.output, b.target)
	b.terms = append([]term{{MSELoss, b.pick(errs, 0)}}, b.terms...)
	b.AddTerm(AuxLoss, b.pick(errs, 1))
	b.addDeadLoss(b.Param("b_gate"))
	return nil
}

// gate adds the two parts (2·rows, d_sae): f, and relu(π).
func (b *Builder) gate(a *gorgonia.Node) *gorgonia.Node {
	out := newCodes(2*b.rows, b.cfg.DSAE)
	shape := tensor.Shape{2 * b.rows, b.cfg.DSAE}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		a, gate, mag, r := in[0].(*Codes), floats(in[1]), floats(in[2]), floats(in[3])
		out.Twice(&a.CSR)
		n := len(a.Val)
		kernels.For(n, 4096, func(lo, hi int) {
			for q := lo; q < hi; q++ {
				v, j := a.Val[q], a.Idx[q]
				out.Val[q] = max(v*exp(r[j])+mag[j], 0)
				out.Val[n+q] = v + gate[j]
			}
		})
		return out, nil
	}
	diff := func(in gorgonia.Nodes, both, grad *gorgonia.Node) gorgonia.Nodes {
		a, r := in[0], in[3]
		ga := b.onEntries("gateGrad", func(out *Codes, in []gorgonia.Value) {
			g, both, r := in[0].(*Codes).Val, in[1].(*Codes).Val, floats(in[3])
			c := in[2].(*Codes)
			n := len(c.Val)
			kernels.Map(&out.CSR, &c.CSR, func(q int, j int32, _ float32) float32 {
				if both[q] > 0 {
					return g[q]*exp(r[j]) + g[n+q]
				}
				return g[n+q]
			})
		}, grad, both, a, r)
		ofGate := func(q, n int, g, _, _, _ []float32, _ int) float32 { return g[n+q] }
		ofMag := func(q, _ int, g, both, _, _ []float32, _ int) float32 {
			if both[q] > 0 {
				return g[q]
			}
			return 0
		}
		ofScale := func(q, _ int, g, both, a, r []float32, j int) float32 {
			if both[q] > 0 {
				return g[q] * a[q] * exp(r[j])
			}
			return 0
		}
		return gorgonia.Nodes{ga, b.gateVector(ofGate, grad, both, a, r), b.gateVector(ofMag, grad, both, a, r), b.gateVector(ofScale, grad, both, a, r)}
	}
	o := &op{name: "gate", shape: shape, out: matrix, wrt: []bool{true, true, true, true}, do: do, diff: diff}
	return b.apply(o, a, b.Param("b_gate"), b.Param("b_mag"), b.Param("r_mag"))
}

// gateVector is the gradient of [Builder.gate] at one of its vectors: f of each of a's n
// entries, summed over rows.
func (b *Builder) gateVector(f func(q, n int, g, both, a, r []float32, j int) float32, grad, both, a, r *gorgonia.Node) *gorgonia.Node {
	return b.perLatent("gateVectorGrad", func(out []float32, in []gorgonia.Value) {
		g, both, a, r := in[0].(*Codes).Val, in[1].(*Codes).Val, in[2].(*Codes), floats(in[3])
		n := len(a.Val)
		kernels.ColReduce(out, &a.CSR, 1, func(j, q int) float64 { return float64(f(q, n, g, both, a.Val, r, j)) })
	}, grad, both, a, r)
}

func exp(v float32) float32 { return float32(math.Exp(float64(v))) }

func (gated) Coefficient(c Config) (string, float64) { return "l1", c.L1Coefficient }

func (gated) Settings(c Config, training bool) map[string]any {
	if !training {
		return nil
	}
	return map[string]any{"l1_coefficient": c.L1Coefficient}
}
