package sae

import (
	"sort"

	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
)

// chooser is the rule that selects k latents of a row.
type chooser func(k int) kernels.Rule

// addAuxLoss adds the loss that revives dead latents of the TopK family: the d_in/2
// largest pre-activations among the dead, as top chooses, reconstruct what the others
// left over. Up to half of d_in dead latents it counts in proportion to them
// (Gao et al., 2024, appendix A.2; sae-lens' calculate_topk_aux_loss).
func (b *Builder) addAuxLoss(norms *gorgonia.Node, top chooser) {
	if w := b.cfg.AuxLossCoefficient; w > 0 {
		b.AddTerm(AuxLoss, b.auxLoss(revival{Encoding{Norms: norms}, top, 0, b.cfg.DSAE, w}, b.residual(b.output, b.part)))
	}
}

// addDeadLoss adds that loss to an architecture that has none, where GraphConfig asks
// for it. bias is that of the pre-activations, nil for b_enc. They are below zero, which
// is why the latents are dead, and count as they are: a relu would leave no gradient.
func (b *Builder) addDeadLoss(bias *gorgonia.Node) {
	if w := b.deadLoss; w > 0 {
		b.AddTerm(DeadLoss, b.auxLoss(revival{Encoding{bias: bias}, kernels.Top, 0, b.cfg.DSAE, w}, b.residual(b.output, b.part)))
	}
}

// revival says which dead latents learn, and how.
type revival struct {
	encoding Encoding
	top      chooser // of those that reconstruct a row
	from, to int     // among these latents
	weight   float64
}

// auxLoss is that loss for a residual.
func (b *Builder) auxLoss(r revival, residual *gorgonia.Node) *gorgonia.Node {
	most := max(b.cfg.Out()/2, 1)
	weight := func() float64 {
		return r.weight * min(float64(len(b.dead.within(r.from, r.to)))/float64(most), 1)
	}
	enc, e := kernels.Encoder{Activation: r.top(most)}, r.encoding
	e.run = func(dst *Codes, x []float32, a kernels.Affine) {
		b.k.EncodeSubset(&enc, &dst.CSR, x, a, b.dead.within(r.from, r.to))
	}
	return b.squaredError(b.denormalize(b.decode(b.Encode(e), nil, e.Norms), false), residual, weight)
}

// within returns the dead among the latents [from, to).
func (d *dead) within(from, to int) []int32 {
	lo := sort.Search(len(d.latents), func(i int) bool { return int(d.latents[i]) >= from })
	hi := sort.Search(len(d.latents), func(i int) bool { return int(d.latents[i]) >= to })
	return d.latents[lo:hi]
}
