package sae_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/sae"
	"gorgonia.org/gorgonia"
)

// variants are the settings under which every test of a graph runs.
func variants() map[string]sae.Config {
	base := sae.DefaultConfig()
	base.DIn, base.DSAE, base.K, base.Seed, base.DecoderInitNorm = 6, 20, 4, 1, 0
	out := map[string]sae.Config{}
	add := func(name, architecture string, change func(*sae.Config)) {
		c := base
		if c.Architecture = architecture; change != nil {
			change(&c)
		}
		out[name] = c
	}
	plain := func(c *sae.Config) { c.RescaleActsByDecoderNorm, c.ApplyBDecToInput = false, false }
	layerNorm := func(c *sae.Config) { c.NormalizeActivations = sae.NormalizeLayerNorm }
	jump := func(mode string, ste bool) func(*sae.Config) {
		return func(c *sae.Config) {
			c.JumpReLULoss, c.JumpReLUSTEToInput, c.TargetL0 = mode, ste, 5
			c.JumpReLUBandwidth, c.JumpReLUInitThreshold, c.PreActLossCoefficient = 0.2, 0.3, 0.4
		}
	}
	to := func(c *sae.Config) { c.DOut = 7 }
	for _, a := range []string{sae.Standard, sae.Gated, sae.TopK, sae.AbsTopK, sae.BatchTopK} {
		add(a, a, nil)
		add(a+"/plain", a, plain)
		add(a+"/layer_norm", a, layerNorm)
	}
	add("standard/lp", sae.Standard, func(c *sae.Config) { c.LpNorm = 2 })
	add("standard/constant_norm", sae.Standard, func(c *sae.Config) { c.NormalizeActivations = sae.NormalizeConstantNorm })
	add("batchtopk/fraction", sae.BatchTopK, func(c *sae.Config) { c.K = 2.7 })
	add("matryoshka", sae.MatryoshkaBatchTopK, func(c *sae.Config) { c.MatryoshkaWidths = []int{3, 9, 20} })
	add("matryoshka/aux", sae.MatryoshkaBatchTopK, func(c *sae.Config) { c.MatryoshkaWidths, c.UseMatryoshkaAuxLoss = []int{5}, true })
	add("jumprelu/step", sae.JumpReLU, jump(sae.L0Step, false))
	add("jumprelu/tanh", sae.JumpReLU, jump(sae.L0Tanh, false))
	add("jumprelu/quadratic", sae.JumpReLU, jump(sae.L0Quadratic, false))
	add("transcoder", sae.Transcoder, to)
	add("skip_transcoder", sae.SkipTranscoder, to)
	add("skip_transcoder/layer_norm", sae.SkipTranscoder, func(c *sae.Config) { to(c); layerNorm(c) })
	return out
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
	m.BeforeStep()
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
			m, in := perturbed(t, cfg), input(cfg)
			g := run(t, m, in)
			if strings.HasPrefix(name, "batchtopk") || strings.HasPrefix(name, "matryoshka") {
				least := slices.Min(g.Codes().Val) // the threshold that selects what the batch did
				m.SetTopKThreshold(0.9999 * float64(least))
			}
			golden.Near(t, "codes", g.Codes().Dense(), m.Encode(in.X).Dense(), 1e-6)
			golden.Near(t, "output", g.Output(), m.Reconstruct(in.X), 1e-6)
		})
	}
}

// input is nine rows, some dead latents and a coefficient.
func input(cfg sae.Config) sae.Input {
	in := sae.Input{X: rows(9, cfg.DIn, 1), Dead: make([]bool, cfg.DSAE), Coefficient: 0.7}
	if cfg.DOut > 0 {
		in.Target = rows(9, cfg.DOut, 2)
	}
	return in
}

func run(t *testing.T, m *sae.Model, in sae.Input) *sae.Graph {
	t.Helper()
	g, err := m.Graph(sae.GraphConfig{Rows: len(in.X) / m.Config().DIn})
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
			in := input(cfg)
			if strings.HasPrefix(name, "jumprelu") {
				in.Coefficient = 0 // the sparsity loss has an estimator for a gradient
			}
			g := run(t, m, in)
			for p, param := range m.Params() {
				if param.Name == "threshold" {
					continue
				}
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
				golden.Near(t, param.Name, analytic, numeric, 3e-2)
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
