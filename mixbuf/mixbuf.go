// Package mixbuf decorrelates a stream of activations.
//
// Rows that leave a network together come from one text or one picture, so
// consecutive rows are a poor sample of what the network computes. A [Buffer]
// collects rows until it is full, serves random ones until only a share of them is
// left, and refills: rows from far apart meet in one batch. It is what SAELens
// calls mixing_buffer.
//
// A row's target, where the source has one, stays with it. A pass serves each row
// exactly once, except for the rows of a last partial
// batch, which it drops and counts. Memory is fixed: a pass allocates one buffer
// of buffer_size rows and one batch, and copies a row once in and once out.
//
// A pass can be written down at any batch, by [Buffer.WriteState], and go on in
// another process: what [Buffer.ReadState] took up yields the same batches, to the
// bit.
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
	src     extract.Source
	cfg     Config
	pass    *pass // the latest, nil before the first
	resumed bool  // pass was read and has not begun
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
	switch info := src.Info(); {
	case info.DIn < 1:
		return nil, fmt.Errorf("mixbuf: source: rows have %d values, want at least 1", info.DIn)
	case info.DOut < 0:
		return nil, fmt.Errorf("mixbuf: source: targets have %d values, want 0 for none, or more", info.DOut)
	case cfg.rows() > math.MaxInt/4/max(info.DIn, info.DOut):
		return nil, fmt.Errorf("mixbuf: buffer_size is %d, too many rows of %d values for the address space: "+
			"make it smaller", cfg.BufferSize, max(info.DIn, info.DOut))
	}
	return &Buffer{src: src, cfg: cfg}, nil
}

// Info implements [extract.Source]. A buffer changes nothing but the order.
func (b *Buffer) Info() extract.Info { return b.src.Info() }

// Stats returns the counts of the latest pass so far, what was before a state that
// was read included. Read = Served + Dropped once the source has ended.
func (b *Buffer) Stats() Stats {
	if b.pass == nil {
		return Stats{}
	}
	return b.pass.stats
}

// Batches implements [extract.Source]. It runs in the caller's goroutine, and
// yields full batches of BatchSize rows only, all in the same memory. An error of
// the source ends the pass; the rows that wait in the buffer are not served.
//
// The first call after [Buffer.ReadState] goes on with the pass that was read.
func (b *Buffer) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		p, rest := b.begin(ctx)
		if !p.ended && !p.run(ctx, yield) {
			return
		}
		for in, err := range rest {
			if err == nil {
				err = p.check(in)
			}
			if err != nil {
				yield(extract.Batch{}, err)
				return
			}
			p.in, p.taken = in, 0
			if !p.run(ctx, yield) {
				p.keep()
				return
			}
		}
		p.end()
		if p.run(ctx, yield) {
			p.stats.Dropped = p.n
		}
	}
}

// begin returns the pass that was read, or a new one, and what the source has for it.
func (b *Buffer) begin(ctx context.Context) (*pass, iter.Seq2[extract.Batch, error]) {
	if b.resumed {
		b.resumed = false
		return b.pass, b.src.(extract.Resumer).BatchesFrom(ctx, b.pass.in.Next)
	}
	b.pass = nil // its memory is free for the new one
	b.pass = newPass(b.cfg, b.Info())
	return b.pass, b.src.Batches(ctx)
}
