package sae_test

import (
	"slices"
	"testing"

	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/sae"
)

// TestDeadLoss: dead latents, which nothing else reaches, have the gradients of the
// loss that is added for them, and it is added for nobody else.
func TestDeadLoss(t *testing.T) {
	const eps = 1e-3
	for name, cfg := range variants() {
		t.Run(name, func(t *testing.T) {
			m, in := perturbed(t, cfg), input(cfg)
			dead := []int{2, 3, 17} // d_in/2: all of them are chosen
			for _, j := range dead {
				in.Dead[j] = true
				for _, bias := range []string{"b_enc", "b_gate"} {
					if p, ok := m.Param(bias); ok {
						p.Data[j] = -5
					}
				}
			}
			g := deadGraph(t, m, in)
			has := slices.ContainsFunc(g.Losses(), func(l sae.Loss) bool { return l.Name == sae.DeadLoss && l.Value > 0 })
			if want := wantsDeadLoss(cfg.Architecture); has != want {
				t.Fatalf("terms are %v, with %s: %v", g.Losses(), sae.DeadLoss, want)
			} else if !want {
				return
			}
			for p, param := range m.Params() {
				width := latentWidth(param, cfg)
				grad, err := g.Learnables()[p].Grad()
				if err != nil {
					t.Fatal(err)
				}
				var analytic, numeric []float32
				values := slices.Clone(grad.Data().([]float32))
				for _, j := range dead {
					for i := j * width; i < (j+1)*width; i++ {
						old := param.Data[i]
						loss := func(at float32) float64 {
							param.Data[i] = at
							if err := g.Run(in); err != nil {
								t.Fatal(err)
							}
							return total(g)
						}
						analytic = append(analytic, values[i])
						numeric = append(numeric, float32((loss(old+eps)-loss(old-eps))/(2*eps)))
						param.Data[i] = old
					}
				}
				if width > 0 {
					golden.Near(t, param.Name, analytic, numeric, 3e-2)
				}
			}
			clear(in.Dead)
			if err := g.Run(in); err != nil {
				t.Fatal(err)
			}
			if l := g.Losses(); l[len(l)-1].Value != 0 {
				t.Errorf("%s is %g with no dead latents, want 0", sae.DeadLoss, l[len(l)-1].Value)
			}
		})
	}
}

func wantsDeadLoss(architecture string) bool {
	return slices.Contains([]string{sae.Standard, sae.Gated, sae.Transcoder, sae.SkipTranscoder}, architecture)
}

func deadGraph(t *testing.T, m *sae.Model, in sae.Input) *sae.Graph {
	t.Helper()
	g, err := m.Graph(sae.GraphConfig{Rows: len(in.X) / m.Config().DIn, DeadLoss: 0.7})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Run(in); err != nil {
		t.Fatal(err)
	}
	return g
}

// latentWidth is how many values of p belong to one latent.
func latentWidth(p sae.Param, c sae.Config) int {
	switch p.Name {
	case "W_enc":
		return c.DIn
	case "W_dec":
		return c.Out()
	case "b_enc", "b_gate":
		return 1
	}
	return 0
}
