package sae

import (
	"errors"
	"fmt"
	"math"

	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// jumpReLU gives every latent a learned threshold θ (Rajamanoharan et al., "Jumping
// ahead", 2024; sae-lens' jumprelu_sae):
//
//	h = (x − b_dec)·W_enc + b_enc,  f = h·1[h > θ]
//
// Neither f nor the number of active latents has a gradient at θ; the straight-through
// estimator takes a rectangle K of width ε around θ for the jump:
//
//	∂f/∂θ = −θ/ε·K((h − θ)/ε),  ∂1[h > θ]/∂θ = −1/ε·K((h − θ)/ε)
//
// With JumpReLUSTEToInput h has their negatives, too (Anthropic's form). Codes in
// training hold explicit zeros: what lies below θ within the rectangle has a gradient.
type jumpReLU struct{}

func (jumpReLU) Validate(c Config) error {
	errs := []error{
		atLeastZero("l0_coefficient", c.L0Coefficient),
		atLeastZero("pre_act_loss_coefficient", c.PreActLossCoefficient),
		atLeastZero("jumprelu_init_threshold", c.JumpReLUInitThreshold),
		atLeastZero("jumprelu_tanh_scale", c.JumpReLUTanhScale),
	}
	if !(c.JumpReLUBandwidth > 0) || math.IsInf(c.JumpReLUBandwidth, 0) {
		errs = append(errs, fmt.Errorf("jumprelu_bandwidth is %g, want more than 0", c.JumpReLUBandwidth))
	}
	switch c.JumpReLULoss {
	case L0Step, L0Tanh:
	case L0Quadratic:
		if !(c.TargetL0 > 0) || c.TargetL0 > float64(c.DSAE) {
			errs = append(errs, fmt.Errorf("target_l0 is %g, want more than 0 and at most d_sae, which is %d: %s needs it", c.TargetL0, c.DSAE, L0Quadratic))
		}
	default:
		errs = append(errs, fmt.Errorf("jumprelu_sparsity_loss_mode is %q, want %q, %q or %q", c.JumpReLULoss, L0Step, L0Tanh, L0Quadratic))
	}
	return errors.Join(errs...)
}

func (jumpReLU) Params(c Config) []Spec {
	return []Spec{
		{Name: "b_enc", Shape: []int{c.DSAE}},
		{Name: "threshold", Shape: []int{c.DSAE}, Init: float32(c.JumpReLUInitThreshold)},
	}
}

func (jumpReLU) Activation(m *Model) Activation { return kernels.Above(m.values("threshold")) }

// BeforeStep keeps thresholds from falling below zero, where the gate would let
// negative values through.
func (jumpReLU) BeforeStep(m *Model) {
	threshold := m.values("threshold")
	for j, v := range threshold {
		threshold[j] = max(v, 0)
	}
}

func (jumpReLU) Build(b *Builder) error {
	b.zeros = true
	threshold, ste := b.Param("threshold"), b.ste()
	enc := kernels.Encoder{Activation: kernels.AboveBy(floats(threshold.Value()), -ste.width/2)}
	h := b.Encode(Encoding{run: func(dst *Codes, x []float32, a kernels.Affine) { b.k.Encode(&enc, &dst.CSR, x, a) }})
	var norms *gorgonia.Node
	if b.cfg.JumpReLULoss == L0Tanh || b.cfg.PreActLossCoefficient > 0 {
		norms = b.DecoderNorms(true)
	}
	if b.cfg.JumpReLULoss != L0Tanh {
		p := &penalty{b: b, f: ste.l0(b.cfg.JumpReLULoss, b.cfg.TargetL0), needCode: ste.toInput}
		h = b.penalize(L0Loss, h, threshold, p)
	}
	codes := b.jump(h, threshold, ste)
	if b.cfg.JumpReLULoss == L0Tanh {
		codes = b.Penalize(L0Loss, codes, norms, tanhPenalty(float32(b.cfg.JumpReLUTanhScale)))
	}
	b.Reconstruct(codes, nil)
	if b.cfg.PreActLossCoefficient > 0 {
		b.AddTerm(PreActLoss, b.preActLoss(threshold, norms))
	}
	return nil
}

// jump adds f = h·1[h > θ].
func (b *Builder) jump(h, threshold *gorgonia.Node, s ste) *gorgonia.Node {
	out := &Codes{}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		h, threshold := in[0].(*Codes), floats(in[1])
		kernels.Map(&out.CSR, &h.CSR, func(_ int, j int32, v float32) float32 {
			if v <= threshold[j] {
				return 0
			}
			return v
		})
		return out, nil
	}
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		gh := b.onEntries("jumpGrad", func(out *Codes, in []gorgonia.Value) {
			h, threshold := in[1].(*Codes).Val, floats(in[2])
			kernels.Map(&out.CSR, &in[0].(*Codes).CSR, func(q int, j int32, g float32) float32 {
				return s.jumpSlope(h[q], threshold[j]) * g
			})
		}, grad, in[0], in[1])
		gt := b.perLatentOnHost("jumpThresholdGrad", func(out []float32, in []gorgonia.Value) {
			g, h, threshold := in[0].(*Codes), in[1].(*Codes).Val, floats(in[2])
			kernels.ColReduce(out, &g.CSR, -1, func(j, q int) float64 {
				return float64(threshold[j] / s.width * s.inside(h[q], threshold[j]) * g.Val[q])
			})
		}, grad, in[0], in[1])
		return gorgonia.Nodes{gh, gt}
	}
	o := &op{name: "jump", shape: tensor.Shape{b.rows, b.cfg.DSAE}, out: matrix, wrt: []bool{true, true}, do: do, diff: diff, host: true}
	return b.apply(o, h, threshold)
}

func (jumpReLU) Coefficient(c Config) (string, float64) { return "l0", c.L0Coefficient }

func (jumpReLU) Settings(c Config, training bool) map[string]any {
	if !training {
		return nil
	}
	s := map[string]any{
		"l0_coefficient": c.L0Coefficient, "jumprelu_init_threshold": c.JumpReLUInitThreshold,
		"jumprelu_bandwidth": c.JumpReLUBandwidth, "jumprelu_sparsity_loss_mode": c.JumpReLULoss,
		"jumprelu_tanh_scale": c.JumpReLUTanhScale, "jumprelu_ste_to_input": c.JumpReLUSTEToInput,
	}
	if c.PreActLossCoefficient > 0 {
		s["pre_act_loss_coefficient"] = c.PreActLossCoefficient
	}
	if c.TargetL0 > 0 {
		s["target_l0"] = c.TargetL0
	}
	return s
}
