package extract

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/saego/saego/models"
)

// textBatch is a batch of texts, and the memory in which its rows are computed.
type textBatch struct {
	*Text
	runner Runner // of the device that computes the batch

	texts []tokenized // gathered
	ids   []int32     // their tokens, one text after another
	fed   []tokenized // the texts with a row, in the order in which the network gets them

	inputIDs, mask []int64     // (texts, width) of a forward pass
	types          []int64     // likewise, zeros; of networks that tell two texts apart
	computed       activations // what it computes
	rows           activations // of the batch
	origin         []Origin    // one per row
	next           Cursor      // behind the batch
}

// tokenized is a text of which textBatch.ids holds the tokens [from, to), and the batch
// the rows [row, end).
type tokenized struct {
	id       string
	origin   Origin // Position and Token are filled in for each row
	from, to int
	row, end int
}

// len returns the number of tokens.
func (t tokenized) len() int { return t.to - t.from }

// choose decides which positions of the gathered texts are the rows of the batch, and in
// which order the texts are fed, and counts the positions that are dropped: what the network
// computes has no say in it.
func (b *textBatch) choose(counts *Counts) {
	b.origin = b.origin[:0]
	padded := 0 // length up to which padding is kept
	if !b.cfg.ExcludePadding {
		padded = b.width(b.texts)
	}
	for i := range b.texts {
		t := &b.texts[i]
		t.row = len(b.origin)
		for pos, token := range b.ids[t.from:t.to] {
			if dropped := b.dropped(counts, pos, token); dropped != nil {
				*dropped++
				continue
			}
			b.keep(t, pos, token)
		}
		for pos := t.len(); pos < padded; pos++ {
			b.keep(t, pos, int32(b.spec.Text.PadTokenID))
		}
		t.end = len(b.origin)
	}
	counts.Rows += int64(len(b.origin))
	b.order(counts)
}

// keep adds a row to the batch, whose values are still to be computed.
func (b *textBatch) keep(t *tokenized, pos int, token int32) {
	o := t.origin
	o.Position, o.Token = int32(pos), token
	b.origin = append(b.origin, o)
}

// dropped returns the count of the reason why a token is dropped, or nil where it
// is kept.
func (b *textBatch) dropped(counts *Counts, pos int, token int32) *int64 {
	switch {
	case pos == 0 && b.cfg.ExcludeFirstPosition:
		return &counts.First
	case b.cfg.ExcludeSpecialTokens && slices.Contains(b.spec.Text.SpecialTokenIDs, int(token)):
		return &counts.Special
	}
	return nil
}

// order decides in which order texts are fed, and counts the padding. Texts without a row
// stay out. The others go through the network by length, the longest first: then the first
// forward pass takes the most memory, and one that is not full has the shortest.
func (b *textBatch) order(counts *Counts) {
	b.fed = append(b.fed[:0], b.texts...)
	if !b.cfg.ExcludePadding {
		return // they decide how much of it there is: a forward pass has all of them
	}
	b.fed = slices.DeleteFunc(b.fed, func(t tokenized) bool { return t.row == t.end })
	if len(b.fed) > b.cfg.StoreBatchSizePrompts {
		slices.SortStableFunc(b.fed, func(a, c tokenized) int { return cmp.Compare(c.len(), a.len()) })
	}
	for texts := range b.passes() {
		width := b.width(texts)
		for _, t := range texts {
			counts.Padding += int64(width - t.len())
		}
	}
}

// passes iterates over the texts of each forward pass.
func (b *textBatch) passes() iter.Seq[[]tokenized] {
	return slices.Chunk(b.fed, b.cfg.StoreBatchSizePrompts)
}

// feed computes the rows of the batch. They come in the order of the texts, whatever the
// order in which these are fed.
func (b *textBatch) feed(ctx context.Context) error {
	b.rows.resize(len(b.origin))
	for texts := range b.passes() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		width := b.width(texts)
		if err := b.forward(ctx, texts, width); err != nil {
			return fmt.Errorf("examples %s to %s: %w", b.texts[0].id, b.texts[len(b.texts)-1].id, err)
		}
		if err := b.place(texts, width); err != nil {
			return err
		}
	}
	return nil
}

// width returns the length to which texts are padded.
func (b *textBatch) width(texts []tokenized) int {
	if b.cfg.PadToContext {
		return b.cfg.ContextSize
	}
	width := 0
	for _, t := range texts {
		width = max(width, t.len())
	}
	return width
}

// forward runs the network on texts, padded on the right.
func (b *textBatch) forward(ctx context.Context, texts []tokenized, width int) error {
	n := len(texts)
	b.inputIDs, b.mask = grow(b.inputIDs, n*width), grow(b.mask, n*width)
	for i, t := range texts {
		ids, mask := b.inputIDs[i*width:][:width], b.mask[i*width:][:width]
		for j := range width {
			ids[j], mask[j] = int64(b.spec.Text.PadTokenID), 0
		}
		for j, id := range b.ids[t.from:t.to] {
			ids[j], mask[j] = int64(id), 1
		}
	}
	shape := []int64{int64(n), int64(width)}
	inputs := make([]Tensor, len(b.spec.Inputs))
	for i, in := range b.spec.Inputs {
		inputs[i] = Tensor{Name: in.Name, Shape: shape, Int64: b.inputIDs}
		switch in.Name {
		case models.AttentionMask:
			inputs[i].Int64 = b.mask
		case models.TokenTypeIDs:
			b.types = grow(b.types, n*width) // never written: zeros
			inputs[i].Int64 = b.types
		}
	}
	return b.runner.Run(ctx, inputs, b.computed.outputs(n, width))
}

// place takes the rows of the batch from what the network computed for texts, (texts,
// width).
func (b *textBatch) place(texts []tokenized, width int) error {
	for i, t := range texts {
		for row := t.row; row < t.end; row++ {
			pos := int(b.origin[row].Position)
			if err := b.rows.take(row, &b.computed, i*width+pos); err != nil {
				return fmt.Errorf("example %s: position %d: %w", t.id, pos, err)
			}
		}
	}
	return nil
}
