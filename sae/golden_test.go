package sae_test

import (
	"path/filepath"
	"testing"

	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/internal/kernels/vec"
	"github.com/saego/saego/sae"
)

// tolerance against sae-lens, relative to the largest magnitude of an array.
const tolerance = 1e-5

// TestEqualsSAELens compares codes, reconstruction, loss terms and gradients with
// what sae-lens' training SAEs gave; see testdata/golden/README.md.
func TestEqualsSAELens(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/steps/*-*.safetensors")
	if err != nil || len(files) < 21 {
		t.Fatalf("%d golden files (%v), want at least 21", len(files), err)
	}
	defer func(before string) { _ = vec.Use(before) }(vec.Name())
	for _, name := range vec.Names() { // every set of instructions that this processor has
		if err := vec.Use(name); err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			t.Run(name+"/"+filepath.Base(path), func(t *testing.T) { testStep(t, path, nil) })
		}
	}
}

// testStep compares one step with the golden file's, on e; nil for the processor.
func testStep(t *testing.T, path string, e sae.Engine) {
	f := golden.Read(t, path)
	cfg := sae.DefaultConfig()
	f.Decode(t, &cfg)
	cfg.Compat = sae.CompatSAELens
	m := fromGolden(t, f, cfg, "")
	in := sae.Input{X: f.Floats(t, "x"), Dead: mask(f.Floats(t, "dead"))}
	if c, ok := m.Architecture().(sae.Coefficient); ok {
		_, in.Coefficient = c.Coefficient(cfg)
	}
	if err := m.To(e); err != nil {
		t.Fatal(err)
	}
	g := run(t, m, in)

	golden.Near(t, "codes", g.Codes().Dense(), f.Floats(t, "feature_acts"), tolerance)
	golden.Near(t, "reconstruction", g.Output(), f.Floats(t, "sae_out"), tolerance)
	if f.Has("topk_threshold") {
		golden.Near(t, "threshold", []float32{float32(m.TopKThreshold())}, f.Floats(t, "topk_threshold"), tolerance)
	} else {
		golden.Near(t, "inference codes", m.Encode(in.X).Dense(), f.Floats(t, "feature_acts"), tolerance)
	}
	for _, l := range g.Losses() {
		golden.Near(t, l.Name, []float32{float32(l.Value)}, f.Floats(t, l.Name), tolerance)
	}
	golden.Near(t, "loss", []float32{float32(total(g))}, f.Floats(t, "loss"), tolerance)
	for i, p := range m.Params() {
		grad, _ := g.Learnables()[i].Grad()
		p.Data = grad.Data().([]float32)
		golden.Near(t, "gradient of "+p.Name, p.Values(), f.Floats(t, "grad."+p.Name), tolerance)
	}
}

// fromGolden returns a model with the parameters that f holds under prefix.
func fromGolden(t *testing.T, f golden.File, cfg sae.Config, prefix string) *sae.Model {
	t.Helper()
	m, err := sae.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params() {
		p.Set(f.Floats(t, prefix+p.Name))
	}
	return m
}

func mask(dead []float32) []bool {
	m := make([]bool, len(dead))
	for j, d := range dead {
		m[j] = d != 0
	}
	return m
}
