package extract

import (
	"errors"
	"fmt"
	"strings"

	"github.com/saego/saego/models"
)

// ErrNoRows is wrapped by the error of a pass through a dataset that kept no row.
var ErrNoRows = errors.New("no rows")

// noRows is the error for a pass whose counts are c. The advice says which
// settings could keep more.
func noRows(c Counts, advice string) error {
	return fmt.Errorf("%w: %v: %s", ErrNoRows, c, advice)
}

// findHook returns the hook called name, or an error that lists those that exist.
func findHook(spec *models.Spec, name string) (models.Hook, error) {
	names := make([]string, len(spec.Hooks))
	for i, h := range spec.Hooks {
		if h.Name == name {
			return h, nil
		}
		names[i] = h.Name
	}
	return models.Hook{}, fmt.Errorf("hook %q: model %s has no such hook: choose one of %s",
		name, spec.Name, strings.Join(names, ", "))
}

// sieve keeps some rows of a block and forgets the others, in place.
type sieve struct {
	dIn    int
	data   []float32 // (rows, dIn), the kept ones moved to the front
	origin []Origin  // one per kept row
}

// reset starts on a new block, data (rows, dIn).
func (s *sieve) reset(data []float32) {
	s.data, s.origin = data, s.origin[:0]
}

// keep keeps row i, which must be greater than that of the call before.
// It reports whether every value of the row is finite.
func (s *sieve) keep(i int, o Origin) bool {
	to := s.data[len(s.origin)*s.dIn:][:s.dIn]
	copy(to, s.data[i*s.dIn:][:s.dIn])
	s.origin = append(s.origin, o)
	return finite(to)
}

// batch returns the kept rows, aliasing the block. Behind them lies next.
func (s *sieve) batch(next Cursor) Batch {
	return Batch{DIn: s.dIn, Data: s.data[:len(s.origin)*s.dIn], Origin: s.origin, Next: next}
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
