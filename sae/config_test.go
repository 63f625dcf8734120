package sae_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/sae"
)

func TestConfigValidate(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*sae.Config)
		want   []string // none = valid
	}{
		{"defaults", func(*sae.Config) {}, nil},
		{"no sizes", func(c *sae.Config) { c.DIn, c.DSAE = 0, -1 }, []string{"d_in is 0", "d_sae is -1"}},
		{"sizes beyond memory", func(c *sae.Config) { c.DIn, c.DSAE = math.MaxInt/2, 1000 }, []string{"d_in × d_sae"}},
		{"k of zero", func(c *sae.Config) { c.K = 0 }, []string{"k is 0, want more than 0 and at most d_sae, which is 200"}},
		{"k beyond d_sae", func(c *sae.Config) { c.K = 201 }, []string{"k is 201"}},
		{"k does not matter to standard", func(c *sae.Config) { c.K, c.Architecture = 0, sae.Standard }, nil},
		{
			"negative weights", func(c *sae.Config) { c.AuxLossCoefficient, c.DecoderInitNorm = -1, -2 },
			[]string{"aux_loss_coefficient is -1", "decoder_init_norm is -2"},
		},
		{"negative l1", func(c *sae.Config) { c.L1Coefficient, c.Architecture = -1, sae.Standard }, []string{"l1_coefficient is -1"}},
		{
			"unknown names", func(c *sae.Config) { c.Architecture, c.NormalizeActivations = "relu", "batch_norm" },
			[]string{`architecture is "relu", want one of abstopk, batchtopk, gated,`, `normalize_activations is "batch_norm"`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := sae.DefaultConfig()
			cfg.DIn, cfg.DSAE = 20, 200
			tt.change(&cfg)
			err := cfg.Validate()
			if _, errNew := sae.New(cfg); (err == nil) != (errNew == nil) {
				t.Errorf("New says %v, Validate %v", errNew, err)
			}
			if (err != nil) != (tt.want != nil) {
				t.Fatalf("error is %v, want %q", err, tt.want)
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error is %q, want %q in it", err, w)
				}
			}
		})
	}
}

func TestNewIsSeeded(t *testing.T) {
	cfg := variants()["topk"]
	cfg.DecoderInitNorm = 0.1
	parameters := func(seed uint64) [][]float32 {
		cfg.Seed = seed
		m, err := sae.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		var out [][]float32
		for _, p := range m.Params() {
			out = append(out, p.Values())
		}
		return out
	}
	one, again, two := parameters(1), parameters(1), parameters(2)
	for i := range one {
		if !slices.Equal(one[i], again[i]) {
			t.Errorf("parameter %d differs between equal seeds", i)
		}
	}
	if slices.Equal(one[0], two[0]) {
		t.Error("seeds 1 and 2 give equal W_enc")
	}
}

func TestInitialization(t *testing.T) {
	for _, norm := range []float64{0, 0.1, 1} {
		cfg := variants()["standard"]
		cfg.DecoderInitNorm = norm
		m, err := sae.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		p := m.Params()
		wEnc, wDec := p[0].Values(), p[1].Values()
		bound := math.Sqrt(6 / float64(cfg.DIn))
		for j, n := range m.DecoderNorms() {
			if norm > 0 && math.Abs(float64(n)-norm) > 1e-6 {
				t.Errorf("decoder row %d has norm %g, want %g", j, n, norm)
			}
			for k := range cfg.DIn {
				if w := wDec[j*cfg.DIn+k]; w != wEnc[k*cfg.DSAE+j] {
					t.Fatalf("W_dec[%d, %d] is not W_enc[%d, %d]", j, k, k, j)
				} else if norm == 0 && math.Abs(float64(w)) > bound {
					t.Errorf("W_dec[%d, %d] is %g, beyond %g", j, k, w, bound)
				}
			}
		}
		if slices.Max(p[2].Data) != 0 || slices.Max(p[3].Data) != 0 {
			t.Error("biases are not zero")
		}
	}
}

func TestGraphRefuses(t *testing.T) {
	m := perturbed(t, variants()["topk"])
	if _, err := m.Graph(sae.GraphConfig{}); err == nil || !strings.Contains(err.Error(), "graph for 0 rows") {
		t.Errorf("Graph(0): error is %v", err)
	}
	g, err := m.Graph(sae.GraphConfig{Rows: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	}()
	if err := g.Run(sae.Input{X: make([]float32, 5)}); err == nil || !strings.Contains(err.Error(), "want 3 rows of d_in 6") {
		t.Errorf("Run of 5 values: error is %v", err)
	}
}

// TestDeadLatentsComeAndGo runs one graph with and without dead latents: nothing of
// the one may be left in the other.
func TestDeadLatentsComeAndGo(t *testing.T) {
	m := perturbed(t, variants()["topk"])
	in := sae.Input{X: rows(9, m.Config().DIn, 1)}
	dead := in
	dead.Dead = make([]bool, m.Config().DSAE)
	dead.Dead[3], dead.Dead[11] = true, true
	g, err := m.Graph(sae.GraphConfig{Rows: 9})
	if err != nil {
		t.Fatal(err)
	}
	gradients := func(in sae.Input) []float32 {
		if err := g.Run(in); err != nil {
			t.Fatal(err)
		}
		var all []float32
		for _, l := range g.Learnables() {
			grad, err := l.Grad()
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, grad.Data().([]float32)...)
		}
		return all
	}
	without, with := gradients(in), gradients(dead)
	if slices.Equal(without, with) {
		t.Error("dead latents change no gradient")
	}
	if !slices.Equal(gradients(in), without) || !slices.Equal(gradients(dead), with) {
		t.Error("a second run gives other gradients")
	}
}
