package extract

import (
	"context"
	"errors"
	"fmt"

	"github.com/saego/saego/extract/pixels"
)

// visionPass is one call of [Vision.Batches]: its counts and its memory, which is
// reused from forward pass to forward pass.
type visionPass struct {
	*Vision
	tally

	workers []*pixels.Preprocessor
	skipped []error // the last few pictures that were skipped, in this pass

	ids     []string  // of the pictures gathered for the next forward pass
	origins []Origin  // of these; Position and Token are filled in for each row
	input   []float32 // (pictures, 3, height, width)
	sieve   sieve
}

// run makes a pass through the dataset, or what is left of it.
func (p *visionPass) run(ctx context.Context, yield func(Batch, error) bool) error {
	if err := p.reset(); err != nil {
		return err
	}
	l := start(ctx, rest(p.ds.Pass(p.pass), p.examples), p.workers, p.cfg.StoreBatchSizeImages)
	defer l.close()
	for {
		pic, err := l.next(ctx)
		if err != nil {
			return err
		}
		if pic == nil {
			return p.finish(ctx, yield)
		}
		p.examples++ // those that wait in the loader are not read yet
		err = p.gather(ctx, pic)
		l.free <- pic
		if err != nil {
			return err
		}
		if len(p.ids) == p.cfg.StoreBatchSizeImages {
			if err := p.flush(ctx, yield); err != nil {
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
	p.input = grow(p.input, p.cfg.StoreBatchSizeImages*p.workers[0].Len())
	return nil
}

// finish feeds the rest of a pass and checks that it had rows.
func (p *visionPass) finish(ctx context.Context, yield func(Batch, error) bool) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := p.flush(ctx, yield); err != nil {
		return err
	}
	return p.end(noImageRows)
}

// gather takes one picture into the next forward pass, or skips it.
func (p *visionPass) gather(ctx context.Context, pic *loaded) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if pic.err != nil {
		return p.skip(ctx, pic)
	}
	copy(p.input[len(p.ids)*len(pic.pixels):], pic.pixels)
	p.ids = append(p.ids, pic.image.ID)
	p.origins = append(p.origins, Origin{Example: int32(pic.image.Index), Label: int32(pic.image.Label)})
	return nil
}

// maxNamed is the number of skipped pictures that an error names.
const maxNamed = 3

// skip counts a picture that cannot be used, up to the limit.
func (p *visionPass) skip(ctx context.Context, pic *loaded) error {
	p.counts.Failed++
	p.publish()
	p.log.WarnContext(ctx, "picture skipped", "id", pic.image.ID, "cause", pic.err)
	if len(p.skipped) == maxNamed {
		p.skipped = append(p.skipped[:0], p.skipped[1:]...)
	}
	p.skipped = append(p.skipped, fmt.Errorf("picture %s: %w", pic.image.ID, pic.err))
	seen := p.counts.Examples + int64(len(p.ids)) + p.counts.Failed
	if most := p.cfg.allowed(seen); p.counts.Failed > most {
		return fmt.Errorf("%d of the first %d pictures cannot be read, more than the %d that max_skipped allows: mend them or raise it; the last ones:\n%w",
			p.counts.Failed, seen, most, errors.Join(p.skipped...))
	}
	return nil
}

// flush feeds what was gathered and yields the rows that are kept, if any.
func (p *visionPass) flush(ctx context.Context, yield func(Batch, error) bool) error {
	n := len(p.ids)
	if n == 0 {
		return nil
	}
	if err := p.forward(ctx, n); err != nil {
		return fmt.Errorf("pictures %s to %s: %w", p.ids[0], p.ids[n-1], err)
	}
	p.counts.Examples += int64(n)
	p.counts.Tokens += int64(n * p.positions())
	if err := p.sift(); err != nil {
		return err
	}
	p.publish()
	p.ids, p.origins = p.ids[:0], p.origins[:0]
	if b := p.sieve.batch(p.cursor()); b.Len() > 0 && !yield(b, nil) {
		return errStopped
	}
	return nil
}

// positions returns the length of the network's sequence.
func (p *visionPass) positions() int {
	v := p.spec.Vision
	return v.PrefixTokens + v.Grid[0]*v.Grid[1]
}

// forward runs the network on the n gathered pictures, into the sieve.
func (p *visionPass) forward(ctx context.Context, n int) error {
	height, width := p.spec.Vision.Crop[0], p.spec.Vision.Crop[1]
	input := Tensor{
		Name: p.spec.Inputs[0].Name, Shape: []int64{int64(n), 3, int64(height), int64(width)},
		Float32: p.input[:n*3*height*width],
	}
	return p.runner.Run(ctx, []Tensor{input}, p.sieve.outputs(n, p.positions()))
}

// sift keeps those rows of the sieve, (pictures, positions), that the config wants.
func (p *visionPass) sift() error {
	positions := p.positions()
	for i, o := range p.origins {
		for pos := range positions {
			if dropped := p.dropped(pos); dropped != nil {
				*dropped++
				continue
			}
			o.Position, o.Token = int32(pos), max(int32(pos-p.spec.Vision.PrefixTokens), -1)
			if err := p.sieve.keep(i*positions+pos, o); err != nil {
				return fmt.Errorf("picture %s: position %d: %w", p.ids[i], pos, err)
			}
			p.counts.Rows++
		}
	}
	return nil
}

// dropped returns the count of the reason why a position is dropped, or nil
// where it is kept.
func (p *visionPass) dropped(pos int) *int64 {
	prefix := pos < p.spec.Vision.PrefixTokens
	switch {
	case p.cfg.Rows == RowsPatches && prefix, p.cfg.Rows == RowsCLS && prefix && pos > 0:
		return &p.counts.Special
	case p.cfg.Rows == RowsCLS && !prefix:
		return &p.counts.Patches
	}
	return nil
}
