package mixbuf

import (
	"context"
	"fmt"
	"slices"

	"github.com/saego/saego/extract"
)

// pass is one run over the source. Its fields but out are its whole state, whenever
// the consumer or the source is at work.
type pass struct {
	*pool
	cfg   Config
	due   int           // batches to serve before the pool takes up more
	in    extract.Batch // the source's latest batch; the source goes on at in.Next
	taken int           // rows of in that are in the pool
	ended bool          // the source has no more
	stats Stats

	out extract.Batch // reused for every emitted batch
}

func newPass(cfg Config, info extract.Info) *pass {
	return &pass{
		pool: newPool(cfg.rows(), info, cfg.Seed),
		cfg:  cfg,
		in:   extract.Batch{DIn: info.DIn, DOut: info.DOut},
		out: extract.Batch{
			DIn:    info.DIn,
			Data:   make([]float32, cfg.BatchSize*info.DIn),
			DOut:   info.DOut,
			Target: make([]float32, cfg.BatchSize*info.DOut),
			Origin: make([]extract.Origin, cfg.BatchSize),
		},
	}
}

// run serves what is due and takes up all rows of p.in, serving whenever the pool
// is full. It reports whether the pass goes on.
func (p *pass) run(ctx context.Context, yield func(extract.Batch, error) bool) bool {
	for {
		for p.due > 0 {
			if !p.serve(ctx, yield) {
				return false
			}
		}
		if p.taken == p.in.Len() {
			return true
		}
		p.take()
	}
}

// take moves rows of p.in into the pool until it is full or p.in is spent.
func (p *pass) take() {
	next := p.fill(p.in, p.taken)
	p.stats.Read += next - p.taken
	p.taken = next
	if p.full() {
		p.due = p.cfg.serve()
	}
}

// end makes all batches due that the pool still has.
func (p *pass) end() {
	if !p.ended {
		p.ended, p.due = true, p.n/p.cfg.BatchSize
	}
}

// serve emits one batch and reports whether the pass goes on.
func (p *pass) serve(ctx context.Context, yield func(extract.Batch, error) bool) bool {
	if ctx.Err() != nil {
		yield(extract.Batch{}, fmt.Errorf("mixbuf: %w", context.Cause(ctx)))
		return false
	}
	if p.cfg.MixFraction == 0 {
		p.drawInOrder(p.out)
	} else {
		p.draw(p.out)
	}
	p.due--
	p.stats.Served += p.out.Len()
	return yield(p.out, nil)
}

// left returns the rows of p.in that are not in the pool.
func (p *pass) left() extract.Batch { return p.in.Slice(p.taken, p.in.Len()) }

// keep makes what is left of p.in, whose memory is the source's, the pass's own.
func (p *pass) keep() {
	p.in, p.taken = p.left(), 0
	p.in.Data, p.in.Target, p.in.Origin = slices.Clone(p.in.Data), slices.Clone(p.in.Target), slices.Clone(p.in.Origin)
}
