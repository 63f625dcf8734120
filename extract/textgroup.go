package extract

import (
	"cmp"
	"context"
	"fmt"
	"slices"
)

// choose decides which positions of the gathered texts are the rows of the batch, and
// counts the others: what the network computes has no say in it.
func (p *textPass) choose() {
	p.origin = p.origin[:0]
	padded := 0 // length up to which padding is kept
	if !p.cfg.ExcludePadding {
		padded = p.width(p.texts)
	}
	for i := range p.texts {
		t := &p.texts[i]
		t.row = len(p.origin)
		for pos, token := range p.ids[t.from:t.to] {
			if dropped := p.dropped(pos, token); dropped != nil {
				*dropped++
				continue
			}
			p.keep(t, pos, token)
		}
		for pos := t.len(); pos < padded; pos++ {
			p.keep(t, pos, int32(p.spec.Text.PadTokenID))
		}
		t.end = len(p.origin)
	}
	p.counts.Rows += int64(len(p.origin))
}

// keep adds a row to the batch, whose values are still to be computed.
func (p *textPass) keep(t *tokenized, pos int, token int32) {
	o := t.origin
	o.Position, o.Token = int32(pos), token
	p.origin = append(p.origin, o)
}

// feed computes the rows of the batch. Texts without one stay out. The others go through
// the network by length, the longest first: then the first forward pass takes the most
// memory, and one that is not full has the shortest. Their rows come in the order of the
// texts all the same.
func (p *textPass) feed(ctx context.Context) error {
	p.fed = append(p.fed[:0], p.texts...)
	if p.cfg.ExcludePadding { // else they decide how much of it there is
		p.fed = slices.DeleteFunc(p.fed, func(t tokenized) bool { return t.row == t.end })
	}
	if len(p.fed) > p.cfg.StoreBatchSizePrompts {
		slices.SortStableFunc(p.fed, func(a, b tokenized) int { return cmp.Compare(b.len(), a.len()) })
	}
	p.rows.resize(len(p.origin))
	for texts := range slices.Chunk(p.fed, p.cfg.StoreBatchSizePrompts) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		width := p.width(texts)
		if err := p.forward(ctx, texts, width); err != nil {
			return fmt.Errorf("examples %s to %s: %w", p.texts[0].id, p.texts[len(p.texts)-1].id, err)
		}
		if err := p.place(texts, width); err != nil {
			return err
		}
	}
	return nil
}

// place takes the rows of the batch from what the network computed for texts, (texts,
// width).
func (p *textPass) place(texts []tokenized, width int) error {
	for i, t := range texts {
		for row := t.row; row < t.end; row++ {
			pos := int(p.origin[row].Position)
			if err := p.rows.take(row, &p.computed, i*width+pos); err != nil {
				return fmt.Errorf("example %s: position %d: %w", t.id, pos, err)
			}
		}
		if p.cfg.ExcludePadding {
			p.counts.Padding += int64(width - t.len())
		}
	}
	return nil
}
