package onnx

import (
	"errors"
	"fmt"

	"github.com/saego/saego/sae"
)

// Names of the graph's input and outputs.
const (
	inputName          = "x"
	featuresName       = "features"
	reconstructionName = "reconstruction"
)

// newGraph returns the graph of m.
func newGraph(m *sae.Model) (*Graph, error) {
	if n := m.Config().NormalizeActivations; n == sae.NormalizeExpectedNorm || n == sae.NormalizeWhitening {
		return nil, fmt.Errorf("normalize_activations is %q: the SAE is as it was trained, and takes rows that were scaled: "+
			"export its inference form (Model.Inference; a run's is in sae/)", n)
	}
	if _, ok := m.Architecture().(sae.Folder); ok {
		m = m.Inference(sae.Scaling{Factor: 1})
	} else if r, ok := m.Architecture().(sae.Rescaler); ok && r.Rescales(m.Config()) {
		return nil, errors.New("it scales codes by the decoder's norms, and does not fold them: make it a sae.Folder")
	}
	f, err := formOf(m)
	if err != nil {
		return nil, err
	}
	g := &Graph{model: m}
	g.build(f)
	return g, nil
}

// build adds the nodes, in the order of [sae.Encoder.Reconstruct].
func (g *Graph) build(f form) {
	cfg := g.model.Config()
	x := &Value{name: inputName}
	in, undo := g.normalize(x)
	if cfg.ApplyBDecToInput {
		in = g.Op("Sub", in, g.Param("b_dec"))
	}
	encoder := []*Value{in, g.Param("W_enc")}
	if _, ok := g.model.Param("b_enc"); ok {
		encoder = append(encoder, g.Param("b_enc"))
	}
	features := f.activate(g, g.Op("Gemm", encoder...))
	out := g.Op("Gemm", features, g.Param("W_dec"), g.Param("b_dec"))
	if !f.transcodes {
		out = undo(out)
	}
	if _, ok := g.model.Param("W_skip"); ok {
		linear := g.Node("Gemm", 1, []*Value{x, g.Param("W_skip")}, Int("transB", 1))
		out = g.Op("Add", out, linear[0])
	}
	g.output(features, featuresName, cfg.DSAE)
	g.output(out, reconstructionName, cfg.Out())
}

// normalize adds the model's normalisation of the rows x, and returns what undoes it.
// The formulae are those of kernels.LayerNorm and kernels.ConstantNorm.
func (g *Graph) normalize(x *Value) (out *Value, undo func(*Value) *Value) {
	d := g.model.Config().DIn
	switch g.model.Config().NormalizeActivations {
	case sae.NormalizeLayerNorm:
		axes := g.Ints("axes", 1)
		mean := g.Op("ReduceMean", x, axes)
		centred := g.Op("Sub", x, mean)
		variance := g.Op("Div", g.Op("ReduceSumSquare", centred, axes), g.scalar("d_in_less_1", float32(max(d-1, 1))))
		std := g.Op("Sqrt", variance)
		out = g.Op("Div", centred, g.Op("Add", std, g.scalar("eps", 1e-5)))
		return out, func(v *Value) *Value { return g.Op("Add", g.Op("Mul", v, std), mean) }
	case sae.NormalizeConstantNorm:
		square := g.Op("Div", g.Op("ReduceSumSquare", x, g.Ints("axes", 1)), g.scalar("d_in", float32(d)))
		norm := g.Op("Sqrt", square)
		norm = g.Op("Where", g.Op("Equal", norm, g.scalar("zero", 0)), g.scalar("one", 1), norm) // a row of zeros stays
		return g.Op("Div", x, norm), func(v *Value) *Value { return g.Op("Mul", v, norm) }
	}
	return x, func(v *Value) *Value { return v }
}
