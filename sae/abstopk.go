package sae

import "github.com/saego/saego/internal/kernels"

// absTopK keeps the k latents of the largest magnitude, with their sign: a latent
// may fire in either direction (AbsTopK, arXiv 2510.00404; sae-lens' abstopk_sae).
// Dead latents are chosen by magnitude, too. The rest is as in [topK].
type absTopK struct{ topK }

func (absTopK) Activation(m *Model) Activation { return kernels.TopMagnitude(int(m.cfg.K)) }

func (a absTopK) Build(b *Builder) error {
	return b.topK(Encoding{Activation: a.Activation(b.m)}, kernels.TopMagnitude)
}
