package main

import (
	"context"
	"errors"
	"runtime"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// alone takes n steps of saego's from m, which stays as it is, after one for warmth
// where the run goes on beyond them.
func (b *bench) alone(ctx context.Context, m *sae.Model, t train.Config, n int) (steps []turns.Step, err error) {
	s, err := turns.NewSession(ctx, m.Clone(), t, b.Rows)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if t.Steps() > n {
		if _, err := s.Steps(1); err != nil {
			return nil, err
		}
	}
	return s.Steps(n)
}

// alloc counts what a step of saego's allocates once it is warm.
func (b *bench) alloc(ctx context.Context, name string) (entries []result.Entry, err error) {
	const warm, n = 3, 5
	m, err := b.Rows.Model(architecture(name, b.Rows.DIn, dSAE/4))
	if err != nil {
		return nil, err
	}
	s, err := turns.NewSession(ctx, m, turns.Trainer(batch/4, turns.Forever), b.Rows)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if _, err := s.Steps(warm); err != nil {
		return nil, err
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := s.Steps(n); err != nil {
		return nil, err
	}
	runtime.ReadMemStats(&after)
	per := func(unit string, total uint64) result.Entry {
		e := result.Alone("alloc/"+name+"/"+unit, unit+" per step", float64(total)/n)
		e.Runs, e.Note = n, "d_sae 1536, batch 1024"
		return e
	}
	return []result.Entry{per("bytes", after.TotalAlloc-before.TotalAlloc), per("mallocs", after.Mallocs-before.Mallocs)}, nil
}
