package onnx_test

import (
	"testing"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/saego/saego/models/onnx"
)

func bytesField(b []byte, num protowire.Number, v string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), v)
}

func intField(b []byte, num protowire.Number, v uint64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), v)
}

// attention is the graph y = Attention(in…), with an attribute of that name set to 1 unless
// it is empty. A mask is of type mask.
func attention(t *testing.T, attribute string, mask onnx.Elem, outputs []string, in ...string) *onnx.Part {
	t.Helper()
	var node, graph []byte
	for _, name := range in {
		node = bytesField(node, 1, name)
	}
	for _, name := range outputs {
		node = bytesField(node, 2, name)
	}
	node = bytesField(node, 4, "Attention")
	if attribute != "" {
		node = bytesField(node, 5, string(intField(intField(bytesField(nil, 1, attribute), 3, 1), 20, 2)))
	}
	for _, name := range in {
		if name == "" {
			continue
		}
		elem := onnx.Float32
		if name == "mask" {
			elem = mask
		}
		tensor := bytesField(nil, 1, string(intField(nil, 1, uint64(elem))))
		graph = bytesField(graph, 11, string(bytesField(bytesField(nil, 1, name), 2, string(tensor))))
	}
	graph = bytesField(graph, 1, string(node))
	g, err := onnx.Read("attention", bytesField(intField(nil, 1, 10), 7, string(graph)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := g.Part(outputs[:1])
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSpellOutAttention(t *testing.T) {
	const elemBool = 9
	y := []string{"y"}
	for _, mask := range []onnx.Elem{onnx.Float32, elemBool} {
		if err := attention(t, "", mask, y, "q", "k", "v", "mask").SpellOutAttention(); err != nil {
			t.Error(err)
		}
	}
	for _, tt := range []struct {
		name string
		part *onnx.Part
		want string
	}{
		{"causal", attention(t, "is_causal", onnx.Float32, y, "q", "k", "v"), "attribute is_causal is set"},
		{"heads in the last axis", attention(t, "q_num_heads", onnx.Float32, y, "q", "k", "v"), "attribute q_num_heads is set"},
		{"cache", attention(t, "", onnx.Float32, y, "q", "k", "v", "", "past"), `("past"), which is not known`},
		{"scores", attention(t, "", onnx.Float32, []string{"y", "", "", "scores"}, "q", "k", "v"), `("scores"), which is not known`},
		{"two inputs", attention(t, "", onnx.Float32, y, "q", "k"), "lacks an input"},
		{"mask of integers", attention(t, "", onnx.Int64, y, "q", "k", "v", "mask"), `mask "mask" is of int64`},
	} {
		t.Run(tt.name, func(t *testing.T) { wantError(t, tt.part.SpellOutAttention(), `node of "y"`, tt.want) })
	}
}
