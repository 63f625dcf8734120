package extract

import (
	"context"
	"fmt"

	"github.com/saego/saego/datasets"
)

// textPass is one call of [Text.Batches]: its counts and its memory, which is
// reused from batch to batch.
type textPass struct {
	*Text
	tally
	flight *flight[*textBatch]
}

// run makes a pass through the dataset, or what is left of it.
func (p *textPass) run(ctx context.Context, yield func(Batch, error) bool) error {
	read := func() error { return p.read(ctx, yield) }
	if err := p.flight.pass(ctx, read, func() error { return p.land(yield, 0) }); err != nil {
		return err
	}
	return p.end(noTextRows)
}

// read gathers batches and launches them.
func (p *textPass) read(ctx context.Context, yield func(Batch, error) bool) error {
	for text, err := range rest(p.ds.Pass(p.pass), p.examples) {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		b := p.flight.ground()
		if err := p.gather(b, text); err != nil {
			return fmt.Errorf("example %s: %w", text.ID, err)
		}
		p.examples++
		if len(b.texts) == p.cfg.window() {
			p.launch(b)
			if err := p.land(yield, len(p.flight.slots)-1); err != nil {
				return err
			}
		}
	}
	p.launch(p.flight.ground())
	return nil
}

// gather tokenizes one text for a batch.
func (p *textPass) gather(b *textBatch, text datasets.Text) error {
	from := len(b.ids)
	ids, cut, err := p.tok.Encode(b.ids, text.Text, p.cfg.ContextSize)
	if err != nil {
		return err
	}
	if len(ids) == from {
		p.counts.Empty++
		return nil
	}
	if cut {
		p.counts.Truncated++
	}
	b.ids = ids
	origin := Origin{Example: int32(text.Index), Label: int32(text.Label)}
	b.texts = append(b.texts, tokenized{id: text.ID, origin: origin, from: from, to: len(ids)})
	return nil
}

// launch counts a batch, if it has texts, and has it computed.
func (p *textPass) launch(b *textBatch) {
	if len(b.texts) == 0 {
		return
	}
	b.choose(&p.counts)
	p.counts.Examples += int64(len(b.texts))
	p.counts.Tokens += int64(len(b.ids))
	b.next = p.cursor()
	p.flight.launch(func(ctx context.Context, b *textBatch) error { return b.feed(ctx) })
}

// land yields batches until at most so many are in the air.
func (p *textPass) land(yield func(Batch, error) bool, most int) error {
	for p.flight.n > most {
		b, err := p.flight.land()
		if err != nil {
			return err
		}
		p.show(b.next)
		b.texts, b.ids = b.texts[:0], b.ids[:0]
		if rows := b.rows.batch(b.origin, b.next); rows.Len() > 0 && !yield(rows, nil) {
			p.flight.close()
			return errStopped
		}
	}
	return nil
}
