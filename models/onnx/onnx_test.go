package onnx_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/models/onnx"
)

// The graphs that scripts/make_onnx_testdata.py makes.
var graphs = []string{"modules", "names", "plain", "external", "half", "branch"}

func open(t testing.TB, name string) *onnx.Graph {
	t.Helper()
	g, err := onnx.Open(filepath.Join("testdata", name+".onnx"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func wantError(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", want)
	}
	for _, w := range want {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("error %q, want %q in it", err, w)
		}
	}
}

func names(values []onnx.Value) (names []string) {
	for _, v := range values {
		names = append(names, v.Name+" "+v.Axes())
	}
	return names
}

func TestResolve(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"x1", "x1"}, // a tensor
		{"logits", "logits"},
		{"h.0", "x1"}, // modules
		{"h.1", "x2"},
		{"m.h.0", "x1"},
		{"h.1.attn", "a1"},
		{"h.0.mlp", "p0"},
		{"wte", "x0"},
		{"score", "logits"},
		{"blocks.0.hook_resid_pre", "x0"}, // TransformerLens
		{"blocks.0.hook_resid_mid", "r0"},
		{"blocks.0.hook_resid_post", "x1"},
		{"blocks.1.hook_resid_pre", "x1"},
		{"blocks.1.hook_attn_out", "a1"},
		{"blocks.1.hook_mlp_out", "p1"},
	} {
		for _, graph := range []string{"modules", "names", "external", "half"} {
			if got, err := open(t, graph).Resolve(tt.name); err != nil || got != tt.want {
				t.Errorf("%s: Resolve(%q) = %q, %v, want %q", graph, tt.name, got, err, tt.want)
			}
		}
	}
}

func TestResolveFaults(t *testing.T) {
	for _, tt := range []struct{ graph, name, want string }{
		{"modules", "h.7", `no tensor and no module "h.7": there are h.0 to h.1`},
		{"modules", "attn", `"attn" may be h.0.attn or h.1.attn: say which`},
		{"modules", "blocks.2.hook_resid_post", "the graph has 2 blocks"},
		{"branch", "blocks.1.hook_mlp_out", "has no such tensor"},
		{"plain", "h.0", "the graph keeps no paths of modules; it returns logits"},
	} {
		_, err := open(t, tt.graph).Resolve(tt.name)
		wantError(t, err, "onnx: testdata", tt.want)
	}
}

func TestHooks(t *testing.T) {
	line := func(h onnx.Hook) string {
		return strings.Join([]string{h.Name, h.Value.Name, h.Value.Axes(), h.Lens, h.Block}, "|")
	}
	const rows = "(batch, sequence, 16)"
	want := []string{
		"wte|x0|" + rows + "||",
		"h|x2|" + rows + "||",
		"h.0|x1|" + rows + "|blocks.0.hook_resid_post|h.0",
		"blocks.0.hook_resid_pre|x0|" + rows + "|blocks.0.hook_resid_pre|h.0",
		"blocks.0.hook_resid_mid|r0|" + rows + "|blocks.0.hook_resid_mid|h.0",
		"h.0.attn|a0|" + rows + "|blocks.0.hook_attn_out|h.0",
		"h.0.mlp|p0|" + rows + "|blocks.0.hook_mlp_out|h.0",
		"h.1|x2|" + rows + "|blocks.1.hook_resid_post|h.1",
		"blocks.1.hook_resid_mid|r1|" + rows + "|blocks.1.hook_resid_mid|h.1",
		"h.1.attn|a1|" + rows + "|blocks.1.hook_attn_out|h.1",
		"h.1.mlp|p1|" + rows + "|blocks.1.hook_mlp_out|h.1",
		"score|logits|(batch, 2)||",
	}
	for graph, want := range map[string][]string{
		"modules": want, "names": want, "plain": {"logits|logits|(batch, 2)||"},
	} {
		var got []string
		for _, h := range open(t, graph).Hooks() {
			got = append(got, line(h))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", graph, diff)
		}
	}
}

func TestPart(t *testing.T) {
	const rows, ids, mask = " (batch, sequence, 16)", "input_ids (batch, sequence)", "attention_mask (batch, sequence)"
	for _, tt := range []struct {
		outputs, given  []string
		nodes           int
		inputs, returns []string
	}{
		{outputs: []string{"x0"}, nodes: 4, inputs: []string{ids, mask}, returns: []string{"x0" + rows}},
		{outputs: []string{"x1"}, nodes: 10, inputs: []string{ids, mask}, returns: []string{"x1" + rows}},
		{outputs: []string{"x1", "a0"}, nodes: 10, inputs: []string{ids, mask}, returns: []string{"x1" + rows, "a0" + rows}},
		{outputs: []string{"rows"}, nodes: 1, inputs: []string{ids}, returns: []string{"rows ?"}},
		{outputs: []string{"logits"}, given: []string{"x1"}, nodes: 8, inputs: []string{"x1" + rows}, returns: []string{"logits (batch, 2)"}},
		{outputs: []string{"a0", "logits"}, given: []string{"x1"}, nodes: 14, inputs: []string{ids, mask, "x1" + rows}, returns: []string{"a0" + rows, "logits (batch, 2)"}},
	} {
		t.Run(fmt.Sprint(tt.given, tt.outputs), func(t *testing.T) {
			for _, graph := range []string{"modules", "external"} {
				p, err := open(t, graph).Part(tt.outputs, tt.given...)
				if err != nil {
					t.Fatal(err)
				}
				if p.Nodes != tt.nodes || !slices.Equal(names(p.Inputs), tt.inputs) || !slices.Equal(names(p.Outputs), tt.returns) {
					t.Errorf("%s: %d nodes, %v to %v, want %d, %v to %v", graph, p.Nodes, names(p.Inputs), names(p.Outputs), tt.nodes, tt.inputs, tt.returns)
				}
				again, err := onnx.Read("part", p.Bytes)
				if err != nil {
					t.Fatal(err)
				}
				if got := names(again.Outputs()); !slices.Equal(got, tt.returns) {
					t.Errorf("%s: the part returns %v", graph, got)
				}
			}
		})
	}
}

