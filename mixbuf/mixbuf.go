// Package mixbuf decorrelates a stream of activations.
//
// Rows that leave a network together come from one text or one picture, so
// consecutive rows are a poor sample of what the network computes. A [Buffer]
// collects rows until it is full, serves random ones until only a share of them is
// left, and refills: rows from far apart meet in one batch. It is what SAELens
// calls mixing_buffer.
//
// A pass serves each row exactly once, except for the rows of a last partial
// batch, which it drops and counts. Memory is fixed: a pass allocates one buffer
// of buffer_size rows and one batch, and copies a row once in and once out.
package mixbuf

import (
	"context"
	"fmt"
	"iter"
	"math"

	"github.com/saego/saego/extract"
)

// Buffer is an [extract.Source] that serves the rows of another in random order,
// in batches of one size. Its passes must not run at the same time.
type Buffer struct {
	src   extract.Source
	cfg   Config
	stats Stats
}

var _ extract.Source = (*Buffer)(nil)

// Stats counts the rows of one pass.
type Stats struct {
	Read    int // rows taken from the source
	Served  int // rows given out, in full batches
	Dropped int // rows of the last partial batch; 0 until the source ends
}

// New returns a Buffer over src. It allocates nothing before the first pass.
func New(src extract.Source, cfg Config) (*Buffer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("mixbuf: %w", err)
	}
	switch dIn := src.Info().DIn; {
	case dIn < 1:
		return nil, fmt.Errorf("mixbuf: source: rows have %d values, want at least 1", dIn)
	case cfg.rows() > math.MaxInt/4/dIn:
		return nil, fmt.Errorf("mixbuf: buffer_size is %d, too many rows of %d values for the address space: "+
			"make it smaller", cfg.BufferSize, dIn)
	}
	return &Buffer{src: src, cfg: cfg}, nil
}

// Info implements [extract.Source]. A buffer changes nothing but the order.
func (b *Buffer) Info() extract.Info { return b.src.Info() }

// Stats returns the counts of the latest pass so far. Read = Served + Dropped once
// the source has ended.
func (b *Buffer) Stats() Stats { return b.stats }

// Batches implements [extract.Source]. It runs in the caller's goroutine, and
// yields full batches of BatchSize rows only, all in the same memory. An error of
// the source ends the pass; the rows that wait in the buffer are not served.
func (b *Buffer) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		b.stats = Stats{}
		p := b.newPass(yield)
		for in, err := range b.src.Batches(ctx) {
			if err == nil {
				err = check(in, p.dIn)
			}
			if err != nil {
				yield(extract.Batch{}, err)
				return
			}
			if !p.consume(ctx, in) {
				return
			}
		}
		if p.serve(ctx, p.n/b.cfg.BatchSize) {
			b.stats.Dropped = p.n
		}
	}
}

// pass is one run over the source.
type pass struct {
	*pool
	cfg   Config
	stats *Stats
	out   extract.Batch // reused for every emitted batch
	yield func(extract.Batch, error) bool
}

func (b *Buffer) newPass(yield func(extract.Batch, error) bool) *pass {
	dIn := b.Info().DIn
	return &pass{
		pool:  newPool(b.cfg.rows(), dIn, b.cfg.Seed),
		cfg:   b.cfg,
		stats: &b.stats,
		out: extract.Batch{
			DIn:    dIn,
			Data:   make([]float32, b.cfg.BatchSize*dIn),
			Origin: make([]extract.Origin, b.cfg.BatchSize),
		},
		yield: yield,
	}
}

// consume takes up all rows of in, and serves whenever the pool is full. It
// reports whether the pass goes on.
func (p *pass) consume(ctx context.Context, in extract.Batch) bool {
	for i := 0; i < in.Len(); {
		next := p.fill(in, i)
		p.stats.Read += next - i
		i = next
		if p.full() && !p.serve(ctx, p.cfg.serve()) {
			return false
		}
	}
	return true
}

// serve emits that many batches and reports whether the pass goes on.
func (p *pass) serve(ctx context.Context, batches int) bool {
	for range batches {
		if ctx.Err() != nil {
			p.yield(extract.Batch{}, fmt.Errorf("mixbuf: %w", context.Cause(ctx)))
			return false
		}
		if p.cfg.MixFraction == 0 {
			p.drawInOrder(p.out)
		} else {
			p.draw(p.out)
		}
		p.stats.Served += len(p.out.Origin)
		if !p.yield(p.out, nil) {
			return false
		}
	}
	return true
}
