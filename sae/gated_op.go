package sae

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// gate adds the two parts (2·rows, d_sae) of a gated SAE's codes from a where π > 0:
// f = relu(a ⊙ exp(r_mag) + b_mag) above π = a + b_gate.
func (b *Builder) gate(a *gorgonia.Node) *gorgonia.Node {
	out, scale := newCodes(b.k, 2*b.rows, b.cfg.DSAE), b.k.Floats(nil, b.cfg.DSAE)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		b.k.Gate(&out.CSR, &in[0].(*Codes).CSR, floats(in[1]), floats(in[2]), floats(in[3]), scale)
		return out, nil
	}
	diff := func(in gorgonia.Nodes, both, grad *gorgonia.Node) gorgonia.Nodes {
		a := in[0]
		codes := b.onEntries("gateCodesGrad", func(out *Codes, in []gorgonia.Value) {
			b.k.GateCodesGrad(&out.CSR, &in[0].(*Codes).CSR, &in[1].(*Codes).CSR, &in[2].(*Codes).CSR, scale)
		}, grad, both, a)
		g := gorgonia.Nodes{codes}
		for i := range 3 {
			g = append(g, b.perLatent("gateGrad", func(out []float32, in []gorgonia.Value) {
				var of [3][]float32 // b_gate, b_mag and r_mag
				of[i] = out
				b.k.GateVectorsGrad(of[0], of[1], of[2], &in[0].(*Codes).CSR, &in[1].(*Codes).CSR, &in[2].(*Codes).CSR, scale)
			}, grad, both, a))
		}
		return g
	}
	shape := tensor.Shape{2 * b.rows, b.cfg.DSAE}
	o := &op{name: "gate", shape: shape, out: matrix, wrt: []bool{true, true, true, true}, do: do, diff: diff}
	return b.apply(o, a, b.Param("b_gate"), b.Param("b_mag"), b.Param("r_mag"))
}
