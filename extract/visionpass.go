package extract

import (
	"context"
	"errors"
	"fmt"

	"github.com/saego/saego/extract/pixels"
)

// visionPass is one call of [Vision.Batches]: its counts and its memory, which is
// reused from batch to batch.
type visionPass struct {
	*Vision
	tally

	workers []*pixels.Preprocessor
	skipped []error // the last few pictures that were skipped, in this pass
	flight  *flight[*visionBatch]
}

// run makes a pass through the dataset, or what is left of it.
func (p *visionPass) run(ctx context.Context, yield func(Batch, error) bool) error {
	if err := p.reset(); err != nil {
		return err
	}
	read := func() error { return p.read(ctx, yield) }
	if err := p.flight.pass(ctx, read, func() error { return p.land(yield, 0) }); err != nil {
		return err
	}
	return p.end(noImageRows)
}

// read gathers batches and launches them.
func (p *visionPass) read(ctx context.Context, yield func(Batch, error) bool) error {
	ahead := p.cfg.StoreBatchSizeImages * len(p.flight.slots)
	l := start(ctx, rest(p.ds.Pass(p.pass), p.examples), p.workers, ahead)
	defer l.close()
	for {
		pic, err := l.next(ctx)
		if err != nil {
			return err
		}
		b := p.flight.ground()
		if pic == nil {
			if ctx.Err() != nil { // which ends the loader, too
				return context.Cause(ctx)
			}
			p.launch(b)
			return nil
		}
		p.examples++ // those that wait in the loader are not read yet
		err = p.gather(ctx, b, pic)
		l.free <- pic
		if err != nil {
			return err
		}
		if len(b.ids) == p.cfg.StoreBatchSizeImages {
			p.launch(b)
			if err := p.land(yield, len(p.flight.slots)-1); err != nil {
				return err
			}
		}
	}
}

// reset prepares a pass.
func (p *visionPass) reset() error {
	p.skipped = p.skipped[:0]
	for len(p.workers) < p.cfg.workers() {
		w, err := pixels.New(p.spec.Vision, p.Vision.pixels)
		if err != nil {
			return err
		}
		p.workers = append(p.workers, w)
	}
	for _, b := range p.flight.slots {
		b.input = grow(b.input, p.cfg.StoreBatchSizeImages*p.workers[0].Len())
	}
	return nil
}

// gather takes one picture into a batch, or skips it.
func (p *visionPass) gather(ctx context.Context, b *visionBatch, pic *loaded) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if pic.err != nil {
		return p.skip(ctx, b, pic)
	}
	copy(b.input[len(b.ids)*len(pic.pixels):], pic.pixels)
	b.ids = append(b.ids, pic.image.ID)
	b.origins = append(b.origins, Origin{Example: int32(pic.image.Index), Label: int32(pic.image.Label)})
	return nil
}

// maxNamed is the number of skipped pictures that an error names.
const maxNamed = 3

// skip counts a picture that cannot be used, up to the limit.
func (p *visionPass) skip(ctx context.Context, b *visionBatch, pic *loaded) error {
	p.counts.Failed++
	if p.flight.n == 0 { // else the counts are ahead of what was handed over
		p.publish()
	}
	p.log.WarnContext(ctx, "picture skipped", "id", pic.image.ID, "cause", pic.err)
	if len(p.skipped) == maxNamed {
		p.skipped = append(p.skipped[:0], p.skipped[1:]...)
	}
	p.skipped = append(p.skipped, fmt.Errorf("picture %s: %w", pic.image.ID, pic.err))
	seen := p.counts.Examples + int64(len(b.ids)) + p.counts.Failed
	if most := p.cfg.allowed(seen); p.counts.Failed > most {
		return fmt.Errorf("%d of the first %d pictures cannot be read, more than the %d that max_skipped allows: mend them or raise it; the last ones:\n%w",
			p.counts.Failed, seen, most, errors.Join(p.skipped...))
	}
	return nil
}

// launch counts a batch, if it has pictures, and has it computed.
func (p *visionPass) launch(b *visionBatch) {
	n := int64(len(b.ids))
	if n == 0 {
		return
	}
	p.counts.Examples += n
	p.counts.Tokens += n * int64(p.positions())
	for pos := range p.positions() {
		if dropped := p.dropped(&p.counts, pos); dropped != nil {
			*dropped += n
		} else {
			p.counts.Rows += n
		}
	}
	b.next = p.cursor()
	p.flight.launch(func(ctx context.Context, b *visionBatch) error { return b.compute(ctx) })
}

// land yields batches until at most so many are in the air.
func (p *visionPass) land(yield func(Batch, error) bool, most int) error {
	for p.flight.n > most {
		b, err := p.flight.land()
		if err != nil {
			return err
		}
		p.show(b.next)
		b.ids, b.origins = b.ids[:0], b.origins[:0]
		if rows := b.sieve.batch(b.next); rows.Len() > 0 && !yield(rows, nil) {
			p.flight.close()
			return errStopped
		}
		if p.flight.n == 0 {
			p.publish() // with the pictures that were skipped since
		}
	}
	return nil
}
