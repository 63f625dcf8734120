package main

import (
	"context"
	"errors"
	"math"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
)

const (
	curveSteps = 300
	curveBatch = 512
	curveDSAE  = 1536
	curveEnd   = 30 // steps whose mean is the end
)

// curve trains both sides from the same weights on the same rows, and compares the
// losses of all steps.
func (b *bench) curve(ctx context.Context, name string) (entries []result.Entry, err error) {
	n := curveSteps
	if b.Quick {
		n = 2 * curveEnd
	}
	t := turns.Trainer(curveBatch, n)
	t.LR, t.LREnd, t.LogEveryNSteps = 1e-3, 1e-4, 1
	t.L1WarmUpSteps, t.L0WarmUpSteps = n/6, n/6
	c, err := b.Rows.SAELens(architecture(name, b.Rows.DIn, curveDSAE), t)
	if err != nil {
		return nil, err
	}
	c.Rows = b.Rows.N
	p, err := b.NewPair(ctx, c)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	ours, err := p.Ours.Steps(n)
	if err != nil {
		return nil, err
	}
	var theirs []turns.Step
	if p.Missing == nil {
		theirs, p.Missing = p.Theirs.Steps(n, true)
	}
	e := compareCurves("curve/"+name, ours, theirs)
	if p.Missing != nil {
		e.Missing = p.Missing.Error()
		return []result.Entry{e}, turns.Failure(p.Missing)
	}
	return []result.Entry{e}, nil
}

// compareCurves compares the losses of all steps, and how the runs ended.
func compareCurves(name string, ours, theirs []turns.Step) result.Entry {
	loss := func(s turns.Step) float64 { return s.Loss }
	end := func(steps []turns.Step, of func(turns.Step) float64) float64 {
		last := turns.Column(steps[max(0, len(steps)-curveEnd):], of)
		var sum float64
		for _, v := range last {
			sum += v
		}
		return sum / float64(len(last))
	}
	e := result.Alone(name, "loss", end(ours, loss))
	e.Runs = len(ours)
	e.Note = "mean loss of the last 30 steps; d_sae 1536, batch 512, lr 1e-3, from the same weights on the same rows"
	variance, l0 := func(s turns.Step) float64 { return s.Variance }, func(s turns.Step) float64 { return s.L0 }
	e.Details = map[string]float64{"explained_variance_ours": end(ours, variance), "l0_ours": end(ours, l0)}
	if len(theirs) == 0 {
		return e
	}
	peer := end(theirs, loss)
	ratio := peer / *e.Ours
	e.Peer, e.Ratio = &peer, &ratio
	e.Details["explained_variance_peer"], e.Details["l0_peer"] = end(theirs, variance), end(theirs, l0)
	for i, s := range ours {
		d := math.Abs(s.Loss-theirs[i].Loss) / math.Abs(theirs[i].Loss)
		e.Details["difference_mean"] += d / float64(len(ours))
		e.Details["difference_largest"] = max(e.Details["difference_largest"], d)
	}
	return e
}
