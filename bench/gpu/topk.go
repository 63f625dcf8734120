package main

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/internal/cuda"
)

// contest is a measurement beside sae-lens.
type contest struct {
	precision
	name    string
	batch   int
	compile bool // sae-lens, by torch.compile
}

// contests are those of all precisions and batches.
func (s sizes) contests() (all []contest) {
	for _, p := range precisions {
		for i, batch := range s.batches {
			name := "gpu/topk-" + p.name
			if i > 0 {
				name += fmt.Sprintf("-b%d", batch)
			}
			all = append(all, contest{p, name, batch, false}, contest{p, name + "-vs-compiled", batch, true})
		}
	}
	return all
}

// topK times training beside sae-lens.
func (b *bench) topK(ctx context.Context, c contest) (_ []result.Entry, err error) {
	engine := cuda.New(b.card, c.engine)
	defer func() { err = errors.Join(err, engine.Close()) }()
	t := turns.Trainer(c.batch, turns.Forever)
	t.Autocast = c.autocast
	peer := turns.SAELens{Compile: c.compile, Device: b.device, MatmulPrecision: c.matmul}
	p, err := b.NewPair(ctx, turns.Contest{Model: b.fresh, Train: t, Peer: peer.Settings(b.fresh.Config(), t), Engine: engine})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	losses, err := b.agree(p, c.tolerance)
	if err != nil {
		return nil, err
	}
	ours, theirs, err := p.Rounds(b.rounds, b.steps)
	if err != nil {
		return nil, err
	}
	e := result.Rate(c.name, "steps/s", rates(ours), rates(theirs))
	e.Details = losses
	e.Note = fmt.Sprintf("%s; sae-lens with autocast=%t, float32_matmul_precision %q, compile_sae=%t, its rows on the card",
		b.describe(b.Rows.DIn, c.batch), c.autocast, c.matmul, c.compile)
	if p.Missing != nil {
		e.Missing = p.Missing.Error()
		return []result.Entry{e}, turns.Failure(p.Missing)
	}
	return []result.Entry{e}, nil
}

// agree takes both sides' first steps, behind which their losses must agree: sides that
// compute something else cannot be compared.
func (b *bench) agree(p *turns.Pair, tolerance float64) (map[string]float64, error) {
	ours, err := p.Ours.Steps(b.warm)
	if err != nil {
		return nil, err
	}
	losses := map[string]float64{"loss": ours[b.warm-1].Loss}
	if p.Missing != nil {
		return losses, nil
	}
	theirs, err := p.Theirs.Steps(b.warm, false)
	if err != nil {
		p.Missing = err
		return losses, nil
	}
	losses["peer_loss"] = theirs[b.warm-1].Loss
	losses["difference"] = math.Abs(losses["loss"]-losses["peer_loss"]) / math.Abs(losses["peer_loss"])
	if !(losses["difference"] <= tolerance) {
		return nil, fmt.Errorf("after %d steps saego's loss is %g, sae-lens' %g: they differ by more than %g of it, so that the sides did not train the same",
			b.warm, losses["loss"], losses["peer_loss"], tolerance)
	}
	return losses, nil
}

// rates are steps in a second.
func rates(steps []turns.Step) []float64 {
	return turns.Column(steps, func(s turns.Step) float64 { return 1 / s.Seconds })
}
