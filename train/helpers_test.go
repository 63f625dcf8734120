package train_test

import (
	"context"
	"errors"
	"iter"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

var errBoom = errors.New("boom")

// normal returns n numbers from the standard normal distribution.
func normal(n int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// failing yields the batches of a source and then an error.
type failing struct {
	batches
	err error
}

func (f failing) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for b := range f.batches.Batches(ctx) {
			if !yield(b, nil) {
				return
			}
		}
		yield(extract.Batch{}, f.err)
	}
}

const dIn, batch = 6, 8

// source returns steps batches of random rows.
func source(steps int) batches { return batches{dIn, batch, normal(steps*batch*dIn, 1)} }

func model(t testing.TB, architecture string) *sae.Model {
	t.Helper()
	cfg := sae.DefaultConfig()
	cfg.Architecture, cfg.DIn, cfg.DSAE, cfg.K, cfg.Seed = architecture, dIn, 20, 4, 1
	m, err := sae.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// short is a run of that many steps.
func short(steps int) train.Config {
	c := train.DefaultConfig()
	c.TotalTrainingSamples, c.TrainBatchSizeSamples, c.LogEveryNSteps = steps*batch, batch, 1
	c.BDecInitMethod = train.BDecZeros
	return c
}

func trainer(t testing.TB, m *sae.Model, c train.Config, h train.Hooks) *train.Trainer {
	t.Helper()
	tr, err := train.New(m, c, h)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-5*max(1, math.Abs(want))) {
		t.Errorf("%s is %g, want %g", what, got, want)
	}
}
