package main

import (
	"fmt"
	"math"

	"github.com/saego/saego/extract/ort"
)

// tolerance is how far rows in float32 may lie from PyTorch's.
const tolerance = 1e-4

// difference is how far rows lie from others.
type difference struct{ maxAbs, relativeL2 float64 }

// differences are those of both sides from PyTorch's rows in float32.
type differences struct{ ours, peer difference }

// compareSides compares the rows of a turn of both sides with want; nil stands for the
// peer's own rows.
func compareSides(ours, peer side, want []float32) (d differences, err error) {
	a, err := ours.rows()
	if err != nil {
		return d, err
	}
	b, err := peer.rows()
	if err != nil {
		return d, err
	}
	if want == nil {
		want = b
	}
	if d.ours, err = compare(a, want); err != nil {
		return d, err
	}
	d.peer, err = compare(b, want)
	return d, err
}

// compare returns the difference of a from b. One that is not finite is as large as can be.
func compare(a, b []float32) (difference, error) {
	if len(a) != len(b) || len(a) == 0 {
		return difference{}, fmt.Errorf("saego's rows have %d values, the peer's %d: they are not those of the same examples", len(a), len(b))
	}
	var d difference
	var squares, norm float64
	for i, v := range a {
		diff := math.Abs(float64(v) - float64(b[i]))
		if !(diff <= math.MaxFloat64) {
			return difference{math.Inf(1), math.Inf(1)}, nil
		}
		d.maxAbs = max(d.maxAbs, diff)
		squares += diff * diff
		norm += float64(b[i]) * float64(b[i])
	}
	d.relativeL2 = math.Sqrt(squares / norm)
	return d, nil
}

// details notes the differences; that of a peer in float32 is none.
func (d differences) details(m map[string]float64, c contest) {
	m["max_abs"], m["relative_l2"] = d.ours.maxAbs, d.ours.relativeL2
	if c.peer != ort.Float32 {
		m["peer_max_abs"], m["peer_relative_l2"] = d.peer.maxAbs, d.peer.relativeL2
	}
}
