package train_test

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// TestScalerEqualsSAELens compares estimates, scaled rows and folded SAEs with those of
// sae-lens' ActivationScaler. The sign of an eigenvector means nothing.
func TestScalerEqualsSAELens(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/scaler/*.safetensors")
	if err != nil || len(files) < 14 {
		t.Fatalf("%d golden files (%v), want at least 14", len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f := golden.Read(t, path)
			cfg := sae.DefaultConfig()
			f.Decode(t, &cfg)
			m, err := sae.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range m.Params() {
				p.Set(f.Floats(t, "init."+p.Name))
			}
			if m.TracksThreshold() {
				m.SetTopKThreshold(float64(f.Floats(t, "init.topk_threshold")[0]))
			}
			scaler := scalerOf(t, f, cfg.DIn)
			x := f.Floats(t, "x")
			golden.Near(t, "scaled rows", scaler.Scale(x), f.Floats(t, "scaled"), 1e-5)
			compareFolded(t, f, m, scaler)
		})
	}
}

// scalerOf estimates a scaler, compares it with f's, and returns f's.
func scalerOf(t *testing.T, f golden.File, dIn int) train.Scaler {
	t.Helper()
	rows := f.Floats(t, "estimate")
	half := len(rows) / dIn / 2 * dIn
	if f.Has("scaling_factor") {
		want := f.Floats(t, "scaling_factor")
		got := train.EstimateScaler(dIn, rows[:half], rows[half:])
		golden.Near(t, "factor", []float32{float32(got.Factor)}, want, 1e-6)
		return train.Scaler{Factor: float64(want[0])}
	}
	got, err := train.EstimateWhitening(dIn, rows[:half], rows[half:])
	if err != nil {
		t.Fatal(err)
	}
	want := &sae.Whitening{Mean: doubles(f.Floats(t, "mean")), Matrix: doubles(f.Floats(t, "matrix")), Inverse: doubles(f.Floats(t, "inverse_matrix"))}
	for j := range dIn {
		if got.Inverse[j*dIn]*want.Inverse[j*dIn] < 0 {
			for i := range dIn {
				got.Inverse[j*dIn+i], got.Matrix[i*dIn+j] = -got.Inverse[j*dIn+i], -got.Matrix[i*dIn+j]
			}
		}
	}
	golden.Near(t, "mean", floats(got.Mean), floats(want.Mean), 1e-6)
	golden.Near(t, "matrix", floats(got.Matrix), floats(want.Matrix), 1e-5)
	golden.Near(t, "inverse", floats(got.Inverse), floats(want.Inverse), 1e-5)
	return train.Scaler{Factor: 1, Whitening: want}
}

func compareFolded(t *testing.T, f golden.File, m *sae.Model, s train.Scaler) {
	t.Helper()
	inference := m.Inference(s.Scaling())
	for _, p := range inference.Params() {
		golden.Near(t, "saved "+p.Name, p.Values(), f.Floats(t, "saved."+p.Name), 1e-5)
	}
	if m.TracksThreshold() {
		return // the file's features are of the training form, in which rows share their latents
	}
	x, features := f.Floats(t, "x"), f.Floats(t, "folded_features")
	out, want := inference.Reconstruct(x), f.Floats(t, "folded_reconstruction")
	d, dSAE := m.Config().DIn, m.Config().DSAE
	if m.Config().Architecture == sae.JumpReLU {
		for i, v := range features {
			if v < 0 { // above its latent's threshold, which is below 0: the inference form has a ReLU as well
				features[i] = 0
				copy(out[i/dSAE*d:][:d], want[i/dSAE*d:][:d])
			}
		}
	}
	golden.Near(t, "features", inference.Encode(x).Dense(), features, 1e-4)
	golden.Near(t, "reconstruction", out, want, 1e-4)
}

func doubles(x []float32) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = float64(v)
	}
	return out
}

func floats(x []float64) []float32 {
	out := make([]float32, len(x))
	for i, v := range x {
		out[i] = float32(v)
	}
	return out
}

// skewed returns rows whose values hang together and are not centred.
func skewed(n, d int) []float32 {
	x := normal(n*d, 9)
	for row := range slices.Chunk(x, d) {
		for k := range row[1:] {
			row[k+1] = 3 + row[k+1]*float32(k+1)/2 + row[k]
		}
	}
	return x
}

// TestWhitening: whitened rows have zero mean and unit covariance, but for the 0.001 by
// which variances are raised, and the inverse gives the rows back.
func TestWhitening(t *testing.T) {
	const d, n = 9, 700 // more rows than are summed at once
	x := skewed(n, d)
	w, err := train.EstimateWhitening(d, x)
	if err != nil {
		t.Fatal(err)
	}
	z := train.Scaler{Factor: 1, Whitening: w}.Scale(x)
	for i := range d {
		for j := range d {
			var c, mean float64
			for row := range slices.Chunk(z, d) {
				c, mean = c+float64(row[i])*float64(row[j])/(n-1), mean+float64(row[i])/n
			}
			want := 0.0
			if i == j {
				want = 1
			}
			if math.Abs(c-want) > 0.02 || math.Abs(mean) > 1e-5 {
				t.Errorf("covariance (%d, %d) is %g, mean %g; want %g, 0", i, j, c, mean, want)
			}
		}
	}
	for r, row := range [][]float32{z[:d], z[d : 2*d]} {
		for k := range d {
			v := w.Mean[k]
			for i, a := range row {
				v += float64(a) * w.Inverse[i*d+k]
			}
			near(t, "row given back", v, float64(x[r*d+k]))
		}
	}
}

func TestEstimateWhiteningRefuses(t *testing.T) {
	if _, err := train.EstimateWhitening(4, normal(4, 1)); err == nil || !strings.Contains(err.Error(), "1 rows") {
		t.Errorf("one row: error is %v", err)
	}
	x := normal(40, 1)
	x[7] = float32(math.NaN())
	if _, err := train.EstimateWhitening(4, x); err == nil || !strings.Contains(err.Error(), "not finite") {
		t.Errorf("NaN: error is %v", err)
	}
}

// TestFoldKeepsMeaning trains on whitened rows: the inference form must do to raw rows
// what the trained one does to whitened ones.
func TestFoldKeepsMeaning(t *testing.T) {
	for _, cfg := range trainable(t) {
		if cfg.DOut > 0 {
			continue
		}
		for _, centred := range []bool{true, false} {
			cfg.NormalizeActivations, cfg.ApplyBDecToInput = sae.NormalizeWhitening, centred
			c := short(10)
			c.BDecInitMethod = train.BDecMean
			m, err := sae.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			x := skewed(10*batch, width)
			s, err := trainer(t, m, c, train.Hooks{}).Run(t.Context(), batches{width, batch, x})
			if err != nil {
				t.Fatal(err)
			}
			w := s.Scale.Whitening
			z := train.Scaler{Factor: 1, Whitening: w}.Scale(x)
			inside, outside := m.NewEncoder(), s.Inference()
			want := make([]float32, len(z))
			codes := inside.Reconstruct(want, z)
			name := cfg.Architecture
			near(t, name+": L0", outside.Encode(x).L0(), codes.L0())
			got := outside.Reconstruct(x)
			for i, row := range slices.Collect(slices.Chunk(want, width)) {
				for k := range width {
					v := w.Mean[k]
					for j, a := range row {
						v += float64(a) * w.Inverse[j*width+k]
					}
					if g := float64(got[i*width+k]); math.Abs(g-v) > 1e-3*max(1, math.Abs(v)) {
						t.Fatalf("%s: row %d value %d is %g, want %g", name, i, k, g, v)
					}
				}
			}
		}
	}
}

// TestBDecStartsAmongTheRows that the SAE sees: normalised where it normalises itself.
func TestBDecStartsAmongTheRows(t *testing.T) {
	x := skewed(4*batch, width)
	for _, normalization := range []string{sae.NormalizeNone, sae.NormalizeExpectedNorm, sae.NormalizeLayerNorm, sae.NormalizeConstantNorm, sae.NormalizeWhitening} {
		cfg := trainable(t)[0]
		cfg.NormalizeActivations = normalization
		m, err := sae.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		c := short(4)
		c.BDecInitMethod, c.LR = train.BDecMean, 1e-12
		s, err := trainer(t, m, c, train.Hooks{}).Run(t.Context(), batches{width, batch, x})
		if err != nil {
			t.Fatal(err)
		}
		seen := train.Scaler{Factor: s.Scale.Factor, Whitening: s.Scale.Whitening}.Scale(x)
		want := make([]float64, width)
		for row := range slices.Chunk(seen, width) {
			shift, scale := shiftAndScale(row, normalization)
			for k, v := range row {
				want[k] += (float64(v) - shift) / scale / (4 * batch)
			}
		}
		b, _ := m.Param("b_dec")
		for k, v := range b.Data {
			near(t, normalization+": b_dec", float64(v), want[k])
		}
	}
}

// shiftAndScale returns what a row is shifted and divided by.
func shiftAndScale(row []float32, normalization string) (shift, scale float64) {
	var sum, squares float64
	for _, v := range row {
		sum, squares = sum+float64(v), squares+float64(v)*float64(v)
	}
	n := float64(len(row))
	switch normalization {
	case sae.NormalizeLayerNorm:
		return sum / n, math.Sqrt((squares-sum*sum/n)/(n-1)) + 1e-5
	case sae.NormalizeConstantNorm:
		return 0, math.Sqrt(squares / n)
	}
	return 0, 1
}

func TestWhiteningWarns(t *testing.T) {
	c, m := train.DefaultConfig().Resolve(), sae.DefaultConfig()
	m.DIn, m.NormalizeActivations = 4096, sae.NormalizeWhitening
	got := strings.Join(c.WarningsFor(m), "\n")
	if want := "a covariance of 16384 rows for d_in 4096: it says little of rows to come; 10 batches give ten rows for each value"; !strings.Contains(got, want) {
		t.Errorf("warnings are %q, want %q in them", got, want)
	}
	if m.NormalizeActivations = sae.NormalizeNone; len(c.WarningsFor(m)) != len(c.Warnings()) {
		t.Errorf("warnings without whitening: %q", c.WarningsFor(m))
	}
}
