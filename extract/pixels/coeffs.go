package pixels

import (
	"math"

	"github.com/saego/saego/models"
)

// precision is the number of fractional bits of a weight: what an int32 leaves
// beside 8 bits of pixel and 2 bits of overshoot, as in Pillow.
const precision = 32 - 8 - 2

// taps holds the weights of a range of output pixels along one axis: output i
// (counted from the start of the range) is the sum over k of weights[i*width+k]
// times source pixel start[i]+k, for k below count[i].
type taps struct {
	width        int // a multiple of tapGroup; weights beyond an output's count are 0
	start, count []int
	weights      []int32 // fixed point, precision bits
	lo, hi       int     // source pixels that are read: [lo, hi)
}

// tapGroup is the number of weights that the loops of a resize take at once.
const tapGroup = 4

// row returns the weights of output i and its first source pixel.
func (t *taps) row(i int) (weights []int32, start int) {
	return t.weights[i*t.width:][:t.count[i]], t.start[i]
}

// filter is an interpolation kernel: zero beyond support.
type filter struct {
	support float64
	at      func(x float64) float64
}

func filterOf(name string) filter {
	if name == models.Bicubic {
		return filter{support: 2, at: bicubic}
	}
	return filter{support: 1, at: bilinear}
}

func bilinear(x float64) float64 { return max(0, 1-math.Abs(x)) }

// bicubic is Keys' kernel with a = -0.5. The conversions keep a compiler from
// fusing a product with a sum, which would round otherwise.
func bicubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	if x < 1 {
		return float64(float64(float64(float64((a+2)*x)-(a+3))*x)*x) + 1
	}
	if x < 2 {
		return float64(float64(float64(float64(float64(x-5)*x)+8)*x)-4) * a
	}
	return 0
}

// newTaps computes the weights of the outputs [ax.lo, ax.hi), as Pillow's
// precompute_coeffs and normalize_coeffs_8bpc do: a kernel as wide as the pixels
// are shrunk (which is what antialiases), cut at the picture's border and
// normalised there.
func newTaps(f filter, ax axis) *taps {
	scale := float64(ax.n) / float64(ax.out)
	stretch := max(scale, 1)
	inverse := 1 / stretch
	support := f.support * stretch
	outs := ax.kept()
	t := &taps{width: groups(int(math.Ceil(support))*2+1) * tapGroup, start: make([]int, outs), count: make([]int, outs)}
	t.weights = make([]int32, outs*t.width)
	k := make([]float64, t.width)
	for i := range outs {
		center := (float64(ax.lo+i) + 0.5) * scale
		lo := max(int(center-support+0.5), 0)
		hi := min(int(center+support+0.5), ax.n)
		t.start[i], t.count[i] = lo, hi-lo
		weigh(k[:hi-lo], f, func(i int) float64 { return (float64(lo+i) - center + 0.5) * inverse })
		quantise(t.weights[i*t.width:], k[:hi-lo])
	}
	t.lo, t.hi = t.start[0], t.start[outs-1]+t.count[outs-1]
	return t
}

// groups returns how many groups n weights fill.
func groups(n int) int { return (n + tapGroup - 1) / tapGroup }

// weigh fills k with the kernel at the places that at gives, normalised to the sum 1.
func weigh(k []float64, f filter, at func(i int) float64) {
	var sum float64
	for i := range k {
		k[i] = f.at(at(i))
		sum += k[i]
	}
	if sum == 0 {
		return
	}
	for i := range k {
		k[i] /= sum
	}
}

// quantise rounds weights to fixed point, halves away from zero.
func quantise(dst []int32, k []float64) {
	for i, w := range k {
		half := math.Copysign(0.5, w)
		dst[i] = int32(half + float64(w*(1<<precision)))
	}
}
