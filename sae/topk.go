package sae

import (
	"errors"
	"fmt"

	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
)

// topK keeps the k largest latents of each row (Gao et al., "Scaling and evaluating
// sparse autoencoders", 2024; sae-lens' topk_sae):
//
//	h = ((x − b_dec)·W_enc + b_enc) ⊙ n,  f = relu(top_k(h)),  x̂ = (f ⊘ n)·W_dec + b_dec
//
// with n the norms of W_dec's rows where RescaleActsByDecoderNorm is set, else 1. n
// has no gradient: where f > 0, f ⊘ n is what it would be without n, so that a
// change of n moves nothing but the choice of the k.
// Dead latents are revived by an auxiliary loss: the d_in/2 largest h among them,
// of either sign, reconstruct what the others left over.
type topK struct{}

func (topK) validate(c Config) error {
	var errs []error
	if c.K < 1 || c.K > c.DSAE {
		errs = append(errs, fmt.Errorf("k is %d, want 1 to d_sae, which is %d", c.K, c.DSAE))
	}
	if c.AuxLossCoefficient < 0 {
		errs = append(errs, fmt.Errorf("aux_loss_coefficient is %g, want 0 or more", c.AuxLossCoefficient))
	}
	return errors.Join(errs...)
}

func (topK) selector(c Config) func() kernels.Selector { return kernels.TopPositive(c.K) }

func (topK) rescales(c Config) bool { return c.RescaleActsByDecoderNorm }

func (a topK) build(b *builder) error {
	var norms *gorgonia.Node
	if a.rescales(b.cfg) {
		norms = b.decoderNorms(false)
	}
	enc := kernels.Encoder{NewSelector: a.selector(b.cfg)}
	b.codes = b.encode("encode", norms, func(dst *Codes, x []float32, a kernels.Affine) {
		enc.Encode(&dst.CSR, x, a)
	})
	b.output = b.decode(b.codes, b.bDec, norms)
	b.addTerm(MSELoss, b.squaredError(b.output, b.x, nil))
	if b.cfg.AuxLossCoefficient > 0 {
		rest := b.decode(b.encodeDead(b.cfg.DIn/2, norms), nil, norms)
		b.addTerm(AuxLoss, b.squaredError(rest, b.residual(b.x, b.output), b.auxWeight))
	}
	return nil
}

// fold moves the decoder's norms into the encoder, so that W_dec's rows have norm
// one and the codes stay what they were.
func (a topK) fold(m *Model) {
	if !a.rescales(m.cfg) {
		return
	}
	for j, n := range m.DecoderNorms() {
		f := max(float64(n), 1e-8)
		scaleRow(m.wEnc[j*m.cfg.DIn:][:m.cfg.DIn], f)
		scaleRow(m.wDec[j*m.cfg.DIn:][:m.cfg.DIn], 1/f)
		m.bEnc[j] = float32(float64(m.bEnc[j]) * f)
	}
}

func (topK) settings(c Config) map[string]any {
	return map[string]any{"k": c.K, "rescale_acts_by_decoder_norm": c.RescaleActsByDecoderNorm}
}
