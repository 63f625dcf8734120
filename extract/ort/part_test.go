package ort_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/models"
)

const graphs = "../../models/onnx/testdata"

// network is a model of a graph that scripts/make_onnx_testdata.py made, which lists no
// hook point.
func network(name string) *models.Model {
	return &models.Model{
		Dir: graphs, FS: os.DirFS(graphs), Path: name,
		Spec: models.Spec{
			Graph: name + ".onnx", Logits: "logits", Golden: "golden.safetensors",
			Inputs: []models.Input{{Name: models.InputIDs}, {Name: models.AttentionMask}},
		},
	}
}

// openNetwork opens it, and returns its golden arrays and inputs.
func openNetwork(t testing.TB, name string) (*ort.Runner, map[string]models.Array, []extract.Tensor) {
	t.Helper()
	m := network(name)
	golden, err := m.Golden()
	if err != nil {
		t.Fatal(err)
	}
	return openRunner(t, m, ort.DefaultOptions()), golden, tensors(t, golden, models.InputIDs, models.AttentionMask)
}

// tensors returns those golden arrays of m that are named, as inputs.
func tensors(t testing.TB, golden map[string]models.Array, names ...string) (list []extract.Tensor) {
	t.Helper()
	for _, name := range names {
		a, ok := golden[name]
		if !ok {
			t.Fatalf("no golden %s", name)
		}
		list = append(list, extract.Tensor{Name: name, Shape: a.Shape, Float32: a.Float32, Int64: a.Int64})
	}
	return list
}

// Hook points that no export prepared, and the half of the network behind them.
func TestParts(t *testing.T) {
	for name, tolerance := range map[string]float64{
		"modules": 1e-5, "names": 1e-5, "external": 1e-5, "branch": 1e-5, "half": 0.02,
	} {
		t.Run(name, func(t *testing.T) {
			r, golden, inputs := openNetwork(t, name)
			want := func(out extract.Tensor, golden models.Array) {
				t.Helper()
				if d := maxDiff(out.Float32, golden.Float32); !(d <= tolerance) {
					t.Errorf("%s differs by %g, want at most %g", out.Name, d, tolerance)
				}
			}
			for _, hook := range []string{"wte", "h.0.attn", "h.0", "h.1"} {
				out := output(hook, golden[hook].Shape...)
				if err := r.Run(t.Context(), inputs, []extract.Tensor{out}); err != nil {
					t.Fatal(err)
				}
				want(out, golden[hook])
				logits := output("logits", golden["logits"].Shape...)
				if err := r.Run(t.Context(), append(inputs, out), []extract.Tensor{logits}); err != nil {
					t.Fatal(err)
				}
				want(logits, golden["logits"])
			}
			mid := output("blocks.0.hook_resid_mid", golden["h.0.mid"].Shape...)
			post := output("blocks.0.hook_resid_post", golden["h.0"].Shape...)
			if err := r.Run(t.Context(), inputs, []extract.Tensor{post, mid}); err != nil {
				t.Fatal(err)
			}
			want(mid, golden["h.0.mid"])
			want(post, golden["h.0"])
		})
	}
}

// What is fed in the place of a hook point is what the other half sees.
func TestSplice(t *testing.T) {
	r, golden, inputs := openNetwork(t, "modules")
	zeros := output("h.0", golden["h.0"].Shape...)
	logits := output("logits", golden["logits"].Shape...)
	if err := r.Run(t.Context(), append(inputs, zeros), []extract.Tensor{logits}); err != nil {
		t.Fatal(err)
	}
	if d := maxDiff(logits.Float32, make([]float32, len(logits.Float32))); d != 0 { // every layer maps 0 to 0
		t.Errorf("logits %v of zeros at h.0, want zeros", logits.Float32)
	}
}

func TestPartFaults(t *testing.T) {
	r, golden, inputs := openNetwork(t, "modules")
	h0 := output("h.0", golden["h.0"].Shape...)
	for _, tt := range []struct {
		inputs, outputs []extract.Tensor
		want            string
	}{
		{inputs, []extract.Tensor{output("h.5", 1, 1, 16)}, `no tensor and no module "h.5": there are h.0 to h.1`},
		{append(inputs, h0), []extract.Tensor{output("wte", golden["wte"].Shape...)}, `does not depend on "x1"`},
		{inputs, []extract.Tensor{h0, output("x1", golden["h.0"].Shape...)}, `"x1" is named twice`},
		{inputs, []extract.Tensor{output("h.0", 3, 5, 8)}, "has shape [3 5 8], the graph has (batch, sequence, 16)"},
	} {
		if err := r.Run(t.Context(), tt.inputs, tt.outputs); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("error %v, want %q in it", err, tt.want)
		}
	}
}

// Without shapes in the graph ONNX Runtime infers them.
func TestGraphWithoutShapes(t *testing.T) {
	r, golden, inputs := openNetwork(t, "plain")
	out := output("x1", golden["h.0"].Shape...)
	if err := r.Run(t.Context(), inputs, []extract.Tensor{out}); err != nil {
		t.Fatal(err)
	}
	if d := maxDiff(out.Float32, golden["h.0"].Float32); !(d <= 1e-5) {
		t.Errorf("differs by %g", d)
	}
}

// The embedded networks keep the paths of their modules.
func TestDemoModules(t *testing.T) {
	for dir, hooks := range map[string][]string{
		"../../internal/demo/text":   {"transformer.h.2.mlp", "transformer.h.1.attn", "blocks.2.hook_resid_post"},
		"../../internal/demo/vision": {"blocks.2.mlp", "blocks.1.attn", "blocks.2.hook_resid_post"},
	} {
		m, err := models.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range hooks {
			if h, err := m.Hook(name); err != nil || h.DIn != m.Spec.Hooks[0].DIn {
				t.Errorf("%s: Hook(%q) = %v, %v", dir, name, h, err)
			}
		}
	}
}

func ExampleRunner_splice() {
	m := network("modules")
	r, err := ort.Open(m, ort.DefaultOptions())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	rows := extract.Tensor{Name: "h.0", Shape: []int64{1, 2, 16}, Float32: make([]float32, 32)} // a reconstruction
	logits := extract.Tensor{Name: "logits", Shape: []int64{1, 2}, Float32: make([]float32, 2)}
	if err := r.Run(context.Background(), []extract.Tensor{rows}, []extract.Tensor{logits}); err != nil {
		fmt.Println(err)
	}
}
