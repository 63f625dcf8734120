package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// penalties are the weight of the sparsity loss and the rate with which L0 falls below
// sparse within some hundred steps on the rows of loadRows, which are explained well
// then. jumprelu's thresholds move by the rate alone.
var penalties = map[string]struct{ coefficient, lr float64 }{
	sae.Standard: {1, 1e-3},
	sae.Gated:    {1.5, 1e-3},
	sae.JumpReLU: {0.1, 3e-3},
}

const (
	first  = 200 // steps from the start, where most latents fire
	most   = 600 // steps within which L0 has to fall
	sparse = 128 // L0 below which training is as it is for most of its time
	every  = 13  // steps of ours for one of theirs, whose time does not depend on L0
)

// trainPenalized times an architecture that is sparse by a penalty beside sae-lens:
// from the start, and then from what has become of it.
func (b *bench) trainPenalized(ctx context.Context, name string) ([]result.Entry, error) {
	cfg := architecture(name, b.Rows.DIn, dSAE)
	t := penalizedTrainer(name, turns.Forever)
	c, err := b.Rows.SAELens(cfg, t)
	if err != nil {
		return nil, err
	}
	entries, err := b.fromStart(ctx, name, c)
	if err != nil {
		return entries, err
	}
	last := entries[0].Details
	if l0 := last["l0_end"]; l0 >= sparse {
		return entries, fmt.Errorf("L0 is %.0f after %d steps, want less than %d: raise the coefficient of %s", l0, most, sparse, name)
	}
	// So small a rate leaves both where they are.
	c.Train.LR, c.Train.LREnd = 1e-8, 1e-8
	c.Train.L1WarmUpSteps, c.Train.L0WarmUpSteps = 0, 0
	c.Peer = turns.SAELens{}.Settings(cfg, c.Train)
	ours, theirs, missing, err := b.compete(ctx, c)
	if err != nil {
		return entries, err
	}
	e := result.Compare("train/"+name, "s", turns.Seconds(ours), turns.Seconds(theirs))
	e.Missing, e.Details = missing, map[string]float64{"l0": ours[len(ours)-1].L0}
	e.Note = fmt.Sprintf("%s; from the weights after %.0f steps, in both", describe(cfg), last["steps"])
	return append(entries, e), nil
}

// penalizedTrainer returns the settings of a run whose penalty comes up over 50 steps.
func penalizedTrainer(name string, steps int) train.Config {
	t := turns.Trainer(batch, steps)
	t.LR = penalties[name].lr
	t.L1WarmUpSteps, t.L0WarmUpSteps = 50, 50
	t.LogEveryNSteps = 25
	return t
}

// fromStart trains c.Model until it is sparse, at least over the first steps, with a
// step of theirs now and then.
func (b *bench) fromStart(ctx context.Context, name string, c turns.Contest) (entries []result.Entry, err error) {
	ours, err := turns.NewSession(ctx, c.Model, c.Train, b.Rows)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, ours.Close()) }()
	theirs, missing := b.Peer(ctx)
	if missing == nil {
		missing = b.Open(theirs, c)
	}
	var all []turns.Step
	var peer []float64
	for i := range most {
		s, err := ours.Steps(1)
		if err != nil {
			return nil, err
		}
		all = append(all, s...)
		if missing == nil && i < first && i%every == 0 {
			var p []turns.Step
			if p, missing = theirs.Steps(1, false); missing == nil && i > 0 { // the first one warms up
				peer = append(peer, p[0].Seconds)
			}
		}
		if i+1 >= first && s[0].L0 < sparse*0.9 {
			break
		}
	}
	if err := turns.Failure(missing); missing != nil && err != nil {
		return nil, err
	}
	note := fmt.Sprintf("%s, lr %g, the penalty warms up over %d steps", describe(c.Model.Config()), c.Train.LR, c.Train.L1WarmUpSteps)
	return startEntries(name, all, peer, note), nil
}

// startEntries are what a run from the start gives: the mean step and the worst one.
func startEntries(name string, all []turns.Step, peer []float64, note string) []result.Entry {
	times := turns.Seconds(all[:first])
	var sum float64
	for _, s := range times {
		sum += s
	}
	mean, worst := sum/first, slowest(times[1:]) // as for theirs, the first one warms up
	whole := result.Compare("train/"+name+"-first200", "s", times, peer)
	single := result.Compare("train/"+name+"-worst-step", "s", times, peer)
	whole.Ours, single.Ours = &mean, &worst
	if len(peer) > 0 {
		spread := whole.PeerSpread
		a, b := *whole.Peer/mean, *whole.Peer/worst
		whole.Ratio, single.Ratio = &a, &b
		whole.Details = map[string]float64{"peer_interquartile_range": (spread.Q3 - spread.Q1) / spread.Median}
	} else {
		whole.Details = map[string]float64{}
	}
	whole.Details["l0_start"], whole.Details["l0_200"] = all[0].L0, all[first-1].L0
	whole.Details["l0_end"], whole.Details["steps"] = all[len(all)-1].L0, float64(len(all))
	whole.Details["explained_variance_end"] = all[len(all)-1].Variance
	single.Details = map[string]float64{"longest": slices.Max(times[1:])}
	whole.Note = note + "; mean of saego's first 200 steps, beside steps of sae-lens spread over them"
	single.Note = "the slowest of the same steps but for the first, which takes the memory, each as the median of five around it, " +
		"beside sae-lens' median"
	return []result.Entry{whole, single}
}

// slowest returns the largest median of five steps in a row. L0 changes slowly, so that
// they cost the same; a single one that takes longer was held up by another program.
func slowest(times []float64) float64 {
	worst := 0.0
	for i := range len(times) - 4 {
		worst = max(worst, result.Median(times[i:i+5]))
	}
	return worst
}
