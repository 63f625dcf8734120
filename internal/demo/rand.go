package demo

import "math/rand/v2"

// Streams keep the random numbers of reviews, scenes and pixels apart, so that a
// change in one leaves the others as they are.
const (
	streamReviews = 0x7265766965777300
	streamScenes  = 0x7363656e65730000
	streamPixels  = 0x706978656c730000
)

// newRand returns the generator of one stream, example index under seed.
func newRand(seed, stream uint64, index int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, stream+uint64(index)))
}

// pick returns one of xs, each as likely as the next.
func pick[T any](r *rand.Rand, xs []T) T { return xs[r.IntN(len(xs))] }

// chance is true with probability p.
func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

// between returns a value in [lo, hi), each as likely as the next.
func between(r *rand.Rand, lo, hi float64) float64 { return lo + (hi-lo)*r.Float64() }
