package vec_test

import (
	"math"
	"slices"
	"testing"

	"github.com/saego/saego/internal/kernels/vec"
)

// encodeCase is an encoder's product and what is to be kept of it.
type encodeCase struct {
	rows, d, latents    int
	b, scale, limit     []float32
	floor               float32
	magnitude, narrowly bool // narrowly: rows have little room, and are emptied now and then
}

func encodeCases() (all []encodeCase) {
	nan := float32(math.NaN())
	for _, rows := range []int{1, 5, 6, 12, 13, 40} {
		for _, latents := range []int{1, 15, 16, 17, 32, 33, 100} {
			b, scale, limit := normal(latents, 1), normal(latents, 2), normal(latents, 3)
			for _, d := range []int{1, 7, 64} {
				all = append(all,
					encodeCase{rows: rows, d: d, latents: latents, floor: 0.5},
					encodeCase{rows: rows, d: d, latents: latents, b: b, floor: nan, narrowly: true},
					encodeCase{rows: rows, d: d, latents: latents, b: b, scale: scale, limit: limit, floor: nan},
					encodeCase{rows: rows, d: d, latents: latents, b: b, scale: scale, floor: 2, magnitude: true},
				)
			}
		}
	}
	return all
}

// kept are latents and values of a row.
type kept struct {
	idx []int32
	val []float32
}

// run encodes x with the set in use.
func (c encodeCase) run(x, w []float32) []kept {
	r := vec.Rows{
		X: x, DIn: c.d, Panels: make([]float32, vec.PanelsSize(c.latents, c.d)), Latents: c.latents,
		B: c.b, Scale: c.scale, Limit: c.limit, Magnitude: c.magnitude,
		Floors: slices.Repeat([]float32{c.floor}, c.rows), Memory: make([]float32, vec.MemorySize(c.rows, c.d)),
		Count: make([]int32, c.rows), Room: c.latents + vec.Columns(),
	}
	if c.narrowly {
		r.Room = vec.Columns()
	}
	r.Idx, r.Val = make([]int32, c.rows*r.Room), make([]float32, c.rows*r.Room)
	unit := vec.Columns()
	for lo := 0; lo < c.latents; lo += unit {
		vec.Pack(r.Panels, w, c.d, lo, min(lo+unit, c.latents))
	}
	out := make([]kept, c.rows)
	for from := 0; from < c.latents; {
		from = r.Encode(from)
		for i := range out {
			n := int(r.Count[i])
			out[i].idx = append(out[i].idx, r.Idx[i*r.Room:][:n]...)
			out[i].val = append(out[i].val, r.Val[i*r.Room:][:n]...)
		}
		clear(r.Count)
	}
	return out
}

// want is what double precision says of a latent's value, and whether that is so near
// to a bound that rounding decides.
func (c encodeCase) want(x, w []float32, j int) (h float64, fires, close bool) {
	for k, v := range x {
		h += float64(v) * float64(w[j*c.d+k])
	}
	if c.b != nil {
		h += float64(c.b[j])
	}
	if c.scale != nil {
		h *= float64(c.scale[j])
	}
	size := h
	if c.magnitude {
		size = math.Abs(h)
	}
	bound := float64(c.floor)
	fires = !(size <= bound)
	if c.limit != nil {
		fires = fires && !(size <= float64(c.limit[j]))
		bound = float64(c.limit[j])
	}
	return h, fires, math.Abs(size-bound) < 1e-4
}

func TestEncode(t *testing.T) {
	with(t, func(name string) {
		if !vec.Fused() {
			return
		}
		for _, c := range encodeCases() {
			x, w := normal(c.rows*c.d, 4), normal(c.latents*c.d, 5)
			for i, row := range c.run(x, w) {
				at := 0
				for j := range c.latents {
					h, fires, close := c.want(x[i*c.d:][:c.d], w, j)
					has := at < len(row.idx) && int(row.idx[at]) == j
					if has != fires && !close {
						t.Fatalf("%s: %+v: row %d, latent %d: kept %v, want %v of %g", name, c, i, j, has, fires, h)
					}
					if !has {
						continue
					}
					if d := math.Abs(float64(row.val[at]) - h); d > 1e-4*max(1, math.Abs(h)) {
						t.Fatalf("%s: %+v: row %d, latent %d is %g, want %g", name, c, i, j, row.val[at], h)
					}
					at++
				}
				if at != len(row.idx) {
					t.Fatalf("%s: %+v: row %d has latents %v", name, c, i, row.idx)
				}
			}
		}
	})
}

// TestEncodeBits wants the same bits of a row whatever is beside it, and under every
// set.
func TestEncodeBits(t *testing.T) {
	c := encodeCase{rows: 30, d: 65, latents: 70, b: normal(70, 1), floor: 0}
	x, w := normal(c.rows*c.d, 2), normal(c.latents*c.d, 3)
	var first []kept
	with(t, func(name string) {
		if !vec.Fused() {
			return
		}
		all := c.run(x, w)
		if first == nil {
			first = all
		}
		for i := range all {
			one := c
			one.rows = 1
			alone := one.run(x[i*c.d:][:c.d], w)[0]
			for _, other := range []kept{alone, first[i]} {
				if !slices.Equal(all[i].idx, other.idx) || !slices.EqualFunc(all[i].val, other.val, sameBits) {
					t.Fatalf("%s: row %d differs alone or under another set", name, i)
				}
			}
		}
	})
}
