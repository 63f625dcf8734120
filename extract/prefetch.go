package extract

import (
	"context"
	"iter"
)

// Counter is a [Source] that says what became of its examples.
type Counter interface {
	Source
	Counts() Counts
}

// Prefetch returns a source of what src yields that reads ahead, at least 1, batches
// while its consumer is at work: the network computes on another processor, or another
// device, than the training step. It is a [Resumer] if src is one.
//
// Batches, errors and panics are those of src, in its order, and an error comes behind
// all batches before it. src runs in one goroutine, which has ended when the sequence
// ends, also when the consumer breaks off; then and when ctx ends, the context of src
// does, too. Batches are handed over as copies in the same memory again and again, of
// which there are as many as are read ahead.
//
// Counts are those of src as it yielded the batch that was handed over last, nothing
// where src is no [Counter]: what was read ahead and not handed over is not counted.
func Prefetch(src Source, ahead int) Counter {
	p := &prefetch{src: src, ahead: max(ahead, 1)}
	if r, ok := src.(Resumer); ok {
		return &prefetchResumer{p, r}
	}
	return p
}

// prefetch is a [Source] that reads another ahead.
type prefetch struct {
	src   Source
	ahead int
	meter meter
}

// prefetchResumer is one that starts anywhere.
type prefetchResumer struct {
	*prefetch
	src Resumer
}

var _ Resumer = (*prefetchResumer)(nil)

// Info implements [Source].
func (p *prefetch) Info() Info { return p.src.Info() }

// Counts implements [Counter].
func (p *prefetch) Counts() Counts { return p.meter.read() }

// Batches implements [Source].
func (p *prefetch) Batches(ctx context.Context) iter.Seq2[Batch, error] {
	return p.batches(ctx, Cursor{}, p.src.Batches)
}

// BatchesFrom implements [Resumer].
func (p *prefetchResumer) BatchesFrom(ctx context.Context, c Cursor) iter.Seq2[Batch, error] {
	return p.batches(ctx, c, func(ctx context.Context) iter.Seq2[Batch, error] { return p.src.BatchesFrom(ctx, c) })
}

// batches hands over what open has from c on.
func (p *prefetch) batches(ctx context.Context, c Cursor, open func(context.Context) iter.Seq2[Batch, error]) iter.Seq2[Batch, error] {
	call := p.meter.start(c).call // Counts tells of what lies before c from now on
	return func(yield func(Batch, error) bool) {
		r := p.start(ctx, open)
		defer r.close()
		for b := range r.ready {
			p.meter.publish(call, b.counts)
			if !yield(b.Batch, nil) {
				return
			}
			r.free <- b // does not block: there are no more batches than places
		}
		r.close()
		p.meter.publish(call, r.counts)
		if r.err != nil {
			yield(Batch{}, r.err)
		}
	}
}

// counts returns those of the source.
func (p *prefetch) counts() Counts {
	if c, ok := p.src.(Counter); ok {
		return c.Counts()
	}
	return Counts{}
}
