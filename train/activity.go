package train

import (
	"math"

	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/sae"
)

// activity counts how often latents fire.
type activity struct {
	sinceFired []int   // steps since each latent fired
	fired      []int64 // rows in which each fired, in this window
	rows       int64   // of this window
	counts     []int32 // of one batch
	last       []float32
	lastL0     float64
}

func newActivity(dSAE int) *activity {
	return &activity{
		sinceFired: make([]int, dSAE), fired: make([]int64, dSAE), counts: make([]int32, dSAE),
	}
}

// add counts one batch.
func (a *activity) add(c *sae.Codes) {
	kernels.ActiveRows(a.counts, &c.CSR)
	for j, n := range a.counts {
		a.sinceFired[j]++
		if n > 0 {
			a.sinceFired[j] = 0
		}
		a.fired[j] += int64(n)
	}
	a.rows += int64(c.Rows)
}

// dead sets mask to which latents have not fired for more than window steps, and
// counts them.
func (a *activity) dead(mask []bool, window int) int {
	n := 0
	for j, since := range a.sinceFired {
		mask[j] = since > window
		if mask[j] {
			n++
		}
	}
	return n
}

// logSparsity returns log10 of each latent's share of rows in this window, or in
// the one before if this one is empty.
func (a *activity) logSparsity() []float32 {
	if a.rows == 0 {
		return a.last
	}
	out := make([]float32, len(a.fired))
	for j, n := range a.fired {
		out[j] = float32(math.Log10(float64(n)/float64(a.rows) + 1e-10))
	}
	return out
}

// l0 returns the mean number of latents active per row in this window, or in the
// one before if this one is empty.
func (a *activity) l0() float64 {
	if a.rows == 0 {
		return a.lastL0
	}
	var sum int64
	for _, n := range a.fired {
		sum += n
	}
	return float64(sum) / float64(a.rows)
}

// reset starts a new window.
func (a *activity) reset() {
	a.last, a.lastL0 = a.logSparsity(), a.l0()
	clear(a.fired)
	a.rows = 0
}

// meanSinceFired is sae-lens' sparsity/mean_passes_since_fired.
func (a *activity) meanSinceFired() float64 {
	var s float64
	for _, n := range a.sinceFired {
		s += float64(n)
	}
	return s / float64(len(a.sinceFired))
}
