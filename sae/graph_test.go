package sae_test

import (
	"math/rand/v2"
	"testing"

	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/sae"
	"gorgonia.org/gorgonia"
)

// variants are the settings under which every test of a graph runs.
func variants() map[string]sae.Config {
	base := sae.DefaultConfig()
	base.DIn, base.DSAE, base.K, base.Seed, base.DecoderInitNorm = 6, 20, 4, 1, 0
	plain := base
	plain.RescaleActsByDecoderNorm, plain.ApplyBDecToInput = false, false
	standard := base
	standard.Architecture = sae.Standard
	standardPlain := standard
	standardPlain.ApplyBDecToInput = false
	return map[string]sae.Config{
		"topk": base, "topk/plain": plain, "standard": standard, "standard/plain": standardPlain,
	}
}

// perturbed returns a model away from its start, where no bias is zero and no two
// decoder norms are equal.
func perturbed(t *testing.T, cfg sae.Config) *sae.Model {
	t.Helper()
	m, err := sae.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(7, 7))
	for _, p := range m.Params() {
		for i := range p.Data {
			p.Data[i] += 0.3 * float32(rng.NormFloat64())
		}
	}
	return m
}

func rows(n, dIn int, seed uint64) []float32 {
	rng := rand.New(rand.NewPCG(seed, 3))
	x := make([]float32, n*dIn)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

func total(g *sae.Graph) float64 {
	var s float64
	for _, l := range g.Losses() {
		s += l.Value
	}
	return s
}

func TestGraphEqualsEncodeDecode(t *testing.T) {
	for name, cfg := range variants() {
		t.Run(name, func(t *testing.T) {
			m, x := perturbed(t, cfg), rows(9, cfg.DIn, 1)
			g := run(t, m, sae.Input{X: x, L1Coefficient: 1})
			codes := m.Encode(x)
			golden.Near(t, "codes", g.Codes().Dense(), codes.Dense(), 1e-6)
			golden.Near(t, "output", g.Output(), m.Decode(codes), 1e-6)
		})
	}
}

func run(t *testing.T, m *sae.Model, in sae.Input) *sae.Graph {
	t.Helper()
	g, err := m.Graph(len(in.X) / m.Config().DIn)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Run(in); err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGradientsEqualFiniteDifferences(t *testing.T) {
	const eps = 1e-3
	for name, cfg := range variants() {
		t.Run(name, func(t *testing.T) {
			m := perturbed(t, cfg)
			in := sae.Input{X: rows(9, cfg.DIn, 1), L1Coefficient: 0.7}
			g := run(t, m, in)
			for p, param := range m.Params() {
				grad, err := g.Learnables()[p].Grad()
				if err != nil {
					t.Fatal(err)
				}
				analytic := append([]float32(nil), grad.Data().([]float32)...)
				numeric := make([]float32, len(analytic))
				for i := range param.Data {
					old := param.Data[i]
					loss := func(at float32) float64 {
						param.Data[i] = at
						if err := g.Run(in); err != nil {
							t.Fatal(err)
						}
						return total(g)
					}
					numeric[i] = float32((loss(old+eps) - loss(old-eps)) / (2 * eps))
					param.Data[i] = old
				}
				golden.Near(t, param.Name, analytic, numeric, 2e-2)
			}
		})
	}
}

func TestGraphKeepsItsMemory(t *testing.T) {
	cfg := variants()["standard"]
	m := perturbed(t, cfg)
	in := sae.Input{X: rows(9, cfg.DIn, 1)}
	g := run(t, m, in)
	before := &g.Output()[0]
	if err := g.Run(in); err != nil {
		t.Fatal(err)
	}
	if before != &g.Output()[0] {
		t.Error("the second run allocated a reconstruction of its own")
	}
	var _ []gorgonia.ValueGrad = g.Learnables()
}
