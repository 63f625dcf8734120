package sae

import (
	"errors"
	"fmt"

	"github.com/saego/saego/internal/kernels"
)

// batchTopK keeps the k·rows largest latents of a batch, so that rows share them out
// by need (Bussmann et al., "BatchTopK sparse autoencoders", 2024; sae-lens'
// batchtopk_sae). The rest is as in [topK].
//
// A single row has no batch: the inference form is a JumpReLU with one threshold for
// all latents. In training that is a running mean of the smallest active latent of
// each batch; train.Calibrate sets it from held-out rows. sae-lens' mean starts at 0
// and needs some 500 steps to get near; here it starts at the first batch's value,
// unless [Config.Compat] says otherwise.
type batchTopK struct{ topK }

func (batchTopK) tracksThreshold() {}

func (batchTopK) Validate(c Config) error {
	err := validTopK(c)
	if !(c.TopKThresholdLR > 0 && c.TopKThresholdLR <= 1) {
		err = errors.Join(err, fmt.Errorf("topk_threshold_lr is %g, want more than 0 and at most 1", c.TopKThresholdLR))
	}
	return err
}

// Activation is that of the inference form for the threshold so far.
func (batchTopK) Activation(m *Model) Activation {
	return kernels.Above(uniform(m.cfg.DSAE, m.threshold))
}

func uniform(n int, v float64) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(v)
	}
	return out
}

func (batchTopK) Build(b *Builder) error { return b.topK(Encoding{run: b.batchTopK()}, kernels.Top) }

// batchTopK returns the encoder of a batch, which also keeps the running mean of the
// threshold.
func (b *Builder) batchTopK() func(dst *Codes, x []float32, a kernels.Affine) {
	var enc kernels.BatchTop
	return func(dst *Codes, x []float32, a kernels.Affine) {
		b.k.EncodeBatch(&enc, &dst.CSR, x, a, int(b.cfg.K*float64(b.rows)))
		b.m.trackThreshold(dst)
	}
}

// trackThreshold moves the running mean towards the smallest active latent of codes.
func (m *Model) trackThreshold(codes *Codes) {
	if len(codes.Val) == 0 {
		return
	}
	least := m.k.Least(codes.Val)
	lr := m.cfg.TopKThresholdLR
	if m.threshold == 0 && m.cfg.Compat != CompatSAELens {
		lr = 1
	}
	m.threshold = (1-lr)*m.threshold + lr*float64(least)
}

// Fold returns the JumpReLU that is the inference form.
func (batchTopK) Fold(m *Model) *Model {
	if m.cfg.RescaleActsByDecoderNorm {
		m.foldNorms()
	}
	out := *m
	out.cfg.Architecture, out.cfg.RescaleActsByDecoderNorm = JumpReLU, false
	out.arch = jumpReLU{}
	out.params = append(out.params[:len(out.params):len(out.params)],
		Param{Name: "threshold", Shape: []int{m.cfg.DSAE}, Data: uniform(m.cfg.DSAE, m.threshold)})
	out.alias()
	return &out
}

func (batchTopK) Settings(c Config, training bool) map[string]any {
	if !training {
		return nil
	}
	return map[string]any{
		"k": c.K, "rescale_acts_by_decoder_norm": c.RescaleActsByDecoderNorm,
		"aux_loss_coefficient": c.AuxLossCoefficient, "topk_threshold_lr": c.TopKThresholdLR,
	}
}
