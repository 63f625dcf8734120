package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/sae"
)

// trainSelecting times an architecture that selects its latents beside sae-lens.
func (b *bench) trainSelecting(ctx context.Context, name string) ([]result.Entry, error) {
	cfg := architecture(name, b.Rows.DIn, dSAE)
	c, err := b.Rows.SAELens(cfg, turns.Trainer(batch, turns.Forever))
	if err != nil {
		return nil, err
	}
	ours, theirs, missing, err := b.compete(ctx, c)
	if err != nil {
		return nil, err
	}
	e := result.Compare("train/"+name, "s", turns.Seconds(ours), turns.Seconds(theirs))
	e.Note, e.Missing = describe(cfg)+"; sae-lens as it is", missing
	return []result.Entry{e}, nil
}

// stepOverProduct times a step of it beside the product that no step can do without.
func (b *bench) stepOverProduct(ctx context.Context, name string) (_ []result.Entry, err error) {
	m, err := b.Rows.Model(architecture(name, b.Rows.DIn, dSAE))
	if err != nil {
		return nil, err
	}
	s, err := turns.NewSession(ctx, m.Clone(), turns.Trainer(batch, turns.Forever), b.Rows)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	g := gemmOf(m, b.Rows.X[:batch*b.Rows.DIn])
	var all []turns.Step
	for range b.rounds() {
		turn, err := s.Steps(stepsPerRound + 1) // the first finds the product in the caches
		if err != nil {
			return nil, err
		}
		all = append(all, turn[1:]...)
		g.both()
	}
	tiles := result.Over("step/"+name+"-over-gemm", "s", turns.Seconds(all), g.tiles)
	tiles.Note = fmt.Sprintf("step over the encoder's product alone, in tiles of %d rows", tileRows)
	one := result.Over("step/"+name+"-over-gemm-in-one", "s", turns.Seconds(all), g.one)
	one.Note = "step over the encoder's product alone, as one call with the BLAS's own threads"
	return []result.Entry{tiles, one}, nil
}

// compete lets both sides of c take turns. missing says why theirs is empty, if it is.
func (b *bench) compete(ctx context.Context, c turns.Contest) (ours, theirs []turns.Step, missing string, err error) {
	return b.Compete(ctx, c, b.rounds(), stepsPerRound)
}

// describe says what was trained.
func describe(c sae.Config) string {
	s := fmt.Sprintf("d_in %d, d_sae %d, batch %d", c.DIn, c.DSAE, batch)
	switch c.Architecture {
	case sae.Standard, sae.Gated:
		return s + fmt.Sprintf(", l1_coefficient %g", c.L1Coefficient)
	case sae.JumpReLU:
		return s + fmt.Sprintf(", l0_coefficient %g", c.L0Coefficient)
	case sae.MatryoshkaBatchTopK:
		return s + fmt.Sprintf(", k %g, widths %v", c.K, c.MatryoshkaWidths)
	}
	return s + fmt.Sprintf(", k %g", c.K)
}

// variant is another setting of sae-lens for the same SAE.
type variant struct {
	name            string
	sparse, compile bool
}

var variants = []variant{{name: "sparse", sparse: true}, {name: "compiled", compile: true}}

// trainVariant times topk beside sae-lens with use_sparse_activations, or compiled as
// its runner compiles for compile_sae.
func (b *bench) trainVariant(ctx context.Context, v variant) ([]result.Entry, error) {
	cfg, t := architecture(sae.TopK, b.Rows.DIn, dSAE), turns.Trainer(batch, turns.Forever)
	if v.sparse { // torch has no gradient on a CPU for sae-lens' product of sparse codes and norms
		cfg.RescaleActsByDecoderNorm = false
	}
	c, err := b.Rows.SAELens(cfg, t)
	if err != nil {
		return nil, err
	}
	c.Peer = turns.SAELens{Sparse: v.sparse, Compile: v.compile}.Settings(cfg, t)
	ours, theirs, missing, err := b.compete(ctx, c)
	if err != nil {
		return nil, err
	}
	e := result.Compare("train/topk-vs-"+v.name, "s", turns.Seconds(ours), turns.Seconds(theirs))
	e.Missing = missing
	e.Note = fmt.Sprintf("%s, rescale_acts_by_decoder_norm %t; sae-lens with use_sparse_activations=%t, compile_sae=%t",
		describe(cfg), cfg.RescaleActsByDecoderNorm, v.sparse, v.compile)
	if v.sparse {
		e.Note += " (with the norms, its default, sae-lens' sparse step fails on a CPU: torch lacks the gradient)"
	}
	return []result.Entry{e}, nil
}
