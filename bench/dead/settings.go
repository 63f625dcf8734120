package main

import (
	"context"
	"fmt"
	"time"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// setting is one way in which latents die.
type setting struct {
	name  string
	rows  sample
	dSAE  int
	steps int
	l1    float64
	lr    float64
	cold  bool    // no warm-up of l1_coefficient
	sleep float64 // bias of three latents of four at the start
}

// settings are those that are compared.
func settings(planted, demo sample) []setting {
	return []setting{
		{name: "planted, warm-up", rows: planted, dSAE: 256, steps: 1500, l1: 1, lr: 5e-3},
		{name: "planted, high rate, no warm-up", rows: planted, dSAE: 160, steps: 1500, l1: 1, lr: 2e-2, cold: true},
		{name: "planted, 3 of 4 latents start dead", rows: planted, dSAE: 256, steps: 1500, l1: 1, lr: 5e-3, sleep: -1},
		{name: "demo text, warm-up", rows: demo, dSAE: 1024, steps: 800, l1: 5, lr: 2e-3},
		{name: "demo text, high rate, no warm-up", rows: demo, dSAE: 1024, steps: 800, l1: 5, lr: 5e-3, cold: true},
		{name: "demo text, 3 of 4 latents start dead", rows: demo, dSAE: 1024, steps: 800, l1: 5, lr: 2e-3, sleep: -1},
	}
}

// architectures are those that can be trained on the rows.
func (s setting) architectures() []string {
	if s.rows.planted != nil {
		return []string{sae.Standard, sae.Gated, sae.Transcoder}
	}
	return []string{sae.Standard, sae.Gated}
}

// result is the mean over the seeds.
type result struct{ dead, loss, explained, l0, recovered, seconds float64 }

// line trains with one method and returns a row of the table.
func (s setting) line(ctx context.Context, architecture, method string, seeds int) (string, error) {
	var sum result
	for seed := range seeds {
		r, err := s.one(ctx, architecture, method, uint64(seed)+1)
		if err != nil {
			return "", err
		}
		sum = result{sum.dead + r.dead, sum.loss + r.loss, sum.explained + r.explained, sum.l0 + r.l0, sum.recovered + r.recovered, sum.seconds + r.seconds}
	}
	n, recovered := float64(seeds), "–"
	if s.rows.planted != nil {
		recovered = fmt.Sprintf("%.1f %%", 100*sum.recovered/n)
	}
	return fmt.Sprintf("| %s | %s | %s | %.0f of %d | %.4g | %.4f | %.2f | %s | %.1f |",
		s.name, architecture, method, sum.dead/n, s.dSAE, sum.loss/n, sum.explained/n, sum.l0/n, recovered, sum.seconds/n), nil
}

func (s setting) one(ctx context.Context, architecture, method string, seed uint64) (r result, err error) {
	c := sae.DefaultConfig()
	c.Architecture, c.DIn, c.DSAE, c.L1Coefficient, c.Seed = architecture, s.rows.train.Info().DIn, s.dSAE, s.l1, seed
	c.NormalizeActivations = sae.NormalizeExpectedNorm
	if architecture == sae.Transcoder {
		c.DOut = s.rows.train.Info().DOut
	}
	m, err := sae.New(c)
	if err != nil {
		return r, err
	}
	for _, name := range []string{"b_enc", "b_gate"} {
		if p, ok := m.Param(name); ok {
			for j := range p.Data {
				if j%4 != 0 {
					p.Data[j] = float32(s.sleep)
				}
			}
		}
	}
	t := train.DefaultConfig()
	t.TrainBatchSizeSamples, t.TotalTrainingSamples, t.LR = batch, s.steps*batch, s.lr
	t.DeadFeatureMethod, t.EvalEveryNSteps = method, 0
	if s.cold {
		t.L1WarmUpSteps = 0
	}
	trainer, err := train.New(m, t, train.Hooks{})
	if err != nil {
		return r, err
	}
	start := time.Now()
	state, err := trainer.Run(ctx, endless{s.rows.train})
	if err != nil {
		return r, err
	}
	seconds, inference := time.Since(start).Seconds(), state.Inference()
	e, err := train.Evaluate(ctx, inference, s.rows.held)
	if err != nil {
		return r, err
	}
	r = result{dead: float64(e.Dead), explained: e.ExplainedVariance, l0: e.L0, seconds: seconds}
	if s.rows.planted != nil {
		r.recovered = s.rows.planted.Recovered(inference)
	}
	r.loss, err = loss(ctx, state, s.rows.held)
	return r, err
}

// loss is what the SAE was trained to make small, mse_loss + l1_loss, on rows that it
// was not trained on.
func loss(ctx context.Context, state train.State, held extract.Source) (float64, error) {
	var sum, batches float64
	g, err := state.Model.Graph(sae.GraphConfig{Rows: batch})
	if err != nil {
		return 0, err
	}
	for b, err := range held.Batches(ctx) {
		if err != nil {
			return 0, err
		}
		for lo := 0; lo+batch <= b.Len(); lo += batch {
			part := b.Slice(lo, lo+batch)
			in := sae.Input{X: times(part.Data, state.Scale.Factor), Coefficient: state.Model.Config().L1Coefficient}
			if state.Model.Transcodes() {
				in.Target = times(part.Target, state.Scale.Target)
			}
			if err := g.Run(in); err != nil {
				return 0, err
			}
			for _, l := range g.Losses() {
				if l.Name != sae.AuxLoss { // the gate's
					sum += l.Value
				}
			}
			batches++
		}
	}
	return sum / batches, g.Close()
}

func times(x []float32, f float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = v * float32(f)
	}
	return out
}
