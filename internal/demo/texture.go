package demo

import (
	"math"
	"math/rand/v2"
)

// texture says where a surface is marked, on the plane in units of its period.
type texture struct {
	name   string
	marked func(u, v float64) bool
}

var textures = []texture{
	{"solid", func(_, _ float64) bool { return false }},
	{"stripes", func(u, _ float64) bool { return frac(u) < 0.5 }},
	{"checks", func(u, v float64) bool { return (frac(u) < 0.5) != (frac(v) < 0.5) }},
	{"dots", func(u, v float64) bool { return math.Hypot(frac(u)-0.5, frac(v)-0.5) < 0.3 }},
}

// Textures returns the values of the factor "texture".
func Textures() []string {
	names := make([]string, len(textures))
	for i, t := range textures {
		names[i] = t.name
	}
	return names
}

// frac is the part of x above the next lower whole number, in [0, 1).
func frac(x float64) float64 { return x - math.Floor(x) }

// pattern is a texture laid onto the picture.
type pattern struct {
	marked   func(u, v float64) bool
	cos, sin float64 // turn of the lattice
	period   float64 // fraction of the picture's side
	du, dv   float64 // shift, in periods
}

// newPattern lays the texture called name. The period stays near one patch of an
// 8 x 8 grid, so that a patch shows the texture and not a single tone.
func newPattern(r *rand.Rand, name string) pattern {
	sin, cos := math.Sincos(between(r, 0, math.Pi))
	p := pattern{cos: cos, sin: sin, period: between(r, 0.09, 0.125), du: r.Float64(), dv: r.Float64()}
	for _, t := range textures {
		if t.name == name {
			p.marked = t.marked
		}
	}
	return p
}

// at tells whether the point (x, y) of the picture is marked.
func (p pattern) at(x, y float64) bool {
	u := (x*p.cos + y*p.sin) / p.period
	v := (y*p.cos - x*p.sin) / p.period
	return p.marked(u+p.du, v+p.dv)
}
