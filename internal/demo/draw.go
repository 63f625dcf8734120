package demo

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
)

// supersample is the number of samples along each side of a pixel.
const supersample = 4

// draw paints s on a square of size pixels. The mask holds how much of each pixel
// the shape covers, 255 = all of it; r gives the grain.
func (s Scene) draw(size int, r *rand.Rand) (*image.RGBA, *image.Alpha) {
	bounds := image.Rect(0, 0, size, size)
	img, mask := image.NewRGBA(bounds), image.NewAlpha(bounds)
	inside := s.outline()
	for y := range size {
		for x := range size {
			c, covered := s.pixel(x, y, size, inside)
			img.SetRGBA(x, y, toRGBA(c, s.backdrop.grain*(2*r.Float64()-1)))
			mask.SetAlpha(x, y, color.Alpha{A: toByte(covered)})
		}
	}
	return img, mask
}

// pixel returns the mean colour of one pixel, and the share of it that the shape
// covers.
func (s Scene) pixel(px, py, size int, inside func(x, y float64) bool) (rgb, float64) {
	x, y := (float64(px)+0.5)/float64(size), (float64(py)+0.5)/float64(size)
	if s.plain(x, y, math.Sqrt2/2/float64(size)) {
		return s.backdrop.gradient(x, y), 0 // linear: its mean is its centre
	}
	return s.sampled(px, py, size, inside)
}

// plain tells whether nothing but the gradient shows within reach of (x, y).
func (s Scene) plain(x, y, reach float64) bool {
	if near(x-s.X, y-s.Y, s.Radius+reach) {
		return false
	}
	for _, sp := range s.backdrop.specks {
		if near(x-sp.x, y-sp.y, sp.long+sp.radius+reach) {
			return false
		}
	}
	return true
}

// near tells whether (dx, dy) is at most d long.
func near(dx, dy, d float64) bool { return dx*dx+dy*dy <= d*d }

// sampled is pixel by the mean of samples.
func (s Scene) sampled(px, py, size int, inside func(x, y float64) bool) (c rgb, covered float64) {
	const weight = 1.0 / (supersample * supersample)
	step := 1 / float64(supersample*size)
	for j := range supersample {
		y := (float64(py*supersample+j) + 0.5) * step
		for i := range supersample {
			x := (float64(px*supersample+i) + 0.5) * step
			sample := s.backdrop.at
			if inside(x, y) {
				sample = s.surface
				covered += weight
			}
			for k, v := range sample(x, y) {
				c[k] += v * weight
			}
		}
	}
	return c, covered
}

// surface is the colour of the shape at (x, y).
func (s Scene) surface(x, y float64) rgb {
	if s.pattern.at(x, y) {
		return s.tone.mark
	}
	return s.tone.base
}

// outline returns the test for points of the picture that lies inside the shape.
func (s Scene) outline() func(x, y float64) bool {
	sin, cos := math.Sincos(s.Angle)
	inside := shapes[shapeIndex(s.Shape)].inside
	return func(x, y float64) bool {
		dx, dy := (x-s.X)/s.Radius, (y-s.Y)/s.Radius
		return inside(dx*cos+dy*sin, dy*cos-dx*sin)
	}
}

// toRGBA rounds c, each channel moved by noise.
func toRGBA(c rgb, noise float64) color.RGBA {
	return color.RGBA{R: toByte(c[0] + noise), G: toByte(c[1] + noise), B: toByte(c[2] + noise), A: 255}
}

// toByte maps [0, 1] to 0..255, what lies outside to the nearer end.
func toByte(v float64) uint8 { return uint8(math.Round(255 * min(max(v, 0), 1))) }
