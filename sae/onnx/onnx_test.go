package onnx_test

import (
	"bytes"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/sae/onnx"
)

// variants are the settings that change the graph.
func variants() map[string]sae.Config {
	base := sae.DefaultConfig()
	base.DIn, base.DSAE, base.K, base.Seed, base.DecoderInitNorm = 24, 96, 9, 1, 0
	out := map[string]sae.Config{}
	for _, a := range sae.Architectures() {
		c := base
		c.Architecture = a
		switch a {
		case sae.Transcoder, sae.SkipTranscoder, sae.JumpReLUTranscoder, sae.JumpReLUSkipTranscoder:
			c.DOut = 13
		case sae.MatryoshkaBatchTopK:
			c.MatryoshkaWidths = []int{32}
		}
		out[a] = c
		plain := c
		plain.RescaleActsByDecoderNorm, plain.ApplyBDecToInput = false, false
		out[a+"/plain"] = plain
		for _, n := range []string{sae.NormalizeLayerNorm, sae.NormalizeConstantNorm} {
			c.NormalizeActivations = n
			out[a+"/"+n] = c
		}
	}
	all := out[sae.TopK]
	all.K = 96 // fewer are positive
	out["topk/all"] = all
	return out
}

// TestEqualsModel runs every graph by ONNX Runtime.
func TestEqualsModel(t *testing.T) {
	requireORT(t)
	for name, cfg := range variants() {
		t.Run(name, func(t *testing.T) {
			m := perturbed(t, cfg)
			path := filepath.Join(t.TempDir(), "sae.onnx")
			if err := onnx.Export(path, m, onnx.Options{}); err != nil {
				t.Fatal(err)
			}
			zeros := make([]float32, cfg.DIn) // whose norm must not divide
			for _, x := range [][]float32{rows(1, cfg.DIn), append(zeros, rows(32, cfg.DIn)...)} {
				features, reconstruction := run(t, path, x, cfg)
				inference := m.Inference(sae.Scaling{Factor: 1})
				codes := inference.Encode(x)
				if codes.L0() < 1 || codes.L0() == float64(cfg.DSAE) {
					t.Errorf("L0 is %g: the test says little", codes.L0())
				}
				golden.Near(t, "features", features, codes.Dense(), tolerance)
				golden.Near(t, "reconstruction", reconstruction, inference.Reconstruct(x), tolerance)
			}
		})
	}
}

// TestEqualsSAELens takes folders that sae-lens wrote, with what it computed.
func TestEqualsSAELens(t *testing.T) {
	requireORT(t)
	folders, err := filepath.Glob("../testdata/golden/folders/*")
	if err != nil || len(folders) < 21 {
		t.Fatalf("%d folders (%v), want at least 21", len(folders), err)
	}
	for _, dir := range folders {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			m, from, err := sae.Load(dir)
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "sae.onnx")
			if err := onnx.Export(path, m, onnx.Options{From: from}); err != nil {
				t.Fatal(err)
			}
			io := golden.Read(t, filepath.Join(dir, "io.safetensors"))
			features, reconstruction := run(t, path, io.Floats(t, "x"), m.Config())
			golden.Near(t, "features", features, io.Floats(t, "features"), tolerance)
			golden.Near(t, "reconstruction", reconstruction, io.Floats(t, "reconstruction"), tolerance)
		})
	}
}

// TestRescalingIsFolded wants the codes of a model whose decoder norms are not folded,
// as sae-lens computes them.
func TestRescalingIsFolded(t *testing.T) {
	requireORT(t)
	for _, a := range []string{sae.TopK, sae.AbsTopK} {
		cfg := variants()[a]
		m, x := perturbed(t, cfg), rows(5, cfg.DIn)
		path := filepath.Join(t.TempDir(), "sae.onnx")
		if err := onnx.Export(path, m, onnx.Options{}); err != nil {
			t.Fatal(err)
		}
		features, reconstruction := run(t, path, x, cfg)
		golden.Near(t, a+" features", features, m.Encode(x).Dense(), tolerance)
		golden.Near(t, a+" reconstruction", reconstruction, m.Reconstruct(x), tolerance)
	}
}

// TestWeightsAside splits the file as it is split for large models.
func TestWeightsAside(t *testing.T) {
	requireORT(t)
	cfg := variants()["skip_transcoder"]
	m, x := perturbed(t, cfg), rows(3, cfg.DIn)
	path := filepath.Join(t.TempDir(), "sae.onnx")
	o := onnx.Options{MaxInline: 1, Overwrite: true}
	for range 2 {
		if err := onnx.Export(path, m, o); err != nil {
			t.Fatal(err)
		}
	}
	size := func(path string) int64 {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if n := size(path); n > 4000 {
		t.Errorf("the graph has %d bytes, want little more than b_enc and b_dec", n)
	}
	if n := size(path + ".data"); n < int64(4*(24+13)*96) {
		t.Errorf("the weights have %d bytes", n)
	}
	_, reconstruction := run(t, path, x, cfg)
	golden.Near(t, "reconstruction", reconstruction, m.Reconstruct(x), tolerance)
	o.Overwrite = false
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := onnx.Export(path, m, o); !errors.Is(err, fs.ErrExist) || !strings.Contains(err.Error(), ".data") {
		t.Errorf("weights in the way: error is %v", err)
	}
}

func TestMetadata(t *testing.T) {
	requireORT(t)
	cfg := variants()["topk"]
	path := filepath.Join(t.TempDir(), "sae.onnx")
	from := sae.Provenance{
		"model_name": "gpt2", "model_digest": "0123456789ab", "hook_name": "transformer.h.6",
		"trainer_config": map[string]any{"lr": 0.001}, "architecture": "of another",
	}
	if err := onnx.Export(path, perturbed(t, cfg), onnx.Options{From: from, Version: "1.2"}); err != nil {
		t.Fatal(err)
	}
	meta, err := ort.GetModelMetadata(path)
	if err != nil {
		t.Fatal(err)
	}
	defer meta.Destroy()
	if name, err := meta.GetProducerName(); err != nil || name != "saego" {
		t.Errorf("producer is %q (%v)", name, err)
	}
	want := map[string]string{
		"architecture": "topk", "d_in": "24", "d_out": "24", "d_sae": "96", "k": "9",
		"apply_b_dec_to_input": "true", "normalize_activations": "none", "rescale_acts_by_decoder_norm": "true",
		"model_name": "gpt2", "model_digest": "0123456789ab", "hook_name": "transformer.h.6",
		"trainer_config": `{"lr":0.001}`,
	}
	keys, err := meta.GetCustomMetadataMapKeys()
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(slices.Values(keys)); !slices.Equal(got, slices.Sorted(maps.Keys(want))) {
		t.Errorf("keys are %v", got)
	}
	for key, w := range want {
		if got, _, err := meta.LookupCustomMetadataMap(key); err != nil || got != w {
			t.Errorf("%s is %q (%v), want %q", key, got, err, w)
		}
	}
}

func TestEqualBytes(t *testing.T) {
	m := perturbed(t, variants()["gated"])
	var files [2][]byte
	for i := range files {
		path := filepath.Join(t.TempDir(), "sae.onnx")
		if err := onnx.Export(path, m, onnx.Options{From: sae.Provenance{"b": 1, "a": 2}}); err != nil {
			t.Fatal(err)
		}
		var err error
		if files[i], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("equal models give files that differ")
	}
}
