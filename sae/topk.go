package sae

import (
	"errors"
	"fmt"
	"math"

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
// Dead latents are revived by an auxiliary loss: see [Builder.addAuxLoss].
type topK struct{}

func (topK) Validate(c Config) error {
	err := validTopK(c)
	if c.K != math.Trunc(c.K) {
		err = errors.Join(err, fmt.Errorf("k is %g, want a whole number; batchtopk takes any", c.K))
	}
	return err
}

// validTopK checks what the TopK family has in common.
func validTopK(c Config) error {
	var errs []error
	if !(c.K > 0) || c.K > float64(c.DSAE) {
		errs = append(errs, fmt.Errorf("k is %g, want more than 0 and at most d_sae, which is %d", c.K, c.DSAE))
	}
	return errors.Join(append(errs, atLeastZero("aux_loss_coefficient", c.AuxLossCoefficient))...)
}

func (topK) Params(c Config) []Spec { return []Spec{{Name: "b_enc", Shape: []int{c.DSAE}}} }

func (topK) Activation(m *Model) Activation { return kernels.TopPositive(int(m.cfg.K)) }

func (topK) Rescales(c Config) bool { return c.RescaleActsByDecoderNorm }

func (a topK) Build(b *Builder) error {
	return b.topK(Encoding{Activation: a.Activation(b.m)}, kernels.Top)
}

// topK builds a graph of the TopK family, whose codes are as in e and whose dead
// latents are chosen by top: the largest of either sign, or of any magnitude.
func (b *Builder) topK(e Encoding, top chooser) error {
	e.Norms = b.rescalingNorms()
	b.Reconstruct(b.Encode(e), e.Norms)
	b.addAuxLoss(e.Norms, top)
	return nil
}

// rescalingNorms are the norms by which codes are scaled, or nil.
func (b *Builder) rescalingNorms() *gorgonia.Node {
	if !rescales(b.m.arch, b.cfg) {
		return nil
	}
	return b.DecoderNorms(false)
}

// Fold moves the decoder's norms into the encoder, so that W_dec's rows have norm
// one and the codes stay what they were.
func (topK) Fold(m *Model) *Model {
	if m.cfg.RescaleActsByDecoderNorm {
		m.foldNorms()
	}
	return m
}

func (m *Model) foldNorms() {
	for j, n := range m.DecoderNorms() {
		f := max(float64(n), 1e-8)
		scaleRow(m.wEnc[j*m.cfg.DIn:][:m.cfg.DIn], f)
		scaleRow(m.wDec[j*m.cfg.Out():][:m.cfg.Out()], 1/f)
		m.bEnc[j] = float32(float64(m.bEnc[j]) * f)
	}
}

func (topK) Settings(c Config, training bool) map[string]any {
	s := map[string]any{"k": int(c.K), "rescale_acts_by_decoder_norm": c.RescaleActsByDecoderNorm}
	if training {
		s["aux_loss_coefficient"] = c.AuxLossCoefficient
	}
	return s
}
