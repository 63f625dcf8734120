package main

import (
	"context"
	"iter"
	"math/rand/v2"

	"github.com/saego/saego/extract"
)

// planted is an endless source of rows that are sums of few of saeFactors random
// directions, plus noise, away from the origin: what SAEs are made for.
type planted struct {
	seed       uint64
	directions []float32 // (saeFactors, saeDIn), the same for every seed
	centre     []float32 // (saeDIn)
}

var _ extract.Source = (*planted)(nil)

func newPlanted(seed uint64) *planted {
	rng := rand.New(rand.NewPCG(0, 0))
	p := &planted{seed: seed, directions: make([]float32, saeFactors*saeDIn), centre: make([]float32, saeDIn)}
	for i := range p.directions {
		p.directions[i] = float32(rng.NormFloat64())
	}
	for i := range p.centre {
		p.centre[i] = float32(2 * rng.NormFloat64())
	}
	return p
}

// Info implements [extract.Source].
func (p *planted) Info() extract.Info {
	return extract.Info{Model: "planted", Hook: "planted", DIn: saeDIn}
}

// Batches implements [extract.Source].
func (p *planted) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		rng := rand.New(rand.NewPCG(p.seed, 1))
		b := extract.Batch{DIn: saeDIn, Data: make([]float32, saeBatch*saeDIn), Origin: make([]extract.Origin, saeBatch)}
		for ctx.Err() == nil {
			for row := range b.Rows() {
				p.draw(rng, row)
			}
			if !yield(b, nil) {
				return
			}
		}
		yield(extract.Batch{}, context.Cause(ctx))
	}
}

// rows returns n rows (n, saeDIn) that no pass of Batches has.
func (p *planted) rows(n int) []float32 {
	rng := rand.New(rand.NewPCG(p.seed, 2))
	out := make([]float32, n*saeDIn)
	for i := range n {
		p.draw(rng, out[i*saeDIn:][:saeDIn])
	}
	return out
}

// draw overwrites row with a new one.
func (p *planted) draw(rng *rand.Rand, row []float32) {
	for i := range row {
		row[i] = p.centre[i] + float32(0.1*rng.NormFloat64())
	}
	for range 8 {
		strength, from := float32(rng.ExpFloat64()), rng.IntN(saeFactors)*saeDIn
		for i := range row {
			row[i] += strength * p.directions[from+i]
		}
	}
}
