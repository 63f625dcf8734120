package main

import (
	"context"
	"fmt"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/suite"
	"github.com/saego/saego/sae"
)

// part is one measurement.
type part = suite.Part[*bench]

// parts are all measurements, in their order.
var parts = all()

func all() (p []part) {
	add := func(name string, quick bool, run func(context.Context, *bench) ([]result.Entry, error)) {
		p = append(p, part{Name: name, Quick: quick, Run: run})
	}
	for _, a := range selecting {
		add("train/"+a, a == sae.TopK || a == sae.BatchTopK, func(ctx context.Context, b *bench) ([]result.Entry, error) {
			return b.trainSelecting(ctx, a)
		})
	}
	for _, a := range selecting {
		add("step/"+a, a == sae.TopK, func(ctx context.Context, b *bench) ([]result.Entry, error) { return b.stepOverProduct(ctx, a) })
	}
	for _, v := range variants {
		add("train/topk-vs-"+v.name, v.sparse, func(ctx context.Context, b *bench) ([]result.Entry, error) {
			return b.trainVariant(ctx, v)
		})
	}
	for _, s := range sparsifies {
		add(s.name, s.k == 64, func(ctx context.Context, b *bench) ([]result.Entry, error) { return b.trainSparsify(ctx, s) })
	}
	for _, a := range penalized {
		add("train/"+a, false, func(ctx context.Context, b *bench) ([]result.Entry, error) { return b.trainPenalized(ctx, a) })
	}
	for _, g := range growths() {
		name := fmt.Sprintf("growth/%s=%d", g.axis, g.value)
		add(name, g.quick, func(ctx context.Context, b *bench) ([]result.Entry, error) { return b.grow(ctx, name, g) })
	}
	for _, a := range architectures {
		add("curve/"+a, a == sae.TopK, func(ctx context.Context, b *bench) ([]result.Entry, error) { return b.curve(ctx, a) })
	}
	for _, a := range architectures {
		add("alloc/"+a, a == sae.TopK, func(ctx context.Context, b *bench) ([]result.Entry, error) { return b.alloc(ctx, a) })
	}
	for _, m := range memories() {
		add("memory/"+m.name, m.name == "idle" || m.name == sae.TopK, func(ctx context.Context, b *bench) ([]result.Entry, error) {
			return b.memory(ctx, m)
		})
	}
	add("profile/topk", true, func(ctx context.Context, b *bench) ([]result.Entry, error) { return b.profile(ctx, sae.TopK) })
	add("sweep/8-over-1", false, func(ctx context.Context, b *bench) ([]result.Entry, error) { return b.sweep(ctx) })
	return p
}

// Architectures that both sides have, by how they choose latents.
var (
	selecting     = []string{sae.TopK, sae.BatchTopK, sae.MatryoshkaBatchTopK, sae.AbsTopK}
	penalized     = []string{sae.Standard, sae.Gated, sae.JumpReLU}
	architectures = append(append([]string{}, selecting...), penalized...)
)

// rounds is how often the two sides of a measurement take turns, and stepsPerRound how
// many steps each of them takes then.
func (b *bench) rounds() int {
	if b.Quick {
		return 3
	}
	return 6
}

const stepsPerRound = 2
