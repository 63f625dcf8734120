package train

import (
	"fmt"
	"math"
	"slices"

	"github.com/saego/saego/sae"
)

// activity counts how often latents fire.
type activity struct {
	engine      sae.Engine // which has the codes
	sinceFired  []int64    // steps since each latent fired
	now, before window     // the feature window at hand, and the full one before it
	short       bool       // what is told is of the window at hand alone, as in sae-lens
	counts      []int32    // of one batch
}

// window counts over some steps.
type window struct {
	fired []int64 // rows in which each latent fired
	rows  int64
}

func newActivity(engine sae.Engine, dSAE int, compat string) *activity {
	return &activity{
		engine: engine, sinceFired: make([]int64, dSAE), counts: make([]int32, dSAE), short: compat == sae.CompatSAELens,
		now: window{fired: make([]int64, dSAE)}, before: window{fired: make([]int64, dSAE)},
	}
}

// add counts one batch.
func (a *activity) add(c *sae.Codes) {
	a.engine.ActiveRows(a.counts, &c.CSR)
	for j, n := range a.counts {
		a.sinceFired[j]++
		if n > 0 {
			a.sinceFired[j] = 0
		}
		a.now.fired[j] += int64(n)
	}
	a.now.rows += int64(c.Rows)
}

// dead sets mask to which latents have not fired for more than window steps, and
// counts them.
func (a *activity) dead(mask []bool, window int) int {
	n := 0
	for j, since := range a.sinceFired {
		mask[j] = since > int64(window)
		if mask[j] {
			n++
		}
	}
	return n
}

// reset starts a new window.
func (a *activity) reset() {
	a.now, a.before = a.before, a.now
	clear(a.now.fired)
	a.now.rows = 0
}

// recent returns the counts of the window at hand and of the one before it: those of
// a window that has just begun say little.
func (a *activity) recent() window {
	switch {
	case a.now.rows == 0:
		return a.before
	case a.short:
		return a.now
	}
	w := window{slices.Clone(a.now.fired), a.now.rows + a.before.rows}
	for j, n := range a.before.fired {
		w.fired[j] += n
	}
	return w
}

// logSparsity returns log10 of each latent's share of rows; nil where there are none.
func (w window) logSparsity() []float32 {
	if w.rows == 0 {
		return nil
	}
	out := make([]float32, len(w.fired))
	for j, n := range w.fired {
		out[j] = float32(math.Log10(float64(n)/float64(w.rows) + 1e-10))
	}
	return out
}

// l0 returns the mean number of latents active per row.
func (w window) l0() float64 {
	if w.rows == 0 {
		return 0
	}
	var sum int64
	for _, n := range w.fired {
		sum += n
	}
	return float64(sum) / float64(w.rows)
}

// check says whether a can be what was counted in so many steps.
func (a *activity) check(steps int) error {
	for j, since := range a.sinceFired {
		for _, w := range []window{a.now, a.before} {
			if w.fired[j] < 0 || w.fired[j] > w.rows {
				return fmt.Errorf("damaged: latent %d fired on %d of %d rows", j, w.fired[j], w.rows)
			}
		}
		if since < 0 || since > int64(steps) {
			return fmt.Errorf("damaged: latent %d has not fired for %d of %d steps", j, since, steps)
		}
	}
	return nil
}

// meanSinceFired is sae-lens' sparsity/mean_passes_since_fired.
func (a *activity) meanSinceFired() float64 {
	var s float64
	for _, n := range a.sinceFired {
		s += float64(n)
	}
	return s / float64(len(a.sinceFired))
}
