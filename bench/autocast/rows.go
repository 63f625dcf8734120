package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/internal/demo"
	"github.com/saego/saego/mixbuf"
	"github.com/saego/saego/models"
)

const (
	reviews  = 4000
	heldRows = 8192
	hook     = "transformer.h.2"
)

// rows are what every run trains on, in this order, and what it is measured on.
type rows struct {
	dIn         int
	train, held []float32 // (n, d_in)
}

// demoRows reads the demo's classifier. The rows are scaled to a mean norm of √d_in once,
// so that no run needs to estimate that.
func demoRows(ctx context.Context, o options) (d rows, err error) {
	m, err := models.OpenFS(demo.TextModel(), "demo")
	if err != nil {
		return d, err
	}
	runner, err := ort.Open(m, ort.DefaultOptions())
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, runner.Close()) }()
	tok, err := tokens.Open(m.FS, m.Spec.Text.Tokenizer)
	if err != nil {
		return d, err
	}
	read := func(seed uint64, n int) ([]float32, error) {
		texts, err := demo.Reviews(reviews, seed)
		if err != nil {
			return nil, err
		}
		cfg := extract.DefaultTextConfig()
		cfg.Hook, cfg.StoreBatchSizePrompts = hook, 32
		src, err := extract.NewText(&m.Spec, m.Digest(), runner, tok, texts, cfg)
		if err != nil {
			return nil, err
		}
		d.dIn = src.Info().DIn
		return mixed(ctx, src, n)
	}
	if d.train, err = read(1, o.steps*o.batch); err != nil {
		return d, err
	}
	d.held, err = read(2, heldRows)
	d.scale()
	return d, err
}

// mixed returns n rows of src in random order.
func mixed(ctx context.Context, src extract.Source, n int) ([]float32, error) {
	cfg := mixbuf.DefaultConfig()
	cfg.BatchSize, cfg.BufferSize = 1024, 64*1024
	b, err := mixbuf.New(src, cfg)
	if err != nil {
		return nil, err
	}
	m, err := extract.Collect(ctx, b, n)
	if err != nil {
		return nil, err
	}
	if m.Len() < n {
		return nil, fmt.Errorf("%d reviews give %d rows, want %d: lower --steps or --batch", reviews, m.Len(), n)
	}
	out := make([]float32, 0, n*src.Info().DIn)
	for b, err := range m.Batches(ctx) {
		if err != nil {
			return nil, err
		}
		out = append(out, b.Data...)
	}
	return out, nil
}

func (d rows) scale() {
	var norms float64
	for row := range slices.Chunk(d.train, d.dIn) {
		var s float64
		for _, v := range row {
			s += float64(v) * float64(v)
		}
		norms += math.Sqrt(s)
	}
	f := float32(math.Sqrt(float64(d.dIn)) / (norms * float64(d.dIn) / float64(len(d.train))))
	for _, x := range [][]float32{d.train, d.held} {
		for i := range x {
			x[i] *= f
		}
	}
}

// source serves rows (n, dIn) in batches, in order.
type source struct {
	x          []float32
	dIn, batch int
}

var _ extract.Source = source{}

// Info implements [extract.Source].
func (s source) Info() extract.Info { return extract.Info{Model: "demo", Hook: hook, DIn: s.dIn} }

// Batches implements [extract.Source].
func (s source) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for part := range slices.Chunk(s.x, s.batch*s.dIn) {
			if ctx.Err() != nil {
				yield(extract.Batch{}, context.Cause(ctx))
				return
			}
			b := extract.Batch{DIn: s.dIn, Data: part, Origin: make([]extract.Origin, len(part)/s.dIn)}
			if !yield(b, nil) {
				return
			}
		}
	}
}
