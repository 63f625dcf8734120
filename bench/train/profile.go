package main

import (
	"context"
	"fmt"
	"time"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
)

// profile times a step, and beside it the kernels that it is made of, each alone and on
// the same batch.
func (b *bench) profile(ctx context.Context, name string) ([]result.Entry, error) {
	cfg := architecture(name, b.Rows.DIn, dSAE)
	m, err := b.Rows.Model(cfg)
	if err != nil {
		return nil, err
	}
	steps, err := b.alone(ctx, m, turns.Trainer(batch, turns.Forever), b.rounds())
	if err != nil {
		return nil, err
	}
	step := result.Alone("profile/"+name+"/step", "s", turns.Seconds(steps)...)
	step.Note = describe(cfg)
	entries, sum := []result.Entry{step}, 0.0
	all := kernelsOf(m, b.Rows.X[:batch*b.Rows.DIn])
	times := make([][]float64, len(all))
	for round := range b.rounds() + 1 { // one after another, so that each finds the caches as in a step
		for i, k := range all {
			start := time.Now()
			k.run()
			if round > 0 { // the first one warms up
				times[i] = append(times[i], time.Since(start).Seconds())
			}
		}
	}
	for i, k := range all {
		e := result.Alone("profile/"+name+"/"+k.name, "s", times[i]...)
		if k.part {
			e.Note = "for comparison, not part of the step"
		} else {
			sum += float64(k.times) * *e.Ours
		}
		e.Details = map[string]float64{"times": float64(k.times), "share": float64(k.times) * *e.Ours / *step.Ours}
		entries = append(entries, e)
	}
	rest := result.Alone("profile/"+name+"/rest", "s", *step.Ours-sum)
	rest.Note = fmt.Sprintf("step less the kernels above, %d %% of it", int(100*(*step.Ours-sum) / *step.Ours))
	rest.Details = map[string]float64{"times": 1, "share": (*step.Ours - sum) / *step.Ours}
	return append(entries, rest), nil
}
