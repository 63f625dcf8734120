package pixels

import (
	"math"

	"github.com/saego/saego/models"
)

// axis says how one axis of a picture is brought to the crop: n source pixels are
// resampled to out; of these, [lo, hi) land in the crop, from its pixel pad on.
type axis struct {
	n, out, lo, hi, pad int
}

// kept returns the number of resampled pixels that land in the crop.
func (a axis) kept() int { return a.hi - a.lo }

// plan returns both axes for a picture of w × h pixels.
func plan(spec *models.Vision, w, h int) (x, y axis) {
	ow, oh := resized(spec, w, h)
	half := math.RoundToEven // Python's round
	if spec.CropRounding == models.CropFloor {
		half = math.Floor
	}
	return cropped(w, ow, spec.Crop[1], half), cropped(h, oh, spec.Crop[0], half)
}

// resized returns the size to which a picture of w × h pixels is resampled.
// torchvision's Resize(int) truncates the long side.
func resized(spec *models.Vision, w, h int) (ow, oh int) {
	if spec.ResizeMode == models.ResizeExact {
		return spec.Resize[1], spec.Resize[0]
	}
	size := spec.Resize[0]
	long := func(long, short int) int { return int(float64(size*long) / float64(short)) }
	if w <= h {
		return size, long(h, w)
	}
	return long(w, h), size
}

// cropped places a centre crop on an axis of out pixels. A crop that is larger than
// the picture is padded, one pixel less before than after where the padding is odd; a
// smaller one starts at half the rest, rounded by half.
func cropped(n, out, crop int, half func(float64) float64) axis {
	if crop > out {
		return axis{n: n, out: out, lo: 0, hi: out, pad: (crop - out) / 2}
	}
	lo := int(half(float64(out-crop) / 2))
	return axis{n: n, out: out, lo: lo, hi: lo + crop}
}
