package sae

import (
	"errors"
	"fmt"
	"math"

	"github.com/saego/saego/internal/kernels"
)

// standard is the ReLU SAE with an L1 penalty on codes weighted by decoder norms
// (sae-lens' standard_sae; Conerly et al., "Update on how we train SAEs", 2024):
//
//	f = relu((x − b_dec)·W_enc + b_enc)
//	loss = mean Σ_d (x̂ − x)² + c · mean ‖f ⊙ n‖_p,  n_j = ‖W_dec[j]‖
//
// The norms are not detached: the penalty shrinks W_dec too.
type standard struct{}

func (standard) Validate(c Config) error {
	err := atLeastZero("l1_coefficient", c.L1Coefficient)
	if !(c.LpNorm > 0) || math.IsInf(c.LpNorm, 0) {
		err = errors.Join(err, fmt.Errorf("lp_norm is %g, want more than 0", c.LpNorm))
	}
	return err
}

func (standard) Params(c Config) []Spec { return []Spec{{Name: "b_enc", Shape: []int{c.DSAE}}} }

func (standard) Activation(*Model) Activation { return kernels.Positive() }

func (a standard) Build(b *Builder) error {
	codes := b.Encode(Encoding{Activation: a.Activation(b.m)})
	codes = b.Penalize(L1Loss, codes, b.DecoderNorms(true), LpPenalty(b.cfg.LpNorm))
	b.Reconstruct(codes, nil)
	b.addDeadLoss(nil)
	return nil
}

func (standard) Coefficient(c Config) (string, float64) { return "l1", c.L1Coefficient }

func (standard) Settings(c Config, training bool) map[string]any {
	if !training {
		return nil
	}
	return map[string]any{"l1_coefficient": c.L1Coefficient, "lp_norm": c.LpNorm}
}
