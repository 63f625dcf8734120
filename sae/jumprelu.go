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
	threshold := b.Param("threshold")
	jump := kernels.Jump{Width: float32(b.cfg.JumpReLUBandwidth), ToInput: b.cfg.JumpReLUSTEToInput}
	enc := kernels.Encoder{Activation: kernels.AboveBy(floats(threshold.Value()), -jump.Width/2)}
	h := b.Encode(Encoding{run: func(dst *Codes, x []float32, a kernels.Affine) { b.k.Encode(&enc, &dst.CSR, x, a) }})
	if b.cfg.JumpReLULoss != L0Tanh {
		l0 := l0Penalty{jump: jump}
		if b.cfg.JumpReLULoss == L0Quadratic {
			l0.target = b.cfg.TargetL0
		}
		p := &penalty{b: b, f: l0, needCode: jump.ToInput}
		h = b.penalize(L0Loss, h, threshold, p)
	}
	codes := b.jump(h, threshold, jump)
	if b.cfg.JumpReLULoss == L0Tanh {
		codes = b.Penalize(L0Loss, codes, b.DecoderNorms(true), tanhPenalty(float32(b.cfg.JumpReLUTanhScale)))
	}
	b.Reconstruct(codes, nil)
	if b.cfg.PreActLossCoefficient > 0 {
		b.AddTerm(PreActLoss, b.preActLoss(threshold, b.DecoderNorms(true)))
	}
	return nil
}

// jump adds f = h·1[h > θ].
func (b *Builder) jump(h, threshold *gorgonia.Node, j kernels.Jump) *gorgonia.Node {
	out := &Codes{}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		b.k.Jump(j, &out.CSR, &in[0].(*Codes).CSR, floats(in[1]))
		return out, nil
	}
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		gh := b.onEntries("jumpGrad", func(out *Codes, in []gorgonia.Value) {
			b.k.JumpGrad(j, &out.CSR, &in[0].(*Codes).CSR, &in[1].(*Codes).CSR, floats(in[2]))
		}, grad, in[0], in[1])
		gt := b.perLatent("jumpThresholdGrad", func(out []float32, in []gorgonia.Value) {
			b.k.JumpThresholdGrad(j, out, &in[0].(*Codes).CSR, &in[1].(*Codes).CSR, floats(in[2]))
		}, grad, in[0], in[1])
		return gorgonia.Nodes{gh, gt}
	}
	o := &op{name: "jump", shape: tensor.Shape{b.rows, b.cfg.DSAE}, out: matrix, wrt: []bool{true, true}, do: do, diff: diff}
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
