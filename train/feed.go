package train

import (
	"context"
	"iter"
	"slices"

	"github.com/saego/saego/extract"
)

// batches yields the rows that are held, and then those of src. Before the first step
// of a run it looks at the batches that come first, which it holds until then: no row
// is lost to an estimate.
func (p *pass) batches(ctx context.Context, src extract.Source) iter.Seq2[rows, error] {
	return func(yield func(rows, error) bool) {
		hold := p.toHold()
		if hold == 0 && !p.release(yield) {
			return
		}
		for b, err := range src.Batches(ctx) {
			p.feed.starved = err != nil
			var r rows
			if err == nil {
				r, err = p.first().rows(b)
			}
			if err != nil {
				yield(rows{}, err)
				return
			}
			if hold == 0 {
				if !yield(r, nil) {
					return
				}
				continue
			}
			p.feed.held = append(p.feed.held, rows{slices.Clone(r.x), slices.Clone(r.target)})
			if hold--; hold == 0 && !p.prepareAndRelease(yield) {
				return
			}
		}
		if hold > 0 { // src ended early
			p.prepareAndRelease(yield)
		}
	}
}

// prepareAndRelease yields the batches that are held, once they were looked at.
func (p *pass) prepareAndRelease(yield func(rows, error) bool) bool {
	if err := p.prepare(); err != nil {
		yield(rows{}, err)
		return false
	}
	return p.release(yield)
}

// release yields the batches that are held. Each goes as soon as it is trained on.
func (p *pass) release(yield func(rows, error) bool) bool {
	for f := p.feed; len(f.held) > 0; {
		r := f.held[0]
		f.held[0] = rows{}
		f.held = f.held[1:]
		if !yield(r, nil) {
			return false
		}
	}
	return true
}

// toHold returns how many batches to look at before the first step.
func (p *pass) toHold() int {
	n := 0
	for _, t := range p.trainers {
		n = max(n, t.toHold())
	}
	return n
}

// prepare prepares all from the batches that are held. A scaler that was estimated for
// one serves the others that scale as it does.
func (p *pass) prepare() error {
	estimated := map[string]Scaler{}
	return p.each(func(t *Trainer) error {
		norm, given := t.model.Config().NormalizeActivations, t.scaled
		if s, ok := estimated[norm]; ok && !given {
			t.SetScaler(s)
		}
		if err := t.prepare(); err != nil {
			return err
		}
		if !given {
			estimated[norm] = t.scaler
		}
		return nil
	})
}
