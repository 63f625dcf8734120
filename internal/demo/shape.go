package demo

import "math"

// shape is a figure inside the unit circle around the origin.
type shape struct {
	name   string
	inside func(x, y float64) bool // x to the right, y down
}

// shapes are in the order of their names, which is the order in which an image
// folder numbers its classes.
var shapes = []shape{
	{"circle", func(x, y float64) bool { return math.Hypot(x, y) < 0.85 }},
	{"cross", inCross},
	{"ring", inRing},
	{"square", func(x, y float64) bool { return max(math.Abs(x), math.Abs(y)) < 0.7 }},
	{"star", inStar},
	{"triangle", inTriangle},
}

// Shapes returns the values of the factor "shape", the labels of [Pictures].
func Shapes() []string {
	names := make([]string, len(shapes))
	for i, s := range shapes {
		names[i] = s.name
	}
	return names
}

// shapeIndex returns the label of the shape called name, -1 if there is none.
func shapeIndex(name string) int {
	for i, s := range shapes {
		if s.name == name {
			return i
		}
	}
	return -1
}

func inCross(x, y float64) bool {
	const arm, reach = 0.27, 0.92
	x, y = math.Abs(x), math.Abs(y)
	return min(x, y) < arm && max(x, y) < reach
}

func inRing(x, y float64) bool {
	d := math.Hypot(x, y)
	return 0.5 < d && d < 0.95
}

// inTriangle is the equilateral triangle on the unit circle, one corner up: each
// side is half a radius from the centre.
func inTriangle(x, y float64) bool {
	const slope, side = 0.8660254037844386, 0.5 // sin 60°, cos 60°
	return y < side && slope*math.Abs(x)-0.5*y < side
}

// inStar has five points, one up. Folded onto a half point, its edge is the
// straight line from the tip to the notch.
func inStar(x, y float64) bool {
	const notch = 0.42 // radius of the inner corners
	const step = 2 * math.Pi / 5
	a := math.Mod(math.Atan2(x, -y)+2*math.Pi, step)
	if a > step/2 {
		a = step - a
	}
	px, py := math.Hypot(x, y)*math.Cos(a), math.Hypot(x, y)*math.Sin(a)
	nx, ny := notch*math.Cos(step/2), notch*math.Sin(step/2)
	// Inside is where the origin lies: to the left of the line tip (1, 0) -> notch.
	return (nx-1)*py-ny*(px-1) > 0
}
