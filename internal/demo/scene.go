package demo

import (
	"math"
	"math/rand/v2"
)

// Scene is what a picture shows: its factors. Lengths are fractions of the
// picture's side, so a scene has no size of its own. X runs to the right, Y down.
type Scene struct {
	Shape    string  `json:"shape"`    // the label: one of [Shapes]
	Colour   string  `json:"colour"`   // one of [Colours]
	Texture  string  `json:"texture"`  // one of [Textures]
	Quadrant string  `json:"quadrant"` // where the centre is: one of [Quadrants]
	X        float64 `json:"x"`        // centre
	Y        float64 `json:"y"`
	Radius   float64 `json:"radius"` // of the circle around the shape
	Angle    float64 `json:"angle"`  // clockwise turn of the shape, radians

	tone     toneMap  // the colour in its two tones, jittered
	pattern  pattern  // the texture's lattice
	backdrop backdrop // what lies behind the shape
}

// Limits of a scene. The smallest shape is as wide as four patches of an 8 x 8
// grid, so that patches inside it are covered whole; the turn is small enough to
// tell a square from a diamond.
const (
	minRadius = 0.27
	maxRadius = 0.42
	margin    = 0.02 // between the shape and the picture's edge
	maxTurn   = math.Pi / 12
)

// Quadrants returns the values of the factor "quadrant".
func Quadrants() []string {
	return []string{"top-left", "top-right", "bottom-left", "bottom-right"}
}

// newScene draws the factors of one picture; each is independent of the others.
func newScene(r *rand.Rand) Scene {
	radius := between(r, minRadius, maxRadius)
	s := Scene{
		Shape:   pick(r, shapes).name,
		Colour:  pick(r, colours).name,
		Texture: pick(r, textures).name,
		X:       between(r, radius+margin, 1-radius-margin),
		Y:       between(r, radius+margin, 1-radius-margin),
		Radius:  radius,
		Angle:   between(r, -maxTurn, maxTurn),
	}
	s.Quadrant = quadrant(s.X, s.Y)
	s.tone = newToneMap(r, s.Colour)
	s.pattern = newPattern(r, s.Texture)
	s.backdrop = newBackdrop(r)
	return s
}

// quadrant names the quarter of the picture that holds (x, y).
func quadrant(x, y float64) string {
	i := 0
	if x >= 0.5 {
		i++
	}
	if y >= 0.5 {
		i += 2
	}
	return Quadrants()[i]
}
