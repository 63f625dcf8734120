package onnx

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/saego/saego/sae"
)

// Activator is an [sae.Architecture] of a program's own that can be exported.
type Activator interface {
	// ONNX adds the activation to g, behind the pre-activations h (rows, d_sae), and
	// returns the features (rows, d_sae). It does what the selectors of
	// [sae.Architecture.Activation] do.
	ONNX(g *Graph, h *Value) *Value
}

// form is what an architecture adds to the rest of the graph.
type form struct {
	activate   func(g *Graph, h *Value) *Value
	transcodes bool // the output is another hook point's
}

// forms are those of package sae's inference forms.
var forms = map[string]form{
	sae.Standard:               {activate: relu},
	sae.Gated:                  {activate: gated},
	sae.TopK:                   {activate: topK},
	sae.AbsTopK:                {activate: absTopK},
	sae.JumpReLU:               {activate: jumpReLU}, // BatchTopK's and Matryoshka's, too
	sae.Transcoder:             {activate: relu, transcodes: true},
	sae.SkipTranscoder:         {activate: relu, transcodes: true},
	sae.JumpReLUTranscoder:     {activate: jumpReLU, transcodes: true},
	sae.JumpReLUSkipTranscoder: {activate: jumpReLU, transcodes: true},
}

func formOf(m *sae.Model) (form, error) {
	if a, ok := m.Architecture().(Activator); ok {
		return form{activate: a.ONNX}, nil
	}
	f, ok := forms[m.Config().Architecture]
	if !ok {
		return form{}, fmt.Errorf("architecture %q has no graph: there are %s; one's own must implement onnx.Activator",
			m.Config().Architecture, strings.Join(slices.Sorted(maps.Keys(forms)), ", "))
	}
	return f, nil
}

func relu(g *Graph, h *Value) *Value { return g.Op("Relu", h) }

// jumpReLU is h where h is greater than zero and its threshold, else 0.
func jumpReLU(g *Graph, h *Value) *Value {
	zero := g.scalar("zero", 0)
	floor := g.Op("Max", g.Param("threshold"), zero)
	return g.Op("Where", g.Op("Greater", h, floor), h, zero)
}

// gated is relu(h·exp(r_mag) + b_mag) where h + b_gate > 0, else 0.
func gated(g *Graph, h *Value) *Value {
	zero := g.scalar("zero", 0)
	gate := g.Op("Greater", g.Op("Add", h, g.Param("b_gate")), zero)
	scaled := g.Op("Mul", h, g.Op("Exp", g.Param("r_mag")))
	return g.Op("Where", gate, g.Op("Relu", g.Op("Add", scaled, g.Param("b_mag"))), zero)
}

// topK keeps the k largest of each row that are positive. Of equal ones, ONNX too has
// the lowest latents win.
func topK(g *Graph, h *Value) *Value {
	largest := g.Node("TopK", 2, []*Value{h, g.k()})
	return g.scatter(h, largest[1], g.Op("Relu", largest[0]))
}

// absTopK keeps the k largest in magnitude.
func absTopK(g *Graph, h *Value) *Value {
	latents := g.Node("TopK", 2, []*Value{g.Op("Abs", h), g.k()})[1]
	values := g.Node("GatherElements", 1, []*Value{h, latents}, Int("axis", 1))
	return g.scatter(h, latents, values[0])
}

func (g *Graph) k() *Value { return g.Ints("k", int64(g.model.Config().K)) }

// scatter returns values at their latents, in zeros of h's shape.
func (g *Graph) scatter(h, latents, values *Value) *Value {
	zeros := g.Op("ConstantOfShape", g.Op("Shape", h))
	return g.Node("ScatterElements", 1, []*Value{zeros, latents, values}, Int("axis", 1))[0]
}
