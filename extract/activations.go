package extract

import (
	"fmt"

	"github.com/saego/saego/models"
)

// activations are rows of the hook points, in memory that is reused.
type activations struct {
	hooks
	data   []float32 // (rows, d_in)
	target []float32 // (rows, d_out)
}

// resize makes room for n rows, whose content is undefined.
func (a *activations) resize(n int) {
	a.data, a.target = grow(a.data, n*a.in.DIn), grow(a.target, n*a.out.DIn)
}

// outputs returns the tensors for a forward pass of that many sequences, in the memory
// of a.
func (a *activations) outputs(sequences, positions int) []Tensor {
	a.resize(sequences * positions)
	of := func(h models.Hook, memory []float32) Tensor {
		return Tensor{Name: h.Name, Shape: []int64{int64(sequences), int64(positions), int64(h.DIn)}, Float32: memory}
	}
	tensors := []Tensor{of(a.in, a.data)}
	if a.out.Name != "" {
		tensors = append(tensors, of(a.out, a.target))
	}
	return tensors
}

// take makes row i of b, which may be a, row to of a. It fails where a value is not
// finite.
func (a *activations) take(to int, b *activations, i int) error {
	if !move(a.data, to, b.data, i, a.in.DIn) {
		return notFinite(a.in)
	}
	if !move(a.target, to, b.target, i, a.out.DIn) {
		return notFinite(a.out)
	}
	return nil
}

func notFinite(h models.Hook) error {
	return fmt.Errorf("NaN or Inf in the model's output %s: "+
		"compare the export with its golden activations, or leave the example out", h.Name)
}

// move makes row i of from, (rows, width), row to of into and reports whether it is
// finite.
func move(into []float32, to int, from []float32, i, width int) bool {
	row := into[to*width:][:width]
	copy(row, from[i*width:][:width])
	return finite(row)
}

// batch returns the first rows, one per origin, aliasing a. Behind them lies next.
func (a *activations) batch(origin []Origin, next Cursor) Batch {
	n := len(origin)
	return Batch{
		DIn: a.in.DIn, Data: a.data[:n*a.in.DIn],
		DOut: a.out.DIn, Target: a.target[:n*a.out.DIn],
		Origin: origin, Next: next,
	}
}

// finite reports whether row has neither NaN nor Inf: either times 0 is NaN,
// which no sum loses.
func finite(row []float32) bool {
	var a, b float32
	for len(row) >= 2 {
		a += row[0] * 0
		b += row[1] * 0
		row = row[2:]
	}
	if len(row) == 1 {
		a += row[0] * 0
	}
	return a+b == 0
}

// grow returns a slice of length n, reusing the memory of s where it suffices.
// The content is undefined.
func grow[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}
