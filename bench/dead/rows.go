package main

import (
	"context"
	"errors"
	"iter"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/internal/demo"
	"github.com/saego/saego/internal/planted"
	"github.com/saego/saego/mixbuf"
	"github.com/saego/saego/models"
)

// sample is rows to train on, which repeat themselves without end, and others to
// measure on.
type sample struct {
	train, held *extract.Memory
	planted     *planted.Data // nil where nothing is known
}

const batch = 512

// plantedRows are those of bench/planted.
func plantedRows() sample {
	c := planted.Default()
	d := planted.New(c)
	ctx := context.Background() // rows in memory do not fail
	train, _ := extract.Collect(ctx, d.Source(0, c.Rows-planted.Held, batch), 0)
	held, _ := extract.Collect(ctx, d.Source(c.Rows-planted.Held, c.Rows, batch), 0)
	return sample{train, held, d}
}

// demoRows are activations of the embedded text model on reviews that were made up.
func demoRows(ctx context.Context) (s sample, err error) {
	m, err := models.OpenFS(demo.TextModel(), "demo")
	if err != nil {
		return s, err
	}
	runner, err := ort.Open(m, ort.DefaultOptions())
	if err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, runner.Close()) }()
	tok, err := tokens.Open(m.FS, m.Spec.Text.Tokenizer)
	if err != nil {
		return s, err
	}
	reviews, err := demo.Reviews(4000, 20)
	if err != nil {
		return s, err
	}
	trainPart, heldPart, err := datasets.HoldOut(datasets.Shuffle(reviews, 0), 0.1, 0)
	if err != nil {
		return s, err
	}
	cfg := extract.DefaultTextConfig()
	cfg.Hook, cfg.ContextSize, cfg.Passes = "transformer.h.2", m.Spec.Text.ContextSize, 1
	open := func(part datasets.Dataset[datasets.Text], rows int) (*extract.Memory, error) {
		src, err := extract.NewText(&m.Spec, m.Digest(), runner, tok, part, cfg)
		if err != nil {
			return nil, err
		}
		mixed := mixbuf.DefaultConfig()
		mixed.BatchSize, mixed.BufferSize = batch, 1<<16
		buffer, err := mixbuf.New(src, mixed)
		if err != nil {
			return nil, err
		}
		return extract.Collect(ctx, buffer, rows)
	}
	if s.train, err = open(trainPart, 200_000/batch*batch); err != nil {
		return s, err
	}
	s.held, err = open(heldPart, 8192)
	return s, err
}

// endless repeats rows in batches.
type endless struct{ *extract.Memory }

func (e endless) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for {
			for b, err := range e.Memory.Batches(ctx) {
				if err != nil {
					yield(b, err)
					return
				}
				for lo := 0; lo+batch <= b.Len(); lo += batch {
					if !yield(b.Slice(lo, lo+batch), nil) {
						return
					}
				}
			}
		}
	}
}
