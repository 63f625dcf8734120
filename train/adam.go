package train

import (
	"fmt"
	"math"

	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/sae"
	"gorgonia.org/gorgonia"
)

const (
	adamEps = 1e-8 // torch.optim.Adam's default, sae-lens' too
	maxNorm = 1    // of the gradient, over all parameters, as in sae-lens
	clipEps = 1e-6 // torch.nn.utils.clip_grad_norm_
)

// Adam is torch.optim.Adam behind clip_grad_norm_(1.0), as a gorgonia.Solver.
// gorgonia's own AdamSolver differs: it has another order of bias correction and
// clips each value alone.
type Adam struct {
	LR           float64 // of the next step
	Beta1, Beta2 float64

	Engine sae.Engine // where parameters and gradients are; nil for the processor

	steps   int
	moments []moments
	placed  bool // moments are there, too
	norm    float64

	params, grads [][]float32 // of the last step
}

// moments of one parameter.
type moments struct{ m, v []float32 }

var _ gorgonia.Solver = (*Adam)(nil)

// Step takes one step. The parameters must be the same ones, in the same order, at
// each call.
func (a *Adam) Step(model []gorgonia.ValueGrad) error {
	if err := a.take(model); err != nil {
		return fmt.Errorf("train: adam: %w", err)
	}
	k := a.Engine
	if k == nil {
		k = kernels.CPU()
	}
	a.place(k)
	var squares float64
	for _, g := range a.grads {
		squares += k.SquaredNorm(g)
	}
	a.norm = math.Sqrt(squares)
	a.steps++
	step := kernels.Adam{
		LR: a.LR, Beta1: a.Beta1, Beta2: a.Beta2, Eps: adamEps, Step: a.steps,
		Clip: min(1, maxNorm/(a.norm+clipEps)),
	}
	for i, p := range a.params {
		k.Adam(step, p, a.grads[i], a.moments[i].m, a.moments[i].v)
	}
	if err := k.Wait(); err != nil {
		return fmt.Errorf("train: adam: %w", err)
	}
	return nil
}

// place brings the moments into k's memory: zeros, or what a checkpoint had.
func (a *Adam) place(k sae.Engine) {
	if a.placed {
		return
	}
	if a.moments == nil {
		a.moments = make([]moments, len(a.params))
	}
	for i, p := range a.params {
		was := a.moments[i]
		a.moments[i] = moments{k.Floats(nil, len(p)), k.Floats(nil, len(p))}
		if was.m != nil {
			k.Upload(a.moments[i].m, was.m)
			k.Upload(a.moments[i].v, was.v)
		}
	}
	a.placed = true
}

// Norm returns the gradient's norm in the last step, before clipping.
func (a *Adam) Norm() float64 { return a.norm }

// Moments returns the running means of the gradient and of its square, for the
// i-th parameter; nil before the first step.
func (a *Adam) Moments(i int) (m, v []float32) {
	if i >= len(a.moments) {
		return nil, nil
	}
	return a.moments[i].m, a.moments[i].v
}

// Forget sets the moments of the values [lo, hi) of the i-th parameter to zero, where
// they are to start anew.
func (a *Adam) Forget(i, lo, hi int) {
	if i < len(a.moments) {
		clear(a.moments[i].m[lo:hi])
		clear(a.moments[i].v[lo:hi])
	}
}

// take keeps the memory of parameters and gradients.
func (a *Adam) take(model []gorgonia.ValueGrad) error {
	a.params, a.grads = a.params[:0], a.grads[:0]
	for i, vg := range model {
		g, err := vg.Grad()
		if err != nil {
			return fmt.Errorf("parameter %d: %w", i, err)
		}
		p, d := floats(vg.Value()), floats(g)
		if p == nil || len(p) != len(d) {
			return fmt.Errorf("parameter %d: want a dense float32 value with a gradient of its shape", i)
		}
		a.params, a.grads = append(a.params, p), append(a.grads, d)
	}
	return nil
}

// floats returns the memory of a dense float32 value, nil for any other.
func floats(v gorgonia.Value) []float32 {
	if d, ok := v.(interface{ Float32s() []float32 }); ok && v.Dtype() == gorgonia.Float32 {
		return d.Float32s() // Data would allocate
	}
	return nil
}
