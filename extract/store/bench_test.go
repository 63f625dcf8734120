package store_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/store"
)

// nowhere is a place that forgets what is written.
type nowhere struct{ *memory }

type discarded struct{ io.Writer }

func (nowhere) Create(context.Context, string) (store.File, error) { return discarded{io.Discard}, nil }

func (discarded) Close() error { return nil }
func (discarded) Abort() error { return nil }

// drawn yields the same batch of random rows again and again, ready made.
type drawn struct {
	batch   extract.Batch
	batches int
}

func newDrawn(rows, dIn, batches int) *drawn {
	rng := rand.New(rand.NewPCG(1, 2))
	b := extract.Batch{DIn: dIn, Data: make([]float32, rows*dIn), Origin: make([]extract.Origin, rows)}
	for i := range b.Data {
		b.Data[i] = float32(rng.NormFloat64())
	}
	return &drawn{b, batches}
}

func (d *drawn) Info() extract.Info {
	return extract.Info{Model: "m@0", Hook: "h", DIn: d.batch.DIn}
}

func (d *drawn) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return d.BatchesFrom(ctx, extract.Cursor{})
}

func (d *drawn) BatchesFrom(_ context.Context, c extract.Cursor) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for i := c.Examples; i < d.batches; i++ {
			b := d.batch
			b.Next.Examples = i + 1
			if !yield(b, nil) {
				return
			}
		}
	}
}

const benchBatches = 128 // of 2048 rows of 768 values: 805 MB in F32

func BenchmarkWrite(b *testing.B) {
	for _, dtype := range []store.DType{store.F16, store.BF16, store.F32} {
		for _, to := range []string{"nowhere", "folder"} {
			b.Run(fmt.Sprintf("%s/%s", dtype, to), func(b *testing.B) {
				src := newDrawn(2048, 768, benchBatches)
				c := store.DefaultConfig()
				c.DType = dtype
				for b.Loop() {
					var place store.Place = nowhere{newMemory()}
					if to == "folder" {
						place = store.Folder(b.TempDir())
					}
					m, err := store.Write(b.Context(), place, []store.Part{{Name: "train", Source: src}}, c)
					if err != nil {
						b.Fatal(err)
					}
					b.SetBytes(m.Bytes())
				}
			})
		}
	}
}

func BenchmarkRead(b *testing.B) {
	for _, dtype := range []store.DType{store.F16, store.BF16, store.F32} {
		b.Run(string(dtype), func(b *testing.B) {
			place := store.Folder(b.TempDir())
			c := store.DefaultConfig()
			c.DType = dtype
			m, err := store.Write(b.Context(), place, []store.Part{{Name: "train", Source: newDrawn(2048, 768, benchBatches)}}, c)
			if err != nil {
				b.Fatal(err)
			}
			src := source(b, place, "train", store.Order{Passes: 1})
			b.SetBytes(m.Bytes())
			for b.Loop() {
				rows := 0
				for batch, err := range src.Batches(b.Context()) {
					if err != nil {
						b.Fatal(err)
					}
					rows += batch.Len()
				}
				if rows != benchBatches*2048 {
					b.Fatalf("%d rows", rows)
				}
			}
		})
	}
	b.Run("verify", func(b *testing.B) {
		place := store.Folder(b.TempDir())
		m, err := store.Write(b.Context(), place, []store.Part{{Name: "train", Source: newDrawn(2048, 768, benchBatches)}}, store.DefaultConfig())
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(m.Bytes())
		for b.Loop() {
			if _, err := store.Verify(b.Context(), place, nil); err != nil {
				b.Fatal(err)
			}
		}
	})
}
