package sae

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
)

// matryoshka is a [batchTopK] of nested dictionaries: the latents below each of
// MatryoshkaWidths must reconstruct the input alone, which keeps general features
// from being absorbed by special ones (Bussmann et al., "Learning multi-level
// features with Matryoshka sparse autoencoders", 2025; sae-lens'
// matryoshka_batchtopk_sae). The loss is the plain sum over the levels.
type matryoshka struct{ batchTopK }

func (matryoshka) Validate(c Config) error {
	errs := []error{batchTopK{}.Validate(c)}
	if len(c.MatryoshkaWidths) == 0 {
		errs = append(errs, errors.New("matryoshka_widths is empty, want the latents of each nested dictionary, ascending"))
	}
	for i, w := range c.MatryoshkaWidths {
		if w < 1 || w > c.DSAE || i > 0 && w <= c.MatryoshkaWidths[i-1] {
			errs = append(errs, fmt.Errorf("matryoshka_widths is %v, want it to ascend from 1 or more to at most d_sae, which is %d", c.MatryoshkaWidths, c.DSAE))
			break
		}
	}
	return errors.Join(errs...)
}

// widths returns those of all levels, d_sae at the end.
func (c Config) widths() []int {
	w := slices.Clone(c.MatryoshkaWidths)
	if len(w) == 0 || w[len(w)-1] != c.DSAE {
		w = append(w, c.DSAE)
	}
	return w
}

func (matryoshka) Build(b *Builder) error {
	widths, norms := b.cfg.widths(), b.rescalingNorms()
	b.codes = b.Encode(Encoding{Norms: norms, run: b.batchTopK()})
	eachAux := b.cfg.UseMatryoshkaAuxLoss && b.cfg.AuxLossCoefficient > 0
	output, errs := b.reconstructLevels(b.codes, norms, widths, eachAux)
	last := len(widths) - 1
	b.output = output
	b.addMSE(b.pick(errs, last))
	for i, w := range widths[:last] {
		b.AddTerm(fmt.Sprintf("inner_mse_loss_%d", w), b.pick(errs, i))
	}
	if !eachAux {
		b.addAuxLoss(norms, kernels.Top)
		return nil
	}
	b.part = last
	b.AddTerm(AuxLoss, b.levelAuxLoss(norms, widths))
	return nil
}

// levelAuxLoss lets the dead latents of each level reconstruct what the levels up to
// it left over.
func (b *Builder) levelAuxLoss(norms *gorgonia.Node, widths []int) *gorgonia.Node {
	var loss *gorgonia.Node
	from := 0
	for i, w := range widths {
		l := b.auxLoss(revival{Encoding{Norms: norms}, kernels.Top, from, w, b.cfg.AuxLossCoefficient}, b.residual(b.output, i))
		if from = w; loss == nil {
			loss = l
			continue
		}
		sum, err := gorgonia.Add(loss, l)
		if err != nil && b.err == nil {
			b.err = err
		}
		loss = sum
	}
	return loss
}

func (matryoshka) Settings(c Config, training bool) map[string]any {
	s := batchTopK{}.Settings(c, training)
	if training {
		maps.Copy(s, map[string]any{"matryoshka_widths": c.widths(), "use_matryoshka_aux_loss": c.UseMatryoshkaAuxLoss})
	}
	return s
}
