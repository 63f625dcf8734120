package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/internal/cuda"
)

// profiled is the precision whose steps are profiled. In another one the product alone
// takes another time, which stepShare measures.
const profiled = 1 // TF32

// profile times a step, and then all that other steps ask the device for, each alone.
func (b *bench) profile(ctx context.Context) ([]result.Entry, error) {
	steps, err := b.plain(ctx)
	if err != nil {
		return nil, err
	}
	step := result.Alone("gpu/profile-step", "s", turns.Seconds(steps)...)
	step.Note = fmt.Sprintf("%s, %s; the operations are those of other steps, in which the device is waited for before and behind each kernel",
		b.describe(b.Rows.DIn, b.batches[0]), precisions[profiled].name)
	took, calls, err := b.apart(ctx)
	if err != nil {
		return nil, err
	}
	entries, sum := []result.Entry{step}, 0.0
	for _, o := range operations {
		e := result.Alone("gpu/profile-"+strings.ReplaceAll(o.name, " ", "-"), "s", took[o.name]...)
		sum += *e.Ours
		e.Details = map[string]float64{"times": 1, "share": *e.Ours / *step.Ours, "calls": calls[o.name]}
		entries = append(entries, e)
	}
	rest := result.Alone("gpu/profile-rest", "s", *step.Ours-sum)
	rest.Note = "step less the operations: what the host does meanwhile, less the waiting that a step spares"
	rest.Details = map[string]float64{"times": 1, "share": (*step.Ours - sum) / *step.Ours}
	return append(entries, rest), nil
}

// plain takes steps as they are.
func (b *bench) plain(ctx context.Context) (steps []turns.Step, err error) {
	engine := cuda.New(b.card, precisions[profiled].engine)
	defer func() { err = errors.Join(err, engine.Close()) }()
	s, err := b.session(ctx, engine, precisions[profiled])
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	return s.Steps(b.rounds * b.steps)
}

// apart returns the seconds that each operation takes in each of some steps, and how many
// kernels it has in one.
func (b *bench) apart(ctx context.Context) (took map[string][]float64, calls map[string]float64, err error) {
	d := &timed{Driver: b.card}
	d.restart()
	engine := cuda.New(d, precisions[profiled].engine)
	defer func() { err = errors.Join(err, engine.Close()) }()
	s, err := b.session(ctx, engine, precisions[profiled])
	if err != nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	took, calls = map[string][]float64{}, map[string]float64{}
	for range b.rounds * b.steps {
		d.restart()
		if _, err := s.Steps(1); err != nil {
			return nil, nil, err
		}
		for _, o := range operations {
			took[o.name], calls[o.name] = append(took[o.name], d.took[o.name]), float64(d.calls[o.name])
		}
	}
	return took, calls, nil
}
