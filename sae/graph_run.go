package sae

import (
	"fmt"
	"unsafe"

	"gorgonia.org/gorgonia"
)

// Loss is one term of a loss, unweighted terms included: their sum is the loss.
type Loss struct {
	Name  string
	Value float64
}

// Run computes the loss of in and its gradients. Results are read by the other
// methods until the next run.
func (g *Graph) Run(in Input) error {
	if err := g.set(in); err != nil {
		return fmt.Errorf("sae: graph: %w", err)
	}
	g.compacted = false
	g.machine.Reset()
	if err := g.machine.RunAll(); err != nil {
		return fmt.Errorf("sae: graph: %w", err)
	}
	g.settle()
	if err := g.b.k.Wait(); err != nil {
		return fmt.Errorf("sae: graph: %w", err)
	}
	return nil
}

// set hands on what this run is about.
func (g *Graph) set(in Input) error {
	b := g.b
	if len(in.X) != len(g.x) {
		return fmt.Errorf("%d values, want %d rows of d_in %d", len(in.X), b.rows, b.cfg.DIn)
	}
	put(b.k, floats(b.x.Value()), g.x, in.X)
	if b.target != b.x {
		if len(in.Target) != len(g.target) {
			return fmt.Errorf("%d target values, want %d rows of d_out %d", len(in.Target), b.rows, b.cfg.Out())
		}
		put(b.k, floats(b.target.Value()), g.target, in.Target)
	}
	if in.Dead != nil && len(in.Dead) != b.cfg.DSAE {
		return fmt.Errorf("%d marks of dead latents, want d_sae %d", len(in.Dead), b.cfg.DSAE)
	}
	b.dead.set(in.Dead)
	return gorgonia.Let(b.coefficient, gorgonia.NewF32(float32(in.Coefficient)))
}

// put copies src to dst, the engine's memory, by way of staging where that is another.
// What is there already is not copied.
func put(k Engine, dst, staging, src []float32) {
	if unsafe.SliceData(staging) != unsafe.SliceData(src) {
		copy(staging, src)
	}
	if unsafe.SliceData(dst) != unsafe.SliceData(staging) {
		k.Upload(dst, staging)
	}
}

// Memory returns the memory of [Input.X], and of [Input.Target] where there is one: what
// is written there before a run is not copied.
func (g *Graph) Memory() (x, target []float32) {
	if g.b.target == g.b.x {
		return g.x, nil
	}
	return g.x, g.target
}

// Losses returns the terms of the last run, mse_loss first.
func (g *Graph) Losses() []Loss {
	out := make([]Loss, 0, len(g.b.terms))
	for _, t := range g.b.terms {
		out = append(out, Loss{t.name, float64(number(t.node.Value()))})
	}
	return out
}

// Codes returns the feature activations of the last run.
func (g *Graph) Codes() *Codes {
	c := g.b.codes.Value().(*Codes)
	if !g.b.zeros {
		return c
	}
	if !g.compacted {
		if g.compact.Pattern == nil {
			g.compact = *newCodes(g.b.k, 0, g.b.cfg.DSAE)
		}
		g.part.Part(&c.CSR, 0, g.b.rows)
		g.compact.Compact(&g.part)
		g.compacted = true
	}
	return &g.compact
}

// Output returns the reconstruction of the last run, (rows, out).
func (g *Graph) Output() []float32 {
	n := g.b.rows * g.b.cfg.Out()
	return floats(g.b.output.Value())[g.b.part*n:][:n]
}

// Learnables returns the parameters with their gradients, in the order of
// [Model.Params], in the form that a gorgonia.Solver takes.
func (g *Graph) Learnables() []gorgonia.ValueGrad { return g.learnables }

// learnable pairs a parameter with the node of its gradient. gorgonia's own dual
// values would add the gradient to a second copy at each run.
type learnable struct{ param, grad *gorgonia.Node }

func (l learnable) Value() gorgonia.Value { return l.param.Value() }

func (l learnable) Grad() (gorgonia.Value, error) { return l.grad.Value(), nil }

// Close releases the tape machine.
func (g *Graph) Close() error { return g.machine.Close() }
