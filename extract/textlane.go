package extract

import "github.com/saego/saego/models"

// textLane is the memory of one forward pass at a time.
type textLane struct {
	inputIDs, mask []int64     // (texts, width)
	types          []int64     // likewise, zeros; of networks that tell two texts apart
	computed       activations // (texts, width) rows
}

// inputs returns what the network takes for texts of b, padded on the right.
func (l *textLane) inputs(b *textBatch, texts []tokenized, width int) []Tensor {
	n := len(texts)
	l.inputIDs, l.mask = grow(l.inputIDs, n*width), grow(l.mask, n*width)
	for i, t := range texts {
		ids, mask := l.inputIDs[i*width:][:width], l.mask[i*width:][:width]
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
		inputs[i] = Tensor{Name: in.Name, Shape: shape, Int64: l.inputIDs}
		switch in.Name {
		case models.AttentionMask:
			inputs[i].Int64 = l.mask
		case models.TokenTypeIDs:
			l.types = grow(l.types, n*width) // never written: zeros
			inputs[i].Int64 = l.types
		}
	}
	return inputs
}
