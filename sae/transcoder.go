package sae

import (
	"errors"
	"fmt"

	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
)

// transcoder explains what a part of the network computes: from the rows at one hook
// point it predicts those at another (Dunefsky et al., "Transcoders find interpretable
// LLM feature circuits", 2024; sae-lens' transcoder has the inference form alone):
//
//	f = relu(x·W_enc + b_enc),  ŷ = f·W_dec + b_dec  [+ x·W_skipᵀ]
//	loss = mean Σ_d (ŷ − y)² + c · mean Σ_j f_j·‖W_dec[j]‖
//
// With skip, a linear map takes what is linear, and latents keep to the rest (Paulo et
// al., "Transcoders beat sparse autoencoders for interpretability", 2025). It starts at
// zero.
type transcoder struct{ skip bool }

func (transcoder) transcodes() {}

func (transcoder) Validate(c Config) error {
	return errors.Join(standard{}.Validate(c), validTranscoder(c))
}

func validTranscoder(c Config) error {
	var errs []error
	if c.DOut < 1 {
		errs = append(errs, fmt.Errorf("d_out is %d, want at least 1: a transcoder needs the hook point that it predicts (hook_out)", c.DOut))
	}
	if c.NormalizeActivations == NormalizeWhitening {
		errs = append(errs, fmt.Errorf("normalize_activations is %q: a transcoder takes %q, %q, %q or %q",
			c.NormalizeActivations, NormalizeNone, NormalizeExpectedNorm, NormalizeLayerNorm, NormalizeConstantNorm))
	}
	return errors.Join(errs...)
}

func (t transcoder) Params(c Config) []Spec {
	p := []Spec{{Name: "b_enc", Shape: []int{c.DSAE}}}
	if t.skip {
		p = append(p, Spec{Name: "W_skip", Shape: []int{c.DOut, c.DIn}})
	}
	return p
}

func (transcoder) Activation(*Model) Activation { return kernels.Positive() }

func (t transcoder) Build(b *Builder) error {
	codes := b.Encode(Encoding{Activation: t.Activation(b.m)})
	codes = b.Penalize(L1Loss, codes, b.DecoderNorms(true), LpPenalty(b.cfg.LpNorm))
	if !t.skip {
		b.Reconstruct(codes, nil)
		b.addDeadLoss(nil)
		return nil
	}
	b.codes = codes
	b.output = b.skip(b.decode(codes, b.bDec, nil), b.Param("W_skip"))
	b.addMSE(b.squaredError(b.output, b.target, nil))
	b.addDeadLoss(nil)
	return nil
}

// skip adds out + x·W_skipᵀ.
func (b *Builder) skip(out, wSkip *gorgonia.Node) *gorgonia.Node {
	t, sum := b.tensor(out.Shape()...)
	in, to := b.cfg.DIn, b.cfg.Out()
	do := func(v []gorgonia.Value) (gorgonia.Value, error) {
		b.k.Scale(sum, floats(v[0]), 1)
		addSkip(b.k, sum, floats(v[1]), floats(v[2]), in, to)
		return t, nil
	}
	diff := func(nodes gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		g := b.dense("skipGrad", wSkip.Shape(), func(out []float32, v []gorgonia.Value) {
			b.k.Multiply(out, floats(v[0]), floats(v[1]), true, false, to, in, b.rows, 0)
		}, grad, nodes[1])
		return gorgonia.Nodes{grad, nil, g}
	}
	o := &op{name: "skip", shape: t.Shape(), out: matrix, wrt: []bool{true, false, true}, do: do, diff: diff}
	return b.apply(o, out, b.x, wSkip)
}

// addSkip adds x·W_skipᵀ to out, with x (rows, in), W_skip (to, in) and out (rows, to).
func addSkip(k Engine, out, x, wSkip []float32, in, to int) {
	k.Multiply(out, x, wSkip, false, true, len(out)/to, to, in, 1)
}

func (transcoder) Coefficient(c Config) (string, float64) { return "l1", c.L1Coefficient }

func (transcoder) Settings(c Config, training bool) map[string]any {
	s := standard{}.Settings(c, training)
	if s == nil {
		s = map[string]any{}
	}
	s["d_out"] = c.DOut
	return s
}

// jumpReLUTranscoder is a transcoder with thresholds, as sae-lens saves those of others.
// It is read, not trained.
type jumpReLUTranscoder struct{ skip bool }

func (jumpReLUTranscoder) transcodes() {}

func (jumpReLUTranscoder) inferenceOnly() {}

func (jumpReLUTranscoder) Validate(c Config) error { return validTranscoder(c) }

func (t jumpReLUTranscoder) Params(c Config) []Spec {
	return append(transcoder(t).Params(c), Spec{Name: "threshold", Shape: []int{c.DSAE}})
}

func (jumpReLUTranscoder) Activation(m *Model) Activation {
	return kernels.Above(m.values("threshold"))
}

func (jumpReLUTranscoder) Build(*Builder) error {
	return errors.New("it can be used, but not trained: train a transcoder or a skip_transcoder")
}

func (jumpReLUTranscoder) Settings(c Config, _ bool) map[string]any {
	return map[string]any{"d_out": c.DOut}
}
