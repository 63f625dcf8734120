package main

import (
	"context"

	"github.com/saego/saego/extract"
)

// tap is a Runner that keeps a copy of the pictures that another one is fed. One
// goroutine may use it.
type tap struct {
	runner extract.Runner
	shape  []int64 // of all pictures, (n, 3, height, width)
	pixels []float32
}

var _ extract.Runner = (*tap)(nil)

// Run implements [extract.Runner].
func (t *tap) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	for _, in := range inputs {
		if in.Float32 == nil {
			continue // token ids: the rows tell them
		}
		if t.shape == nil {
			t.shape = append([]int64{0}, in.Shape[1:]...)
		}
		t.shape[0] += in.Shape[0]
		t.pixels = append(t.pixels, in.Float32...)
	}
	return t.runner.Run(ctx, inputs, outputs)
}

// tensors returns the pixels in the form that check_rows.py reads: one picture per
// example, in the order of the examples' first rows.
func (t *tap) tensors() []array { return []array{{"pixels", t.shape, t.pixels, nil}} }
