package sae

import (
	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// preActLoss is coefficient · mean over rows of Σ relu(θ_j − h_j)·n_j over the dead
// latents (sae-lens' calculate_pre_act_loss; Anthropic, January 2025, for all
// latents). The product is over the dead rows of W_enc alone.
func (b *Builder) preActLoss(threshold, norms *gorgonia.Node) *gorgonia.Node {
	var picked []float32 // thresholds of the dead
	enc := kernels.Encoder{Activation: ActivationFunc(func() Selector {
		return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
			return kernels.Below(picked)(h, idx, val)
		}
	})}
	all := floats(threshold.Value())
	h := b.Encode(Encoding{run: func(dst *Codes, x []float32, a kernels.Affine) {
		picked = picked[:0]
		for _, j := range b.dead.latents {
			picked = append(picked, all[j])
		}
		b.k.EncodeSubset(&enc, &dst.CSR, x, a, b.dead.latents)
	}})
	return b.weighted(b.shortfall(h, threshold), norms, b.cfg.PreActLossCoefficient)
}

// shortfall is θ − h.
func (b *Builder) shortfall(h, threshold *gorgonia.Node) *gorgonia.Node {
	out := &Codes{}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		threshold := floats(in[1])
		kernels.Map(&out.CSR, &in[0].(*Codes).CSR, func(_ int, j int32, v float32) float32 { return threshold[j] - v })
		return out, nil
	}
	diff := func(_ gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		return gorgonia.Nodes{
			b.onEntriesOnHost("minus", func(out *Codes, in []gorgonia.Value) {
				kernels.Map(&out.CSR, &in[0].(*Codes).CSR, func(_ int, _ int32, v float32) float32 { return -v })
			}, grad),
			b.columnSums(grad, nil),
		}
	}
	o := &op{name: "shortfall", shape: tensor.Shape{b.rows, b.cfg.DSAE}, out: matrix, wrt: []bool{true, true}, do: do, diff: diff, host: true}
	return b.apply(o, h, threshold)
}

// weighted is weight · mean over rows of Σ_j v_j·n_j.
func (b *Builder) weighted(codes, norms *gorgonia.Node, weight float64) *gorgonia.Node {
	f := weight / float64(b.rows)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		c, norms := in[0].(*Codes), floats(in[1])
		var s float64
		for q, v := range c.Val {
			s += float64(v) * float64(norms[c.Idx[q]])
		}
		return gorgonia.NewF32(float32(f * s)), nil
	}
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		return gorgonia.Nodes{
			b.onEntriesOnHost("weightedGrad", func(out *Codes, in []gorgonia.Value) {
				norms, g := floats(in[1]), float32(f)*number(in[2])
				kernels.Map(&out.CSR, &in[0].(*Codes).CSR, func(_ int, j int32, _ float32) float32 { return g * norms[j] })
			}, in[0], in[1], grad),
			b.perLatent("weightedNormsGrad", func(out []float32, in []gorgonia.Value) {
				b.k.ColSum(out, &in[0].(*Codes).CSR, nil)
				b.k.Scale(out, out, float32(f)*number(in[1]))
			}, in[0], grad),
		}
	}
	o := &op{name: "weighted", shape: tensor.ScalarShape(), out: scalar, wrt: []bool{true, true}, do: do, diff: diff, host: true}
	return b.apply(o, codes, norms)
}
