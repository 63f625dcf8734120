package extract

import (
	"context"
	"fmt"
	"slices"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/models"
)

// textPass is one call of [Text.Batches]: its counts and its memory, which is
// reused from batch to batch.
type textPass struct {
	*Text
	tally

	texts []tokenized // gathered for the next batch
	ids   []int32     // their tokens, one text after another
	fed   []tokenized // the texts with a row, in the order in which the network gets them

	inputIDs, mask []int64     // (texts, width) of a forward pass
	types          []int64     // likewise, zeros; of networks that tell two texts apart
	computed       activations // what it computes
	rows           activations // of the batch
	origin         []Origin    // one per row
}

// tokenized is a text of which textPass.ids holds the tokens [from, to), and the batch
// the rows [row, end).
type tokenized struct {
	id       string
	origin   Origin // Position and Token are filled in for each row
	from, to int
	row, end int
}

// len returns the number of tokens.
func (t tokenized) len() int { return t.to - t.from }

// run makes a pass through the dataset, or what is left of it.
func (p *textPass) run(ctx context.Context, yield func(Batch, error) bool) error {
	for text, err := range rest(p.ds.Pass(p.pass), p.examples) {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := p.gather(text); err != nil {
			return fmt.Errorf("example %s: %w", text.ID, err)
		}
		p.examples++
		if len(p.texts) == p.cfg.window() {
			if err := p.flush(ctx, yield); err != nil {
				return err
			}
		}
	}
	if err := p.flush(ctx, yield); err != nil {
		return err
	}
	return p.end(noTextRows)
}

// gather tokenizes one text for the next batch.
func (p *textPass) gather(text datasets.Text) error {
	from := len(p.ids)
	ids, cut, err := p.tok.Encode(p.ids, text.Text, p.cfg.ContextSize)
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
	p.ids = ids
	origin := Origin{Example: int32(text.Index), Label: int32(text.Label)}
	p.texts = append(p.texts, tokenized{id: text.ID, origin: origin, from: from, to: len(ids)})
	return nil
}

// flush feeds what was gathered and yields the rows that are kept, if any.
func (p *textPass) flush(ctx context.Context, yield func(Batch, error) bool) error {
	if len(p.texts) == 0 {
		return nil
	}
	p.choose()
	if err := p.feed(ctx); err != nil {
		return err
	}
	p.counts.Examples += int64(len(p.texts))
	p.counts.Tokens += int64(len(p.ids))
	p.publish()
	p.texts, p.ids = p.texts[:0], p.ids[:0]
	if b := p.rows.batch(p.origin, p.cursor()); b.Len() > 0 && !yield(b, nil) {
		return errStopped
	}
	return nil
}

// width returns the length to which texts are padded.
func (p *textPass) width(texts []tokenized) int {
	if p.cfg.PadToContext {
		return p.cfg.ContextSize
	}
	width := 0
	for _, t := range texts {
		width = max(width, t.len())
	}
	return width
}

// forward runs the network on texts, padded on the right.
func (p *textPass) forward(ctx context.Context, texts []tokenized, width int) error {
	n := len(texts)
	p.inputIDs, p.mask = grow(p.inputIDs, n*width), grow(p.mask, n*width)
	for i, t := range texts {
		ids, mask := p.inputIDs[i*width:][:width], p.mask[i*width:][:width]
		for j := range width {
			ids[j], mask[j] = int64(p.spec.Text.PadTokenID), 0
		}
		for j, id := range p.ids[t.from:t.to] {
			ids[j], mask[j] = int64(id), 1
		}
	}
	shape := []int64{int64(n), int64(width)}
	inputs := make([]Tensor, len(p.spec.Inputs))
	for i, in := range p.spec.Inputs {
		inputs[i] = Tensor{Name: in.Name, Shape: shape, Int64: p.inputIDs}
		switch in.Name {
		case models.AttentionMask:
			inputs[i].Int64 = p.mask
		case models.TokenTypeIDs:
			p.types = grow(p.types, n*width) // never written: zeros
			inputs[i].Int64 = p.types
		}
	}
	return p.runner.Run(ctx, inputs, p.computed.outputs(n, width))
}

// dropped returns the count of the reason why a token is dropped, or nil where it
// is kept.
func (p *textPass) dropped(pos int, token int32) *int64 {
	switch {
	case pos == 0 && p.cfg.ExcludeFirstPosition:
		return &p.counts.First
	case p.cfg.ExcludeSpecialTokens && slices.Contains(p.spec.Text.SpecialTokenIDs, int(token)):
		return &p.counts.Special
	}
	return nil
}
