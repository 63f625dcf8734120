package extract

import (
	"context"
	"fmt"
)

// visionBatch is a batch of pictures, and the memory in which their rows are computed.
type visionBatch struct {
	*Vision
	runner Runner // of the device that computes the batch

	ids     []string  // of the pictures
	origins []Origin  // of these; Position and Token are filled in for each row
	input   []float32 // (pictures, 3, height, width)
	sieve   sieve
	next    Cursor // behind the batch
}

// positions returns the length of the network's sequence.
func (v *Vision) positions() int {
	s := v.spec.Vision
	return s.PrefixTokens + s.Grid[0]*s.Grid[1]
}

// dropped returns the count of the reason why a position is dropped, or nil
// where it is kept.
func (v *Vision) dropped(counts *Counts, pos int) *int64 {
	prefix := pos < v.spec.Vision.PrefixTokens
	switch {
	case v.cfg.Rows == RowsPatches && prefix, v.cfg.Rows == RowsCLS && prefix && pos > 0:
		return &counts.Special
	case v.cfg.Rows == RowsCLS && !prefix:
		return &counts.Patches
	}
	return nil
}

// compute runs the network on the pictures and keeps the rows that the config wants.
func (b *visionBatch) compute(ctx context.Context) error {
	if err := b.forward(ctx, len(b.ids)); err != nil {
		return fmt.Errorf("pictures %s to %s: %w", b.ids[0], b.ids[len(b.ids)-1], err)
	}
	return b.sift()
}

// forward runs the network on n pictures, into the sieve.
func (b *visionBatch) forward(ctx context.Context, n int) error {
	height, width := b.spec.Vision.Crop[0], b.spec.Vision.Crop[1]
	input := Tensor{
		Name: b.spec.Inputs[0].Name, Shape: []int64{int64(n), 3, int64(height), int64(width)},
		Float32: b.input[:n*3*height*width],
	}
	return Forward(ctx, b.runner, b.positions(), []Tensor{input}, b.sieve.outputs(n, b.positions()))
}

// sift keeps those rows of the sieve, (pictures, positions), that are not dropped.
func (b *visionBatch) sift() error {
	positions, ignored := b.positions(), Counts{}
	for i, o := range b.origins {
		for pos := range positions {
			if b.dropped(&ignored, pos) != nil {
				continue
			}
			o.Position, o.Token = int32(pos), max(int32(pos-b.spec.Vision.PrefixTokens), -1)
			if err := b.sieve.keep(i*positions+pos, o); err != nil {
				return fmt.Errorf("picture %s: position %d: %w", b.ids[i], pos, err)
			}
		}
	}
	return nil
}
