package extract

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// textBatch is a batch of texts, and the memory in which its rows are computed.
type textBatch struct {
	*Text
	lanes // of the device that computes the batch

	texts  []tokenized   // gathered
	ids    []int32       // their tokens, one text after another
	fed    []tokenized   // the texts with a row, in the order in which the network gets them
	passes [][]tokenized // the same, by forward pass

	memory []textLane  // one for each lane
	rows   activations // of the batch
	origin []Origin    // one per row
	next   Cursor      // behind the batch
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
// forward pass takes the most memory, and what is computed at once ends at once.
func (b *textBatch) order(counts *Counts) {
	b.fed = append(b.fed[:0], b.texts...)
	if b.cfg.ExcludePadding { // else all of them decide how much of it there is
		b.fed = slices.DeleteFunc(b.fed, func(t tokenized) bool { return t.row == t.end })
		slices.SortStableFunc(b.fed, func(a, c tokenized) int { return cmp.Compare(c.len(), a.len()) })
	}
	b.passes = b.passes[:0]
	for rest := b.fed; len(rest) > 0; {
		n := b.fit(b.width(rest[:1]), min(len(rest), b.cfg.StoreBatchSizePrompts))
		b.passes = append(b.passes, rest[:n])
		rest = rest[n:]
	}
	if !b.cfg.ExcludePadding {
		return // it has rows
	}
	for _, texts := range b.passes {
		width := b.width(texts)
		for _, t := range texts {
			counts.Padding += int64(width - t.len())
		}
	}
}

// feed computes the rows of the batch. They come in the order of the texts, whatever the
// order in which these are fed.
func (b *textBatch) feed(ctx context.Context) error {
	b.rows.resize(len(b.origin))
	return b.each(len(b.passes), func(lane, pass int) error {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		texts, computed := b.passes[pass], &b.memory[lane].computed
		width := b.width(texts)
		if err := b.runners[lane].Run(ctx, b.memory[lane].inputs(b, texts, width), computed.outputs(len(texts), width)); err != nil {
			return fmt.Errorf("examples %s to %s: %w", b.texts[0].id, b.texts[len(b.texts)-1].id, err)
		}
		return b.place(texts, computed, width)
	})
}

// width returns the length to which the texts of a forward pass are padded.
func (b *textBatch) width(texts []tokenized) int {
	if b.cfg.PadToContext {
		return b.cfg.ContextSize
	}
	if !b.cfg.ExcludePadding {
		texts = b.texts
	}
	width := 0
	for _, t := range texts {
		width = max(width, t.len())
	}
	return width
}

// place takes the rows of the batch from what the network computed for texts, (texts,
// width).
func (b *textBatch) place(texts []tokenized, computed *activations, width int) error {
	for i, t := range texts {
		for row := t.row; row < t.end; row++ {
			pos := int(b.origin[row].Position)
			if err := b.rows.take(row, computed, i*width+pos); err != nil {
				return fmt.Errorf("example %s: position %d: %w", t.id, pos, err)
			}
		}
	}
	return nil
}