// Weights of a graph in a file are pointed to, those of one in memory are copied.
func TestPartPointsToWeights(t *testing.T) {
	data, err := os.ReadFile("testdata/modules.onnx")
	if err != nil {
		t.Fatal(err)
	}
	inMemory, err := onnx.Read("memory", data)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		graph  *onnx.Graph
		folder string
		least  int
		most   int
	}{
		{open(t, "modules"), "testdata", 0, 2048},
		{open(t, "external"), "testdata/weights", 0, 2048},
		{inMemory, "", 4096, 8192},
	} {
		p, err := tt.graph.Part([]string{"x1"})
		if err != nil {
			t.Fatal(err)
		}
		folder := ""
		if tt.folder != "" {
			if folder, err = filepath.Abs(tt.folder); err != nil {
				t.Fatal(err)
			}
		}
		if p.Folder != folder || len(p.Bytes) < tt.least || len(p.Bytes) > tt.most {
			t.Errorf("folder %q, %d bytes, want %q, %d to %d", p.Folder, len(p.Bytes), folder, tt.least, tt.most)
		}
	}
}

func TestEqualPartsAreEqualBytes(t *testing.T) {
	for _, name := range graphs {
		a, err := open(t, name).Part([]string{"logits"})
		if err != nil {
			t.Fatal(err)
		}
		b, err := open(t, name).Part([]string{"logits"})
		if err != nil || !bytes.Equal(a.Bytes, b.Bytes) {
			t.Errorf("%s: parts differ, %v", name, err)
		}
	}
}

// A tensor in half precision is converted, and has another name.
func TestPartInHalfPrecision(t *testing.T) {
	p, err := open(t, "half").Part([]string{"logits"}, "x1")
	if err != nil {
		t.Fatal(err)
	}
	if p.Inputs[0].Name != "x1.float32" || p.Inputs[0].Elem != onnx.Float32 || p.Outputs[0].Name != "logits.float32" || p.Outputs[0].Axes() != "(batch, 2)" {
		t.Errorf("inputs %v, outputs %v", p.Inputs, p.Outputs)
	}
}

func TestPartFaults(t *testing.T) {
	for _, tt := range []struct {
		graph          string
		outputs, given []string
		want           string
	}{
		{"modules", nil, nil, "no output is asked for"},
		{"modules", []string{"x9"}, nil, `output "x9": no node makes`},
		{"modules", []string{"x1", "x1"}, nil, `output "x1" is named twice`},
		{"modules", []string{"x1"}, []string{"input_ids"}, `given tensor "input_ids": no node makes`},
		{"modules", []string{"x0"}, []string{"x1"}, `[x0] does not depend on "x1"`},
		{"plain", []string{"logits"}, []string{"x1"}, "run shape inference on it"},
	} {
		_, err := open(t, tt.graph).Part(tt.outputs, tt.given...)
		wantError(t, err, "onnx: testdata", tt.want)
	}
}

func TestOpenFaults(t *testing.T) {
	whole, err := os.ReadFile("testdata/modules.onnx")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, data := range map[string][]byte{
		"is no ONNX graph":   nil,
		"cut off or damaged": whole[:len(whole)/2],
		"onnx: " + dir:       []byte("PK\x03\x04 a zip"),
	} {
		path := filepath.Join(dir, "x.onnx")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := onnx.Open(path)
		wantError(t, err, path, name)
	}
	_, err = onnx.Open(filepath.Join(dir, "none.onnx"))
	wantError(t, err, "none.onnx")
}

// Weights that are named as lying outside the graph's folder are not looked for.
func TestWeightsOutsideFolder(t *testing.T) {
	data, err := os.ReadFile("testdata/external.onnx")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.onnx")
	data = bytes.ReplaceAll(data, []byte("weights/external.bin"), []byte("../../../etc/shadow1"))
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := onnx.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	_, err = g.Part([]string{"x1"})
	wantError(t, err, "outside its folder")
}

// FuzzRead looks for graphs that make a reader panic, or cuts that cannot be read again.
func FuzzRead(f *testing.F) {
	for _, name := range graphs {
		data, err := os.ReadFile(filepath.Join("testdata", name+".onnx"))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := onnx.Read("fuzz", data)
		if err != nil {
			return
		}
		for _, h := range g.Hooks() {
			tensor, err := g.Resolve(h.Name)
			if err != nil {
				continue
			}
			p, err := g.Part([]string{tensor})
			if err != nil {
				continue
			}
			if _, err := onnx.Read("part", p.Bytes); err != nil {
				t.Fatalf("hook %q: %v", h.Name, err)
			}
		}
	})
}

func ExampleGraph_Part() {
	g, err := onnx.Open("testdata/modules.onnx")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer g.Close()
	tensor, err := g.Resolve("blocks.0.hook_resid_post")
	if err != nil {
		fmt.Println(err)
		return
	}
	part, err := g.Part([]string{tensor})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tensor, part.Outputs[0].Axes(), part.Nodes, "nodes")
	// Output: x1 (batch, sequence, 16) 10 nodes
}
