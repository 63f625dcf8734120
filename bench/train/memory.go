package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/internal/kernels/blas"
	"github.com/saego/saego/sae"
)

// memoryCommand is this program's first argument where it is to measure itself in a
// fresh process; the second is a memoryJob.
const memoryCommand = "measure-memory"

// memoryRows are those of the file that are read, so that rows weigh little.
const memoryRows = 2 * batch

// memory is a measurement of the most memory that a training holds.
type memory struct {
	name         string
	architecture string
	width, steps int
}

func memories() []memory {
	all := []memory{{name: "idle"}}
	for _, a := range architectures {
		all = append(all, memory{a, a, dSAE, 5})
	}
	return append(all, memory{"topk-65536", sae.TopK, 65536, 3})
}

// memoryJob is what the fresh process of ours is told.
type memoryJob struct {
	SAE   sae.Config `json:"sae"`
	Rows  string     `json:"rows"` // "" to do nothing
	Steps int        `json:"steps"`
}

// memory measures one training in a fresh process on each side.
func (b *bench) memory(ctx context.Context, m memory) ([]result.Entry, error) {
	cfg := architecture(m.architecture, b.Rows.DIn, m.width)
	job := memoryJob{SAE: cfg, Rows: b.Rows.Path, Steps: m.steps}
	name, note := "memory/"+m.name, fmt.Sprintf("peak of a process after %d steps; d_sae %d, batch %d", m.steps, m.width, batch)
	if m.name == "idle" {
		job.Rows, note = "", "peak of a process that has loaded its libraries and done nothing"
	}
	ours, err := b.ourPeak(ctx, job)
	if err != nil {
		return nil, err
	}
	if ours == 0 {
		return []result.Entry{result.Absent(name, "not measured: this system does not say what a process held at its peak")}, nil
	}
	theirs, missing := b.peerPeak(ctx, job)
	if err := turns.Failure(missing); missing != nil && err != nil {
		return nil, err
	}
	var peer []float64
	if missing == nil {
		peer = []float64{float64(theirs) / (1 << 30)}
	}
	e := result.Compare(name, "GiB", []float64{float64(ours) / (1 << 30)}, peer)
	e.Note = note
	if missing != nil {
		e.Missing = missing.Error()
	}
	return []result.Entry{e}, nil
}

// ourPeak runs this program anew.
func (b *bench) ourPeak(ctx context.Context, job memoryJob) (peak int64, err error) {
	text, err := json.Marshal(job)
	if err != nil {
		return 0, err
	}
	path, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, path, memoryCommand, string(text))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", memoryCommand, err)
	}
	return peak, json.Unmarshal(out, &peak)
}

// measureMemory is the fresh process: it trains and prints its peak.
func measureMemory(ctx context.Context, text string) error {
	var job memoryJob
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		return err
	}
	job.SAE.Compat = sae.CompatSAELens // no part of the JSON
	impl, _, err := blas.Default("")
	if err != nil {
		return err
	}
	blas32.Use(impl)
	if job.Rows != "" {
		if err := trainInMemory(ctx, job); err != nil {
			return err
		}
	}
	_, err = fmt.Println(result.Peak())
	return err
}

func trainInMemory(ctx context.Context, job memoryJob) (err error) {
	r, err := turns.ReadRows(job.Rows, memoryRows)
	if err != nil {
		return err
	}
	m, err := r.Model(job.SAE)
	if err != nil {
		return err
	}
	s, err := turns.NewSession(ctx, m, turns.Trainer(batch, turns.Forever), r)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	_, err = s.Steps(job.Steps)
	return err
}

// peerPeak lets a fresh process of the peer's do the same.
func (b *bench) peerPeak(ctx context.Context, job memoryJob) (peak int64, err error) {
	p, err := b.NewPeer(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if job.Rows == "" {
		if _, err := p.Command("import", map[string]any{"library": "sae-lens"}); err != nil {
			return 0, err
		}
	} else if err := b.train(p, job); err != nil {
		return 0, err
	}
	a, err := p.Command("memory", nil)
	return a.Peak, err
}

func (b *bench) train(p *turns.Peer, job memoryJob) error {
	c, err := b.Rows.SAELens(job.SAE, turns.Trainer(batch, turns.Forever))
	if err != nil {
		return err
	}
	c.Rows = memoryRows
	if err := b.Open(p, c); err != nil {
		return err
	}
	_, err = p.Steps(job.Steps, false)
	return err
}
