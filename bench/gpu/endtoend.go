package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"time"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/mixbuf"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// script is the peer's side, from the root of the repository.
const script = "bench/gpu/peer.py"

// ahead is how many batches are read ahead of the step, as the programs do.
const ahead = 2

// job is what is measured from end to end: examples become rows, and they an SAE.
type job struct {
	runner *ort.Runner
	source func() (extract.Source, error) // of all examples, once
	dIn    int
	peer   map[string]any // what its reader is told
	words  string
}

// turn is what became of a job.
type turn struct {
	Seconds float64 `json:"seconds"`
	Rows    int     `json:"rows"` // that were trained on
	Loss    float64 `json:"loss"` // of the last step
}

// endToEnd lets both sides do the whole job in turns. The peer's is the guide's way: the
// whole network with a forward hook, and sae-lens' steps; no rows leave the card.
func (b *bench) endToEnd(ctx context.Context, name string, open func(context.Context) (*job, error)) (_ []result.Entry, err error) {
	j, err := open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, j.runner.Close()) }()
	m, err := sae.New(b.architecture(j.dIn))
	if err != nil {
		return nil, err
	}
	p, missing := b.openPeer(ctx, j, m)
	if missing == nil {
		defer func() { err = errors.Join(err, p.Close()) }()
	} else if err := turns.Failure(missing); err != nil {
		return nil, err
	}
	var ours, theirs []float64
	var last, peer turn
	for i := range b.rounds + 1 { // the first one warms up
		if last, err = b.whole(ctx, j, m); err != nil {
			return nil, err
		}
		if missing == nil {
			if err := p.Do("turn", nil, &peer); err != nil {
				return nil, err
			}
			theirs = append(theirs, float64(peer.Rows)/peer.Seconds)
		}
		ours = append(ours, float64(last.Rows)/last.Seconds)
		if i == 0 {
			ours, theirs = nil, nil
		}
	}
	e := result.Rate(name, "rows/s", ours, theirs)
	e.Note = fmt.Sprintf("%s; then %s, in float32; the networks by ONNX Runtime's provider %s and in torch, the guide's way",
		j.words, b.describe(j.dIn, b.batches[0]), j.runner.Provider())
	e.Details = map[string]float64{"rows": float64(last.Rows), "loss": last.Loss}
	if missing != nil {
		e.Missing = process.ErrNoPeers.Error()
	} else {
		e.Details["peer_rows"], e.Details["peer_loss"] = float64(peer.Rows), peer.Loss
	}
	return []result.Entry{e}, nil
}

// whole does the job once, for a copy of m. What is opened for it, and closed behind it,
// is not in the time.
func (b *bench) whole(ctx context.Context, j *job, m *sae.Model) (t turn, err error) {
	engine := cuda.New(b.card, cuda.Float32)
	defer func() { err = errors.Join(err, engine.Close()) }()
	m = m.Clone()
	if err := m.To(engine); err != nil {
		return t, err
	}
	batch := b.batches[0]
	trainer, err := train.New(m, turns.Trainer(batch, turns.Forever), train.Hooks{Step: func(i train.StepInfo) { t.Loss = i.Loss }})
	if err != nil {
		return t, err
	}
	src, err := j.source()
	if err != nil {
		return t, err
	}
	cfg := mixbuf.DefaultConfig()
	cfg.BatchSize, cfg.BufferSize = batch, buffer*batch
	mixed, err := mixbuf.New(extract.Prefetch(src, ahead), cfg)
	if err != nil {
		return t, err
	}
	start := time.Now()
	state, err := trainer.Run(ctx, mixed)
	t.Seconds, t.Rows = time.Since(start).Seconds(), state.Samples
	if err == nil && math.IsNaN(t.Loss) {
		err = errors.New("the loss is no number")
	}
	return t, err
}

// buffer is how many batches are mixed, on either side.
const buffer = 4

// openPeer begins the peer's side of j.
func (b *bench) openPeer(ctx context.Context, j *job, m *sae.Model) (*process.Process, error) {
	p, err := b.StartPeer(ctx, script)
	if err != nil {
		return nil, err
	}
	weights, err := b.WriteWeights(m)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	t := turns.Trainer(b.batches[0], turns.Forever)
	err = p.Do("open", map[string]any{
		"reader": j.peer, "device": b.device, "weights": weights, "batch": b.batches[0], "buffer": buffer * b.batches[0],
		"threads": runtime.GOMAXPROCS(0), "trainer": turns.SAELens{Device: b.device}.Settings(m.Config(), t),
	}, nil)
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}
