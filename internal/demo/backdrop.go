package demo

import (
	"math"
	"math/rand/v2"
)

// backdrop is a soft gradient with grain and coloured specks: enough that the
// shape cannot be told from colour or contrast alone.
type backdrop struct {
	from, to rgb
	cos, sin float64 // direction of the gradient
	grain    float64 // most that noise moves a channel
	specks   []speck
}

// speck is a small disc or bar in a colour of its own.
type speck struct {
	x, y   float64
	cos    float64 // direction of a bar
	sin    float64
	long   float64 // half length; 0 for a disc
	radius float64 // of the disc, half width of the bar
	colour rgb
}

// newBackdrop draws a backdrop of muted colours.
func newBackdrop(r *rand.Rand) backdrop {
	sin, cos := math.Sincos(between(r, 0, 2*math.Pi))
	b := backdrop{from: muted(r), to: muted(r), cos: cos, sin: sin, grain: between(r, 0, 0.04)}
	b.specks = make([]speck, 2+r.IntN(7))
	for i := range b.specks {
		b.specks[i] = newSpeck(r)
	}
	return b
}

// muted is a grey of any lightness with a touch of colour.
func muted(r *rand.Rand) rgb {
	grey := between(r, 0.1, 0.9)
	return jitter(r, rgb{grey, grey, grey}, 0.1)
}

func newSpeck(r *rand.Rand) speck {
	sin, cos := math.Sincos(between(r, 0, math.Pi))
	s := speck{
		x: r.Float64(), y: r.Float64(), cos: cos, sin: sin,
		radius: between(r, 0.008, 0.022), colour: rgb{r.Float64(), r.Float64(), r.Float64()},
	}
	if chance(r, 0.4) {
		s.long = between(r, 0.03, 0.06)
	}
	return s
}

// covers tells whether the point (x, y) lies on the speck.
func (s speck) covers(x, y float64) bool {
	dx, dy := x-s.x, y-s.y
	along, across := dx*s.cos+dy*s.sin, dy*s.cos-dx*s.sin
	along = max(math.Abs(along)-s.long, 0)
	return near(along, across, s.radius)
}

// gradient returns the colour at (x, y) without grain and specks.
func (b backdrop) gradient(x, y float64) rgb {
	return mix(b.from, b.to, 0.5+((x-0.5)*b.cos+(y-0.5)*b.sin)/math.Sqrt2)
}

// at returns the colour at (x, y) without the grain; a later speck lies on top.
func (b backdrop) at(x, y float64) rgb {
	c := b.gradient(x, y)
	for _, s := range b.specks {
		if s.covers(x, y) {
			c = s.colour
		}
	}
	return c
}
