package sae_test

import (
	"math"
	"slices"
	"testing"

	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/sae"
)

// autocast runs m's graph with and without autocast.
func autocast(t *testing.T, m *sae.Model, in sae.Input) (with, without *sae.Graph) {
	t.Helper()
	with, err := m.Graph(sae.GraphConfig{Rows: len(in.X) / m.Config().DIn, Autocast: true})
	if err != nil {
		t.Fatal(err)
	}
	threshold := m.TopKThreshold()
	if err := with.Run(in); err != nil {
		t.Fatal(err)
	}
	m.SetTopKThreshold(threshold) // which a run moves
	return with, run(t, m, in)
}

// TestAutocastRoundsTheEncoderAlone takes rows and W_enc that bfloat16 holds exactly;
// then autocast must change no bit, of a loss or of a gradient.
func TestAutocastRoundsTheEncoderAlone(t *testing.T) {
	for name, cfg := range variants() {
		if cfg.NormalizeActivations != sae.NormalizeNone {
			continue // normalised rows are any numbers
		}
		t.Run(name, func(t *testing.T) {
			m, in := perturbed(t, cfg), input(cfg)
			sixteenths(in.X)
			for _, p := range m.Params() {
				if p.Name == "W_enc" || p.Name == "b_dec" {
					sixteenths(p.Data)
				}
			}
			with, without := autocast(t, m, in)
			if got, want := with.Losses(), without.Losses(); !slices.Equal(got, want) {
				t.Errorf("losses %v, want %v", got, want)
			}
			for i, p := range m.Params() {
				if !slices.Equal(gradient(t, with, i), gradient(t, without, i)) {
					t.Errorf("the gradient of %s is another one", p.Name)
				}
			}
		})
	}
}

// TestAutocastRounds wants what a rounded encoder gives of arbitrary numbers: an error
// of at most 2⁻⁸ per factor in the output, but some.
func TestAutocastRounds(t *testing.T) {
	cfg := variants()["standard"]
	with, without := autocast(t, perturbed(t, cfg), input(cfg))
	golden.Near(t, "output", with.Output(), without.Output(), 2e-2)
	if slices.Equal(with.Output(), without.Output()) {
		t.Error("nothing was rounded")
	}
}

// sixteenths rounds x to multiples of a sixteenth of at most 4: they and their
// differences have eight bits.
func sixteenths(x []float32) {
	for i, v := range x {
		x[i] = float32(math.Round(16*max(min(float64(v), 4), -4)) / 16)
	}
}

func gradient(t *testing.T, g *sae.Graph, i int) []float32 {
	t.Helper()
	grad, err := g.Learnables()[i].Grad()
	if err != nil {
		t.Fatal(err)
	}
	return grad.Data().([]float32)
}
