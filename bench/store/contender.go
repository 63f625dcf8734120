package main

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/store"
)

// contender is saego's side.
type contender struct {
	dir     string
	dtype   store.DType
	rows    *rows
	seconds []float64
}

func (c *contender) do(ctx context.Context, what string) error {
	place := store.Folder(c.dir)
	if what == "write" {
		if err := os.RemoveAll(c.dir); err != nil {
			return err
		}
		cfg := store.DefaultConfig()
		cfg.DType, cfg.ShardRows = c.dtype, shardRows
		_, err := store.Write(ctx, place, []store.Part{{Name: "train", Source: c.rows}}, cfg)
		return err
	}
	s, err := store.Open(ctx, place)
	if err != nil {
		return err
	}
	src, err := s.Source("train", store.Order{Seed: 1, Passes: 1})
	if err != nil {
		return err
	}
	n := 0
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return err
		}
		n += b.Len()
	}
	if n != batches*batchRows {
		return fmt.Errorf("read %d rows, want %d", n, batches*batchRows)
	}
	return nil
}

// rows yields the same batch of random rows again and again, ready made.
type rows struct{ batch extract.Batch }

func draw() *rows {
	rng := rand.New(rand.NewPCG(1, 2))
	b := extract.Batch{DIn: dIn, Data: make([]float32, batchRows*dIn), Origin: make([]extract.Origin, batchRows)}
	for i := range b.Data {
		b.Data[i] = float32(rng.NormFloat64())
	}
	return &rows{b}
}

func (r *rows) Info() extract.Info { return extract.Info{Model: "random@0", Hook: "h", DIn: dIn} }

func (r *rows) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return r.BatchesFrom(ctx, extract.Cursor{})
}

func (r *rows) BatchesFrom(_ context.Context, c extract.Cursor) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for i := c.Examples; i < batches; i++ {
			b := r.batch
			b.Next.Examples = i + 1
			if !yield(b, nil) {
				return
			}
		}
	}
}
