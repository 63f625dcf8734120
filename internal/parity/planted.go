package main

import (
	"context"
	"iter"
	"math/rand/v2"

	"github.com/saego/saego/extract"
)

// planted is an endless source of rows that are sums of few of saeFactors random
// directions, plus noise, away from the origin: what SAEs are made for. Targets, for
// transcoders, are the same sums of other directions.
type planted struct {
	seed       uint64
	dOut       int       // values of a target; 0 = none
	directions []float32 // (saeFactors, saeDIn), the same for every seed
	answers    []float32 // (saeFactors, dOut)
	centre     []float32 // (saeDIn)
}

var _ extract.Source = (*planted)(nil)

func newPlanted(seed uint64, dOut int) *planted {
	rng := rand.New(rand.NewPCG(0, 0))
	p := &planted{
		seed: seed, dOut: dOut, directions: make([]float32, saeFactors*saeDIn),
		answers: make([]float32, saeFactors*dOut), centre: make([]float32, saeDIn),
	}
	for _, directions := range [][]float32{p.directions, p.answers} {
		for i := range directions {
			directions[i] = float32(rng.NormFloat64())
		}
	}
	for i := range p.centre {
		p.centre[i] = float32(2 * rng.NormFloat64())
	}
	return p
}

// Info implements [extract.Source].
func (p *planted) Info() extract.Info {
	info := extract.Info{Model: "planted", Hook: "planted", DIn: saeDIn}
	if p.dOut > 0 {
		info.Target, info.DOut = "answers", p.dOut
	}
	return info
}

// Batches implements [extract.Source].
func (p *planted) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		rng := rand.New(rand.NewPCG(p.seed, 1))
		b := extract.Batch{
			DIn: saeDIn, Data: make([]float32, saeBatch*saeDIn), Origin: make([]extract.Origin, saeBatch),
			DOut: p.dOut, Target: make([]float32, saeBatch*p.dOut),
		}
		for ctx.Err() == nil {
			for i := range b.Len() {
				p.draw(rng, b.Row(i), b.Target[i*p.dOut:][:p.dOut])
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
		p.draw(rng, out[i*saeDIn:][:saeDIn], make([]float32, p.dOut))
	}
	return out
}

// draw overwrites row and target with new ones.
func (p *planted) draw(rng *rand.Rand, row, target []float32) {
	clear(target)
	for i := range row {
		row[i] = p.centre[i] + float32(0.1*rng.NormFloat64())
	}
	for range 8 {
		strength, factor := float32(rng.ExpFloat64()), rng.IntN(saeFactors)
		for i := range row {
			row[i] += strength * p.directions[factor*saeDIn+i]
		}
		for i := range target {
			target[i] += strength * p.answers[factor*p.dOut+i]
		}
	}
}
