package sae

import (
	"math"

	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// ste is the straight-through estimator of a [jumpReLU].
type ste struct {
	width   float32 // ε
	toInput bool
}

func (b *Builder) ste() ste {
	return ste{float32(b.cfg.JumpReLUBandwidth), b.cfg.JumpReLUSTEToInput}
}

// inside is K: 1 where h is within the rectangle around θ, else 0.
func (s ste) inside(h, threshold float32) float32 {
	d := h - threshold
	if d >= s.width || d <= -s.width { // nearly always, while most latents fire
		return 0
	}
	if u := d / s.width; u > -0.5 && u < 0.5 {
		return 1
	}
	return 0
}

// jumpSlope is ∂f/∂h.
func (s ste) jumpSlope(h, threshold float32) float32 {
	var d float32
	if h > threshold {
		d = 1
	}
	if s.toInput {
		d += threshold / s.width * s.inside(h, threshold)
	}
	return d
}

// l0 penalises the number of active latents, whose codes are pre-activations.
func (s ste) l0(mode string, target float64) Penalty {
	return func(c *kernels.CSR, threshold, byCode, byThreshold []float32) float64 {
		return kernels.SumRows(c, func(lo, hi int) float64 {
			active := 0.0
			for q := lo; q < hi; q++ {
				if c.Val[q] > threshold[c.Idx[q]] {
					active++
				}
			}
			loss, slope := active, 1.0
			if mode == L0Quadratic {
				loss, slope = 2/target*(active-target)*(active-target), 4/target*(active-target)
			}
			for q := lo; q < hi; q++ {
				d := float32(slope) / s.width * s.inside(c.Val[q], threshold[c.Idx[q]])
				byThreshold[q] = -d
				if byCode != nil {
					byCode[q] = d
				}
			}
			return loss
		})
	}
}

// tanhPenalty is Σ tanh(scale·f·n).
func tanhPenalty(scale float32) Penalty {
	return func(c *kernels.CSR, norms, byCode, byNorm []float32) float64 {
		return kernels.SumRows(c, func(lo, hi int) float64 {
			var sum float64
			for q := lo; q < hi; q++ {
				v, n := c.Val[q], norms[c.Idx[q]]
				t := math.Tanh(float64(scale * v * n))
				sum += t
				d := scale * float32(1-t*t)
				byCode[q], byNorm[q] = d*n, d*v
			}
			return sum
		})
	}
}

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
	h := b.Encode(Encoding{wEnc: b.twin(b.wEnc), run: func(dst *Codes, x []float32, a kernels.Affine) {
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
			b.onEntries("minus", func(out *Codes, in []gorgonia.Value) {
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
			b.onEntries("weightedGrad", func(out *Codes, in []gorgonia.Value) {
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
