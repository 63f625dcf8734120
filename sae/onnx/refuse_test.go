package onnx_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/sae/onnx"
)

// thresholded is an architecture of one's own that can be exported.
type thresholded struct{ sae.Architecture }

func (thresholded) Activation(*sae.Model) sae.Activation {
	return sae.ActivationFunc(func() sae.Selector {
		return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
			for j, v := range h {
				if v > 1.5 {
					idx, val = append(idx, int32(j)), append(val, v)
				}
			}
			return idx, val
		}
	})
}

func (thresholded) ONNX(g *onnx.Graph, h *onnx.Value) *onnx.Value {
	return g.Node("ThresholdedRelu", 1, []*onnx.Value{h}, onnx.Float("alpha", 1.5))[0]
}

// opaque is one that cannot.
type opaque struct{ sae.Architecture }

// rescaling has norms that nobody folds.
type rescaling struct{ thresholded }

func (rescaling) Rescales(sae.Config) bool { return true }

// ofOne returns a model of an architecture of one's own.
func ofOne(t *testing.T, name string, wrap func(sae.Architecture) sae.Architecture) *sae.Model {
	t.Helper()
	standard, err := sae.Lookup(sae.Standard)
	if err == nil {
		err = sae.Register(name, wrap(standard))
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg := variants()["standard"]
	cfg.Architecture = name
	return perturbed(t, cfg)
}

func TestArchitectureOfOnesOwn(t *testing.T) {
	requireORT(t)
	m := ofOne(t, "test_thresholded", func(a sae.Architecture) sae.Architecture { return thresholded{a} })
	path := filepath.Join(t.TempDir(), "sae.onnx")
	if err := onnx.Export(path, m, onnx.Options{}); err != nil {
		t.Fatal(err)
	}
	x := rows(7, m.Config().DIn)
	features, reconstruction := run(t, path, x, m.Config())
	golden.Near(t, "features", features, m.Encode(x).Dense(), tolerance)
	golden.Near(t, "reconstruction", reconstruction, m.Reconstruct(x), tolerance)
}

func TestRefuses(t *testing.T) {
	scaled := variants()["standard"]
	scaled.NormalizeActivations = sae.NormalizeExpectedNorm
	good := perturbed(t, variants()["standard"])
	for _, tt := range []struct {
		name string
		m    *sae.Model
		path string // below a fresh folder that has the file old and the folder dir
		want string
		is   error
	}{
		{"a trained form", perturbed(t, scaled), "new", "export its inference form", nil},
		{
			"no graph", ofOne(t, "test_opaque", func(a sae.Architecture) sae.Architecture { return opaque{a} }), "new",
			`architecture "test_opaque" has no graph: there are abstopk, gated,`, nil,
		},
		{
			"norms", ofOne(t, "test_rescaling", func(a sae.Architecture) sae.Architecture { return rescaling{thresholded{a}} }), "new",
			"make it a sae.Folder", nil,
		},
		{"a file in the way", good, "old", "overwrite it", fs.ErrExist},
		{"a folder in the way", good, "dir", "is a folder", nil},
		{"no folder", good, "nowhere/sae.onnx", "no such file", fs.ErrNotExist},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := errors.Join(os.WriteFile(filepath.Join(dir, "old"), []byte("old"), 0o644), os.Mkdir(filepath.Join(dir, "dir"), 0o755)); err != nil {
				t.Fatal(err)
			}
			err := onnx.Export(filepath.Join(dir, tt.path), tt.m, onnx.Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("error is %v, want one that says %q", err, tt.want)
			}
			entries, err := os.ReadDir(dir)
			if data, _ := os.ReadFile(filepath.Join(dir, "old")); err != nil || len(entries) != 2 || string(data) != "old" {
				t.Errorf("left behind %v (%v), with %q in old", entries, err, data)
			}
		})
	}
}
