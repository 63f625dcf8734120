package kernels

import "math"

// Activation makes the functions that select the latents of a row: a [Rule], or any
// [ActivationFunc].
type Activation interface {
	// NewSelector returns a selector for one goroutine.
	NewSelector() Selector
}

// Selector appends to idx and val the latents of one row that are active, in
// ascending order, with their values. h (DSAE) may be overwritten.
type Selector func(h []float32, idx []int32, val []float32) ([]int32, []float32)

// ActivationFunc is an [Activation] of any kind.
type ActivationFunc func() Selector

// NewSelector implements [Activation].
func (f ActivationFunc) NewSelector() Selector { return f() }

// Rule is an [Activation] that compares: a latent is active whose value is above Least
// and above the latent's Limit, and of those the K largest. An [Encoder] applies it
// while the values are still in registers. NaN is above everything, so that a fault
// reaches the loss, and counts as the largest.
type Rule struct {
	K         int       // how many of a row at most; of equal values the lowest latents win. 0 = all
	Least     float32   // NaN = no bound
	Limit     []float32 // (DSAE), read at each use; nil = none
	Slack     float32   // added to Limit
	Magnitude bool      // magnitudes are compared; the values keep their signs
}

var unbounded = float32(math.NaN())

// Positive selects what is greater than zero: the ReLU.
func Positive() Rule { return Rule{} }

// TopPositive selects the k largest values that are greater than zero, which is ReLU
// after top-k.
func TopPositive(k int) Rule { return Rule{K: k} }

// Top selects the k largest values, whatever their sign; −0 is below 0.
func Top(k int) Rule { return Rule{K: k, Least: unbounded} }

// TopMagnitude selects the k values of the largest magnitude, with their signs.
func TopMagnitude(k int) Rule { return Rule{K: k, Least: unbounded, Magnitude: true} }

// Above selects what is greater than both zero and its latent's threshold: the
// JumpReLU.
func Above(threshold []float32) Rule { return Rule{Limit: threshold} }

// AboveBy selects what is greater than its latent's threshold plus slack, of either
// sign.
func AboveBy(threshold []float32, slack float32) Rule {
	return Rule{Limit: threshold, Slack: slack, Least: unbounded}
}

// Below selects what is less than its latent's threshold.
func Below(threshold []float32) Selector {
	return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
		for j, v := range h {
			if v < threshold[j] {
				idx, val = append(idx, int32(j)), append(val, v)
			}
		}
		return idx, val
	}
}

// Gated selects the latents of a gated SAE, whose pre-activation without a bias is
// a: those with a + gate > 0 and a·scale + mag > 0, at the latter's value.
func Gated(gate, mag, scale []float32) Selector {
	return func(a []float32, idx []int32, val []float32) ([]int32, []float32) {
		for j, v := range a {
			if v+gate[j] <= 0 {
				continue
			}
			if m := v*scale[j] + mag[j]; !(m <= 0) {
				idx, val = append(idx, int32(j)), append(val, m)
			}
		}
		return idx, val
	}
}
