package sae_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/cuda/cudatest"
	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/sae"
)

// TestEqualsSAELensOnADevice is [TestEqualsSAELens] with the kernels of a card: every
// architecture, to the same tolerance.
func TestEqualsSAELensOnADevice(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/steps/*-*.safetensors")
	if err != nil || len(files) < 21 {
		t.Fatalf("%d golden files (%v), want at least 21", len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			cudatest.Each(t, func(t *testing.T, e *cuda.Engine) { testStep(t, path, e) })
		})
	}
}

// ownLoss is an architecture of one's own, of which a device knows neither the activation
// nor the penalty.
type ownLoss struct{ squaredReLU }

func (a ownLoss) Build(b *sae.Builder) error {
	codes := b.Encode(sae.Encoding{Activation: a.Activation(b.Model()), Slope: func(f float32) float32 { return f }})
	halves := sae.PenaltyFunc(func(c *kernels.CSR, v, byCode, byLatent []float32) float64 {
		var sum float64
		for q, j := range c.Idx {
			byCode[q], byLatent[q] = v[j]/2, c.Val[q]/2
			sum += float64(c.Val[q]) * float64(v[j]) / 2
		}
		return sum
	})
	b.Reconstruct(b.Penalize(sae.L1Loss, codes, b.DecoderNorms(true), halves), nil)
	return nil
}

// twice is one whose norms have two users.
type twice struct{ squaredReLU }

func (a twice) Build(b *sae.Builder) error {
	codes, norms := b.Encode(sae.Encoding{Activation: a.Activation(b.Model())}), b.DecoderNorms(true)
	codes = b.Penalize(sae.L1Loss, codes, norms, sae.LpPenalty(1))
	b.Reconstruct(b.Penalize("second", codes, norms, sae.LpPenalty(2)), nil)
	return nil
}

func TestDeviceEqualsProcessor(t *testing.T) {
	all := variants()
	standard, err := sae.Lookup(sae.Standard)
	if err == nil {
		err = sae.Register("own_loss", ownLoss{squaredReLU{standard}})
	}
	if err != nil {
		t.Fatal(err)
	}
	own := all["standard"]
	own.Architecture = "own_loss"
	all["own_loss"] = own
	for name, cfg := range all {
		t.Run(name, func(t *testing.T) {
			cudatest.Each(t, func(t *testing.T, e *cuda.Engine) {
				m, in := perturbed(t, cfg), input(cfg)
				in.Dead[1], in.Dead[len(in.Dead)-1] = true, true
				there := m.Clone()
				if err := there.To(e); err != nil {
					t.Fatal(err)
				}
				want, got := run(t, m, in), run(t, there, in)
				golden.Near(t, "codes", got.Codes().Dense(), want.Codes().Dense(), 1e-5)
				golden.Near(t, "output", got.Output(), want.Output(), 1e-5)
				for i, l := range want.Losses() {
					golden.Near(t, l.Name, []float32{float32(got.Losses()[i].Value)}, []float32{float32(l.Value)}, 1e-5)
				}
				for i, p := range m.Params() {
					g, _ := got.Learnables()[i].Grad()
					w, _ := want.Learnables()[i].Grad()
					golden.Near(t, "gradient of "+p.Name, g.Data().([]float32), w.Data().([]float32), 1e-5)
				}
			})
		})
	}
}

// gorgonia would add the gradients of two users on the host, before the device has
// computed them.
func TestTwoUsersOnADevice(t *testing.T) {
	standard, err := sae.Lookup(sae.Standard)
	if err == nil {
		err = sae.Register("twice", twice{squaredReLU{standard}})
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg := variants()["standard"]
	cfg.Architecture = "twice"
	m := perturbed(t, cfg)
	if _, err := m.Graph(sae.GraphConfig{Rows: 4}); err != nil {
		t.Errorf("on the processor: %v", err)
	}
	cudatest.Each(t, func(t *testing.T, e *cuda.Engine) {
		if err := m.To(e); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Graph(sae.GraphConfig{Rows: 4}); err == nil || !strings.Contains(err.Error(), "two users with gradients") {
			t.Errorf("error is %v", err)
		}
		if err := m.To(nil); err != nil {
			t.Fatal(err)
		}
	})
}
