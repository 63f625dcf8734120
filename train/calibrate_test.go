package train_test

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/internal/planted"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// TestCalibrated: L0 on rows of another sample is within 5 % of k, after however short
// a run and whatever was done to the rows.
func TestCalibrated(t *testing.T) {
	const d, dSAE, size = 16, 64, 128
	x := planted.New(planted.Config{DIn: d, DOut: 1, Atoms: 48, L0: 4, Rows: 340 * size, Seed: 1}).X
	for i := range x {
		x[i] = 3*x[i] + float32(i%d)/4 // neither centred nor of the norm √d
	}
	trained, held, other := x[:20*size*d], x[20*size*d:180*size*d], x[180*size*d:]
	whitening := &sae.Whitening{Mean: make([]float64, d), Matrix: make([]float64, d*d), Inverse: make([]float64, d*d)}
	for i := range d {
		f := 1 + float64(i)/8
		whitening.Mean[i], whitening.Matrix[i*d+i], whitening.Inverse[i*d+i] = float64(i)/4, 1/f, f
	}
	for _, tt := range []struct {
		name, architecture string
		k                  float64
		steps              int
		set                func(*sae.Config)
		whitening          *sae.Whitening
	}{
		{name: "ten steps", architecture: sae.BatchTopK, k: 4, steps: 10},
		{name: "one step", architecture: sae.BatchTopK, k: 4, steps: 1},
		{name: "k is a fraction", architecture: sae.BatchTopK, k: 2.5, steps: 10},
		{name: "k below one", architecture: sae.BatchTopK, k: 0.5, steps: 10},
		{name: "large k", architecture: sae.BatchTopK, k: 20, steps: 20},
		{name: "matryoshka", architecture: sae.MatryoshkaBatchTopK, k: 4, steps: 10},
		{name: "scaled", architecture: sae.BatchTopK, k: 4, steps: 10, set: func(c *sae.Config) { c.NormalizeActivations = sae.NormalizeExpectedNorm }},
		{name: "scaled, norms not folded", architecture: sae.BatchTopK, k: 4, steps: 10, set: func(c *sae.Config) {
			c.NormalizeActivations, c.RescaleActsByDecoderNorm = sae.NormalizeExpectedNorm, false
		}},
		{name: "whitened", architecture: sae.BatchTopK, k: 4, steps: 10, whitening: whitening},
		{name: "layer norm", architecture: sae.BatchTopK, k: 4, steps: 10, set: func(c *sae.Config) { c.NormalizeActivations = sae.NormalizeLayerNorm }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := sae.DefaultConfig()
			cfg.Architecture, cfg.DIn, cfg.DSAE, cfg.K = tt.architecture, d, dSAE, tt.k
			if tt.architecture == sae.MatryoshkaBatchTopK {
				cfg.MatryoshkaWidths = []int{16}
			}
			if tt.set != nil {
				tt.set(&cfg)
			}
			m, err := sae.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			c := train.DefaultConfig()
			c.TrainBatchSizeSamples, c.TotalTrainingSamples, c.LR = size, tt.steps*size, 1e-2
			state, err := trainer(t, m, c, train.Hooks{}).Run(t.Context(), batches{d, size, trained})
			if err != nil {
				t.Fatal(err)
			}
			state.Scale.Whitening = tt.whitening
			checkCalibrated(t, state, tt.k, batches{d, size, held}, other)
		})
	}
}

// checkCalibrated calibrates on held-out rows, and counts on them and on others.
func checkCalibrated(t *testing.T, state train.State, k float64, held batches, other []float32) {
	t.Helper()
	threshold := state.Model.TopKThreshold()
	got, err := state.Calibrated(t.Context(), held)
	if err != nil {
		t.Fatal(err)
	}
	rows := float64(len(held.rows) / held.dIn)
	if l0 := got.Encode(held.rows).L0(); math.Abs(l0-k) > 3/rows { // other batches, other rounding
		t.Errorf("L0 on the held-out rows is %g, want %g", l0, k)
	}
	l0, before := got.Encode(other).L0(), state.Inference().Encode(other).L0()
	t.Logf("k %g: L0 %.3f on other rows, %.3f by the running mean", k, l0, before)
	if math.Abs(l0-k) > 0.05*k {
		t.Errorf("L0 on other rows is %g, want %g within 5 %%", l0, k)
	}
	again, err := state.Calibrated(t.Context(), batches{held.dIn, 3 * held.size, held.rows}) // other batches, same rows
	if err != nil || again.TopKThreshold() != got.TopKThreshold() {
		t.Errorf("threshold is %g the second time, %g the first, error %v", again.TopKThreshold(), got.TopKThreshold(), err)
	}
	if state.Model.TopKThreshold() != threshold {
		t.Error("calibration changed the model that is trained")
	}
}

// TestNotCalibrated: what stays as it was.
func TestNotCalibrated(t *testing.T) {
	held := source(4)
	for _, tt := range []struct {
		name, architecture, compat string
		held                       extract.Source
	}{
		{"no held-out rows", sae.BatchTopK, "", nil},
		{"as sae-lens", sae.BatchTopK, sae.CompatSAELens, held},
		{"another architecture", sae.TopK, "", held},
	} {
		cfg := model(t, tt.architecture).Config()
		cfg.Compat = tt.compat
		m, err := sae.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		m.SetTopKThreshold(0.25)
		s := train.State{Model: m, Scale: sae.Scaling{Factor: 1}}
		got, err := s.Calibrated(t.Context(), tt.held)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range s.Inference().Params() {
			if !slices.Equal(p.Data, got.Params()[i].Data) {
				t.Errorf("%s: %s differs from the inference form's", tt.name, p.Name)
			}
		}
	}
}

func TestCalibrateEdges(t *testing.T) {
	m := train.State{Model: model(t, sae.BatchTopK), Scale: sae.Scaling{Factor: 1}}.Inference()
	if theta, err := train.Calibrate(t.Context(), m, source(4), 19.9); err != nil || theta != 0 {
		t.Errorf("threshold for more than there are is %g, error %v; want 0", theta, err)
	}
	// Every row twice: pre-activations come in pairs, and 3.25·32 lies amid them.
	rows := source(2).rows
	twice := batches{dIn, batch, append(slices.Clone(rows), rows...)}
	theta, err := train.Calibrate(t.Context(), m, twice, 3.25)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, v := range m.EncoderWith(sae.ActivationFunc(positive)).Encode(twice.rows).Val {
		if v > theta {
			n++
		}
	}
	if n < 103 || n > 105 {
		t.Errorf("%d pre-activations are above the threshold, want 104 but for ties", n)
	}
	wide := source(1)
	wide.dIn++
	for _, tt := range []struct {
		name string
		src  extract.Source
		want string
	}{
		{"no rows", source(0), "train: calibrate: the source has no rows"},
		{"another width", wide, "train: calibrate: hook memory has d_in 7, the SAE 6"},
		{"the source fails", failing{source(1), errBoom}, "train: calibrate: boom"},
	} {
		if _, err := train.Calibrate(t.Context(), m, tt.src, 4); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error is %v, want %q", tt.name, err, tt.want)
		}
	}
	s := train.State{Model: model(t, sae.BatchTopK), Scale: sae.Scaling{Factor: 1}}
	if _, err := s.Calibrated(context.Background(), source(0)); err == nil {
		t.Error("no error for a source without rows")
	}
}

// positive selects every positive pre-activation.
func positive() sae.Selector {
	return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
		for j, v := range h {
			if v > 0 {
				idx, val = append(idx, int32(j)), append(val, v)
			}
		}
		return idx, val
	}
}
