package extract

import (
	"fmt"

	"github.com/saego/saego/models"
)

// sieve takes what a network computes, keeps some rows and forgets the others, in
// place.
type sieve struct {
	hooks
	data   []float32 // (rows, d_in), the kept ones moved to the front
	target []float32 // (rows, d_out), likewise
	origin []Origin  // one per kept row
}

// outputs returns the tensors for a forward pass of that many sequences, in the
// memory of the sieve, which forgets its rows.
func (s *sieve) outputs(sequences, positions int) []Tensor {
	s.origin = s.origin[:0]
	of := func(h models.Hook, memory *[]float32) Tensor {
		*memory = grow(*memory, sequences*positions*h.DIn)
		return Tensor{Name: h.Name, Shape: []int64{int64(sequences), int64(positions), int64(h.DIn)}, Float32: *memory}
	}
	tensors := []Tensor{of(s.in, &s.data)}
	if s.out.Name != "" {
		tensors = append(tensors, of(s.out, &s.target))
	}
	return tensors
}

// keep keeps row i, which must be greater than that of the call before. It fails
// where a value is not finite.
func (s *sieve) keep(i int, o Origin) error {
	to := len(s.origin)
	s.origin = append(s.origin, o)
	if !move(s.data, s.in.DIn, to, i) {
		return notFinite(s.in)
	}
	if !move(s.target, s.out.DIn, to, i) {
		return notFinite(s.out)
	}
	return nil
}

func notFinite(h models.Hook) error {
	return fmt.Errorf("NaN or Inf in the model's output %s: "+
		"compare the export with its golden activations, or leave the example out", h.Name)
}

// move copies row i of block (rows, width) to row to and reports whether it is finite.
func move(block []float32, width, to, i int) bool {
	row := block[to*width:][:width]
	copy(row, block[i*width:][:width])
	return finite(row)
}

// batch returns the kept rows, aliasing the sieve. Behind them lies next.
func (s *sieve) batch(next Cursor) Batch {
	n := len(s.origin)
	return Batch{
		DIn: s.in.DIn, Data: s.data[:n*s.in.DIn],
		DOut: s.out.DIn, Target: s.target[:n*s.out.DIn],
		Origin: s.origin, Next: next,
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
