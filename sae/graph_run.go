package sae

import (
	"fmt"

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
	if len(in.X) != len(g.x) {
		return fmt.Errorf("sae: graph: %d values, want %d rows of d_in %d", len(in.X), g.b.rows, g.b.cfg.DIn)
	}
	copy(g.x, in.X)
	if err := g.setScalars(in); err != nil {
		return fmt.Errorf("sae: graph: %w", err)
	}
	g.machine.Reset()
	if err := g.machine.RunAll(); err != nil {
		return fmt.Errorf("sae: graph: %w", err)
	}
	return nil
}

// setScalars hands on the coefficients and the dead latents. The auxiliary loss
// counts in full once half of d_in latents are dead (Gao et al., 2024, appendix
// A.2; sae-lens' topk_sae).
func (g *Graph) setScalars(in Input) error {
	dead := 0
	clear(g.dead)
	for j, d := range in.Dead {
		if d {
			g.dead[j] = 1
			dead++
		}
	}
	weight := 0.0
	if dead > 0 {
		weight = g.auxCoef * min(float64(dead)/float64(max(g.b.cfg.DIn/2, 1)), 1)
	}
	if err := gorgonia.Let(g.b.coefficient, gorgonia.NewF32(float32(in.L1Coefficient))); err != nil {
		return err
	}
	return gorgonia.Let(g.b.auxWeight, gorgonia.NewF32(float32(weight)))
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
func (g *Graph) Codes() *Codes { return g.b.codes.Value().(*Codes) }

// Output returns the reconstruction of the last run, (rows, d_in).
func (g *Graph) Output() []float32 { return floats(g.b.output.Value()) }

// Learnables returns the parameters with their gradients, in the order of
// [Model.Params], in the form that a gorgonia.Solver takes.
func (g *Graph) Learnables() []gorgonia.ValueGrad {
	out := make([]gorgonia.ValueGrad, 0, len(g.grads))
	for i, n := range []*gorgonia.Node{g.b.wEnc, g.b.bEnc, g.b.wDec, g.b.bDec} {
		out = append(out, learnable{n, g.grads[i]})
	}
	return out
}

// learnable pairs a parameter with the node of its gradient. gorgonia's own dual
// values would add the gradient to a second copy at each run.
type learnable struct{ param, grad *gorgonia.Node }

func (l learnable) Value() gorgonia.Value { return l.param.Value() }

func (l learnable) Grad() (gorgonia.Value, error) { return l.grad.Value(), nil }

// Close releases the tape machine.
func (g *Graph) Close() error { return g.machine.Close() }
