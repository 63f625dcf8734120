package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/sae"
)

// growth is one point of a curve: topk at the usual size, but for one number.
type growth struct {
	axis  string // of docs/performance.md's plots: k, d_sae or batch
	value int
	quick bool
}

func growths() (all []growth) {
	for v := 8; v <= 2048; v *= 2 {
		all = append(all, growth{"k", v, v == 8 || v == 512})
	}
	for v := 2048; v <= 65536; v *= 2 {
		all = append(all, growth{"d_sae", v, false})
	}
	for v := 256; v <= 16384; v *= 2 {
		all = append(all, growth{"batch", v, false})
	}
	return all
}

// size returns the numbers of the point.
func (g growth) size() (k, width, rows int) {
	k, width, rows = 64, dSAE, batch
	switch g.axis {
	case "k":
		k = g.value
	case "d_sae":
		width = g.value
	case "batch":
		rows = g.value
	}
	return k, width, rows
}

// grow times a point in a few turns; small batches take more steps in each.
func (b *bench) grow(ctx context.Context, name string, g growth) (entries []result.Entry, err error) {
	k, width, rows := g.size()
	cfg := architecture(sae.TopK, b.Rows.DIn, width)
	cfg.K = float64(k)
	c, err := b.Rows.SAELens(cfg, turns.Trainer(rows, turns.Forever))
	if err != nil {
		return nil, err
	}
	p, err := b.NewPair(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	rounds := 3
	if width*rows > 4*dSAE*batch {
		rounds = 2 // a step of theirs takes long
	}
	ours, theirs, err := p.Rounds(rounds, max(1, batch/rows/2))
	if err != nil {
		return nil, err
	}
	e := result.Compare(name, "s", turns.Seconds(ours), turns.Seconds(theirs))
	e.Note = fmt.Sprintf("topk, d_in %d, d_sae %d, batch %d, k %d; sae-lens as it is", b.Rows.DIn, width, rows, k)
	if p.Missing != nil {
		e.Missing = p.Missing.Error()
		return []result.Entry{e}, turns.Failure(p.Missing)
	}
	return []result.Entry{e}, nil
}
