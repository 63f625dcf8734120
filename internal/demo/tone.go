package demo

import "math/rand/v2"

// rgb is a colour, each channel in [0, 1].
type rgb [3]float64

// mix returns the colour that lies t of the way from a to b.
func mix(a, b rgb, t float64) rgb {
	for i := range a {
		a[i] += (b[i] - a[i]) * t
	}
	return a
}

// jitter moves each channel by at most d.
func jitter(r *rand.Rand, c rgb, d float64) rgb {
	for i := range c {
		c[i] = min(max(c[i]+between(r, -d, d), 0), 1)
	}
	return c
}

// colours are far apart in hue and more saturated than any backdrop.
var colours = []struct {
	name string
	rgb  rgb
}{
	{"red", rgb{0.86, 0.10, 0.12}},
	{"orange", rgb{0.96, 0.52, 0.08}},
	{"yellow", rgb{0.95, 0.88, 0.12}},
	{"green", rgb{0.12, 0.65, 0.18}},
	{"cyan", rgb{0.10, 0.80, 0.85}},
	{"blue", rgb{0.12, 0.22, 0.88}},
	{"purple", rgb{0.50, 0.12, 0.72}},
	{"pink", rgb{0.97, 0.42, 0.70}},
}

// Colours returns the values of the factor "colour".
func Colours() []string {
	names := make([]string, len(colours))
	for i, c := range colours {
		names[i] = c.name
	}
	return names
}

// toneMap is a colour in the two tones of a texture.
type toneMap struct{ base, mark rgb }

// newToneMap draws the tones of the colour called name. The marks are the colour
// darkened or lightened, so that a texture does not bring a second hue.
func newToneMap(r *rand.Rand, name string) toneMap {
	const wobble, contrast = 0.04, 0.45
	for _, c := range colours {
		if c.name != name {
			continue
		}
		base, towards := jitter(r, c.rgb, wobble), rgb{}
		if chance(r, 0.5) {
			towards = rgb{1, 1, 1}
		}
		return toneMap{base: base, mark: mix(base, towards, contrast)}
	}
	return toneMap{}
}
