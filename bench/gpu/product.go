package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/sae"
)

// stepShare times steps in each precision, and beside them the product that none can do
// without.
func (b *bench) stepShare(ctx context.Context) (entries []result.Entry, err error) {
	for _, p := range precisions {
		e, err := b.shareIn(ctx, p)
		if err != nil {
			return entries, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func (b *bench) shareIn(ctx context.Context, p precision) (e result.Entry, err error) {
	most, source, err := peak(b.card.Name(), b.peaks, p.product)
	if err != nil {
		return e, err
	}
	engine := cuda.New(b.card, p.engine)
	defer func() { err = errors.Join(err, engine.Close()) }()
	s, err := b.session(ctx, engine, p)
	if err != nil {
		return e, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	g := newProduct(b.card, b.fresh, b.Rows.X[:b.batches[0]*b.Rows.DIn], p.product)
	defer func() { err = errors.Join(err, g.engine.Close()) }()
	var steps []turns.Step
	var products []float64
	for range b.rounds {
		turn, err := s.Steps(b.steps + 1) // the first finds the product in the caches
		if err != nil {
			return e, err
		}
		steps = append(steps, turn[1:]...)
		took, err := g.time(b.products)
		if err != nil {
			return e, err
		}
		products = append(products, took)
	}
	e = result.Over("gpu/step-share-"+p.name, "s", turns.Seconds(steps), products)
	reached := 2 * float64(g.m) * float64(g.n) * float64(g.k) / *e.Peer / 1e12
	e.Details = map[string]float64{"product_tflops": reached}
	e.Note = fmt.Sprintf("step over the encoder's product alone, the median of turns of %d products; %s; the peak is %s",
		b.products, b.describe(b.Rows.DIn, g.m), source)
	if most > 0 {
		e.Details["peak_tflops"], e.Details["share_of_peak"] = most, reached/most
	}
	return e, nil
}

// session begins to train on a device, and takes the first steps.
func (b *bench) session(ctx context.Context, engine *cuda.Engine, p precision) (*turns.Session, error) {
	m := b.fresh.Clone()
	if err := m.To(engine); err != nil {
		return nil, err
	}
	t := turns.Trainer(b.batches[0], turns.Forever)
	t.Autocast = p.autocast
	s, err := turns.NewSession(ctx, m, t, b.Rows)
	if err != nil {
		return nil, err
	}
	if _, err := s.Steps(b.warm); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// product is that of the encoder: x (m, k) by W_enc (k, n), which is held transposed.
type product struct {
	engine    *cuda.Engine
	x, w, out []float32
	m, n, k   int
}

func newProduct(card cuda.Driver, model *sae.Model, x []float32, p cuda.Precision) *product {
	w, _ := model.Param("W_enc")
	g := &product{engine: cuda.New(card, p), n: model.Config().DSAE, k: model.Config().DIn}
	g.m = len(x) / g.k
	g.x, g.w, g.out = g.engine.Floats(nil, len(x)), g.engine.Floats(nil, len(w.Data)), g.engine.Floats(nil, g.m*g.n)
	g.engine.Upload(g.x, x)
	g.engine.Upload(g.w, w.Data)
	return g
}

// time returns the seconds that a product takes of count that follow each other, once one
// has been made.
func (g *product) time(count int) (float64, error) {
	run := func(count int) error {
		for range count {
			g.engine.Multiply(g.out, g.x, g.w, false, true, g.m, g.n, g.k, 0)
		}
		return g.engine.Wait()
	}
	if err := run(1); err != nil {
		return 0, err
	}
	start := time.Now()
	err := run(count)
	return time.Since(start).Seconds() / float64(count), err
}
