package extract

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Drift says how far rows lie from the same rows as a reference computes them: in another
// precision, or on another kind of processor.
type Drift struct {
	Rows       int     `json:"rows"`        // compared, targets among them
	RelativeL2 float64 `json:"relative_l2"` // norm of all differences, over that of the reference
	MaxAbs     float64 `json:"max_abs"`     // largest difference of a value
	Cosine     float64 `json:"cosine"`      // mean over the rows; 1 for two rows of zeros
}

// DriftOf returns how far rows (n, d) lie from those of a reference.
func DriftOf(rows, reference []float32, d int) (Drift, error) {
	if d < 1 || len(rows)%d != 0 || len(rows) != len(reference) || len(rows) == 0 {
		return Drift{}, fmt.Errorf("extract: drift: %d values against %d of the reference: want as many rows of %d", len(rows), len(reference), d)
	}
	var s driftSums
	s.add(rows, reference, d)
	return s.drift(), nil
}

// Drift returns how far the rows of m, and their targets, lie from those of a reference,
// which must come from the same examples and positions.
func (m *Memory) Drift(reference *Memory) (Drift, error) {
	got, want := m.batch, reference.batch
	switch {
	case got.Len() == 0:
		return Drift{}, errors.New("extract: drift: no rows")
	case got.DIn != want.DIn || got.DOut != want.DOut || !slices.Equal(got.Origin, want.Origin):
		return Drift{}, errors.New("extract: drift: the reference has other rows")
	}
	var s driftSums
	s.add(got.Data, want.Data, got.DIn)
	if got.DOut > 0 {
		s.add(got.Target, want.Target, got.DOut)
	}
	return s.drift(), nil
}

// driftSums are what a [Drift] is made of.
type driftSums struct {
	rows                            int
	difference, norm, worst, cosine float64
}

func (s *driftSums) add(rows, reference []float32, d int) {
	for len(rows) > 0 {
		s.addRow(rows[:d], reference[:d])
		rows, reference = rows[d:], reference[d:]
	}
}

func (s *driftSums) addRow(row, reference []float32) {
	var dot, a, b float64
	for i, v := range row {
		x, y := float64(v), float64(reference[i])
		dot, a, b = dot+x*y, a+x*x, b+y*y
		s.difference += (x - y) * (x - y)
		s.worst = max(s.worst, math.Abs(x-y))
	}
	s.rows++
	s.norm += b
	switch {
	case a > 0 && b > 0:
		s.cosine += dot / math.Sqrt(a*b)
	case a == b:
		s.cosine++
	}
}

func (s *driftSums) drift() Drift {
	d := Drift{Rows: s.rows, MaxAbs: s.worst, Cosine: s.cosine / float64(s.rows)}
	if s.difference > 0 {
		d.RelativeL2 = math.Sqrt(s.difference / s.norm) // +Inf for a reference of zeros
	}
	return d
}
