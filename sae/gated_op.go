package sae

import (
	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// gate adds the two parts (2·rows, d_sae) of a gated SAE's codes from a where π > 0:
// f = relu(a ⊙ exp(r_mag) + b_mag) above π = a + b_gate.
func (b *Builder) gate(a *gorgonia.Node) *gorgonia.Node {
	out, scale := newCodes(b.k, 2*b.rows, b.cfg.DSAE), make([]float32, b.cfg.DSAE)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		a, gate, mag, r := in[0].(*Codes), floats(in[1]), floats(in[2]), floats(in[3])
		for j, v := range r {
			scale[j] = exp(v)
		}
		out.Twice(&a.CSR)
		n := len(a.Val)
		kernels.For(n, 4096, func(lo, hi int) {
			for q := lo; q < hi; q++ {
				v, j := a.Val[q], a.Idx[q]
				out.Val[q] = max(v*scale[j]+mag[j], 0)
				out.Val[n+q] = v + gate[j]
			}
		})
		return out, nil
	}
	diff := func(in gorgonia.Nodes, both, grad *gorgonia.Node) gorgonia.Nodes {
		a := in[0]
		return gorgonia.Nodes{
			b.gateCodesGrad(a, both, grad, scale),
			b.gateGrad(a, both, grad, func(g gateEntry) float32 { return g.gate }),
			b.gateGrad(a, both, grad, func(g gateEntry) float32 { return g.mag }),
			b.gateGrad(a, both, grad, func(g gateEntry) float32 { return g.mag * g.a * scale[g.latent] }),
		}
	}
	shape := tensor.Shape{2 * b.rows, b.cfg.DSAE}
	o := &op{name: "gate", shape: shape, out: matrix, wrt: []bool{true, true, true, true}, do: do, diff: diff, host: true}
	return b.apply(o, a, b.Param("b_gate"), b.Param("b_mag"), b.Param("r_mag"))
}

// gateEntry is an entry of a with the gradients of what became of it.
type gateEntry struct {
	latent    int
	a         float32
	gate, mag float32 // at π, and at a ⊙ exp(r_mag) + b_mag
}

// gateEntries returns entry q by its number and latent.
func gateEntries(a, both, grad *Codes) func(q, j int) gateEntry {
	n := len(a.Val)
	return func(q, j int) gateEntry {
		e := gateEntry{latent: j, a: a.Val[q], gate: grad.Val[n+q]}
		if both.Val[q] > 0 {
			e.mag = grad.Val[q]
		}
		return e
	}
}

// gateCodesGrad is the gradient of [Builder.gate] at a.
func (b *Builder) gateCodesGrad(a, both, grad *gorgonia.Node, scale []float32) *gorgonia.Node {
	return b.onEntries("gateCodesGrad", func(out *Codes, in []gorgonia.Value) {
		a := in[0].(*Codes)
		entry := gateEntries(a, in[1].(*Codes), in[2].(*Codes))
		kernels.Map(&out.CSR, &a.CSR, func(q int, j int32, _ float32) float32 {
			e := entry(q, int(j))
			return e.mag*scale[j] + e.gate
		})
	}, a, both, grad)
}

// gateGrad is the gradient of [Builder.gate] at one of its vectors: f of each entry,
// summed over rows.
func (b *Builder) gateGrad(a, both, grad *gorgonia.Node, f func(gateEntry) float32) *gorgonia.Node {
	return b.perLatentOnHost("gateGrad", func(out []float32, in []gorgonia.Value) {
		a := in[0].(*Codes)
		entry := gateEntries(a, in[1].(*Codes), in[2].(*Codes))
		kernels.ColReduce(out, &a.CSR, 1, func(j, q int) float64 { return float64(f(entry(q, j))) })
	}, a, both, grad)
}
