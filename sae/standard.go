package sae

import (
	"fmt"

	"github.com/saego/saego/internal/kernels"
)

// standard is the ReLU SAE with an L1 penalty on codes weighted by decoder norms
// (sae-lens' standard_sae; Conerly et al., "Update on how we train SAEs", 2024):
//
//	f = relu((x − b_dec)·W_enc + b_enc)
//	loss = mean Σ_d (x̂ − x)² + c · mean Σ_j f_j·‖W_dec[j]‖
//
// The norms are not detached: the penalty shrinks W_dec too.
type standard struct{}

func (standard) validate(c Config) error {
	if c.L1Coefficient < 0 {
		return fmt.Errorf("l1_coefficient is %g, want 0 or more", c.L1Coefficient)
	}
	return nil
}

func (standard) selector(Config) func() kernels.Selector { return kernels.Positive }

func (standard) rescales(Config) bool { return false }

func (standard) build(b *builder) error {
	enc := kernels.Encoder{NewSelector: kernels.Positive}
	codes := b.encode("encode", nil, func(dst *Codes, x []float32, a kernels.Affine) {
		enc.Encode(&dst.CSR, x, a)
	})
	norms := b.decoderNorms(true)
	b.codes = b.penalize(codes, norms, b.coefficient)
	b.output = b.decode(b.codes, b.bDec, nil)
	b.addTerm(MSELoss, b.squaredError(b.output, b.x, nil))
	b.addTerm(L1Loss, b.l1(codes, norms, b.coefficient))
	return nil
}

func (standard) fold(*Model) {}

func (standard) settings(Config) map[string]any { return nil }
