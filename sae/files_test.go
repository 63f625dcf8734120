package sae_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/sae"
)

// TestLoadsWhatSAELensSaved reads inference folders and training checkpoints, which are
// for scaled rows.
func TestLoadsWhatSAELensSaved(t *testing.T) {
	folders, err := filepath.Glob("testdata/golden/folders/*")
	checkpoints, _ := filepath.Glob("../train/testdata/golden/checkpoints/*")
	if err != nil || len(folders) < 20 || len(checkpoints) < 5 {
		t.Fatalf("%d folders and %d checkpoints (%v), want at least 20 and 5", len(folders), len(checkpoints), err)
	}
	for _, dir := range append(folders, checkpoints...) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			m, _, err := sae.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			io := golden.Read(t, filepath.Join(dir, "io.safetensors"))
			x := io.Floats(t, "x")
			codes, out := m.Encode(x), m.Reconstruct(x)
			if a := m.Config().Architecture; a == sae.BatchTopK || a == sae.MatryoshkaBatchTopK {
				if m.TopKThreshold() == 0 {
					t.Error("the threshold was not read")
				}
				g := run(t, m, sae.Input{X: x}) // sae-lens' training form looks at the batch
				codes, out = g.Codes(), g.Output()
			}
			golden.Near(t, "encode", codes.Dense(), io.Floats(t, "features"), tolerance)
			golden.Near(t, "decode", out, io.Floats(t, "reconstruction"), tolerance)
		})
	}
}

func TestSaveLoadRoundTrip(t *testing.T) {
	for name, cfg := range variants() {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "sae")
			m := perturbed(t, cfg).Inference(sae.Scaling{Factor: 1})
			from := sae.Provenance{"model_name": "gpt2", "hook_name": "transformer.h.6"}
			if err := sae.Save(dir, m, from, make([]float32, cfg.DSAE)); err != nil {
				t.Fatal(err)
			}
			got, meta, err := sae.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			for i, p := range got.Params() {
				golden.Near(t, p.Name, p.Data, m.Params()[i].Data, 0)
			}
			if meta["hook_name"] != "transformer.h.6" {
				t.Errorf("metadata is %v, want the provenance in it", meta)
			}
		})
	}
}

// TestInferenceKeepsMeaning feeds unscaled rows to the folded model and scaled ones
// to the trained model.
func TestInferenceKeepsMeaning(t *testing.T) {
	const scale = 0.37
	for name, cfg := range variants() {
		t.Run(name, func(t *testing.T) {
			if n := cfg.NormalizeActivations; n == sae.NormalizeLayerNorm || n == sae.NormalizeConstantNorm {
				t.Skip("the SAE scales rows itself")
			}
			m, x := perturbed(t, cfg), rows(9, cfg.DIn, 2)
			m.SetTopKThreshold(1.5)
			scaled := make([]float32, len(x))
			for i, v := range x {
				scaled[i] = scale * v
			}
			want := m.Reconstruct(scaled)
			for i := range want {
				want[i] /= scale
			}
			folded := m.Inference(sae.Scaling{Factor: scale})
			codes := folded.Encode(x)
			wantCodes := m.Encode(scaled).Dense()
			if r, ok := m.Architecture().(sae.Rescaler); ok && r.Rescales(cfg) {
				for i := range wantCodes { // with unit decoder rows, codes are in the rows' own units
					wantCodes[i] /= scale
				}
			}
			golden.Near(t, "codes", codes.Dense(), wantCodes, tolerance)
			golden.Near(t, "reconstruction", folded.Reconstruct(x), want, tolerance)
		})
	}
}

func TestLoadRefuses(t *testing.T) {
	edit := func(key string, value any) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			path := filepath.Join(dir, "cfg.json")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var cfg map[string]any
			if err := json.Unmarshal(data, &cfg); err != nil {
				t.Fatal(err)
			}
			cfg[key] = value
			data, _ = json.Marshal(cfg)
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	weights := func(content string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, "sae_weights.safetensors"), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name  string
		spoil func(*testing.T, string)
		want  string
	}{
		{"no folder", func(t *testing.T, dir string) { os.RemoveAll(dir) }, "no cfg.json"},
		{"unknown architecture", edit("architecture", "crosscoder"), "want one of abstopk"},
		{"other width", edit("d_in", 7), "shape is [6 20], cfg.json says [7 20]"},
		{"layer norm", edit("normalize_activations", "batch_norm"), "normalize_activations"},
		{"heads", edit("reshape_activations", "hook_z"), "reshape_activations"},
		{"no safetensors", weights("junk"), "not a safetensors file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "sae")
			if err := sae.Save(dir, perturbed(t, variants()["topk"]), nil, nil); err != nil {
				t.Fatal(err)
			}
			tt.spoil(t, dir)
			if _, _, err := sae.Load(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want one that says %q", err, tt.want)
			}
		})
	}
}
