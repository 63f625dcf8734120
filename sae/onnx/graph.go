package onnx

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/saego/saego/sae"
)

// Graph is an SAE's graph in the making, in operators of ONNX' opset 18. Nodes are
// added in the order in which they run.
type Graph struct {
	model     *sae.Model
	nodes     []node
	constants []constant
	outputs   []output
}

// Value is a tensor of a graph.
type Value struct {
	name string
	made bool // by a node
}

type node struct {
	op      string
	in, out []*Value
	attrs   []Attr
}

// constant is an initializer: either floats or ints are set.
type constant struct {
	value  *Value
	shape  []int
	floats []float32
	ints   []int64
}

type output struct {
	value *Value
	width int
}

// Attr is an attribute of a node.
type Attr struct{ m message }

// Fields and types of AttributeProto.
const (
	attrName, attrFloat, attrInt, attrType protowire.Number = 1, 2, 3, 20

	typeFloat, typeInt = 1, 2
)

// Int returns an attribute that is a whole number.
func Int(name string, v int) Attr {
	var m message
	m.string(attrName, name)
	m.int(attrInt, int64(v))
	m.int(attrType, typeInt)
	return Attr{m}
}

// Float returns an attribute that is a float.
func Float(name string, v float32) Attr {
	var m message
	m.string(attrName, name)
	m.float(attrFloat, v)
	m.int(attrType, typeFloat)
	return Attr{m}
}

// Model returns the SAE that is exported, in its inference form.
func (g *Graph) Model() *sae.Model { return g.model }

// Op adds a node with one output and no attributes, and returns the output.
func (g *Graph) Op(op string, in ...*Value) *Value { return g.Node(op, 1, in)[0] }

// Node adds a node and returns its outputs.
func (g *Graph) Node(op string, outputs int, in []*Value, attrs ...Attr) []*Value {
	out := make([]*Value, outputs)
	for i := range out {
		out[i] = &Value{name: fmt.Sprintf("%s_%d", strings.ToLower(op), len(g.nodes)), made: true}
		if i > 0 {
			out[i].name += fmt.Sprintf("_%d", i)
		}
	}
	g.nodes = append(g.nodes, node{op: op, in: slices.Clone(in), out: out, attrs: attrs})
	return out
}

// Param returns the model's parameter of that name, in the shape of its file. It
// panics where the model has none.
func (g *Graph) Param(name string) *Value {
	p, ok := g.model.Param(name)
	if !ok {
		panic(fmt.Sprintf("onnx: a %s has no parameter %q", g.model.Config().Architecture, name))
	}
	if v := g.constant(name); v != nil {
		return v
	}
	return g.Floats(name, p.Shape, p.Values())
}

// Floats adds a constant. It panics where data do not fill the shape (nil: one
// number), or the name is taken.
func (g *Graph) Floats(name string, shape []int, data []float32) *Value {
	return g.add(constant{shape: shape, floats: data}, name, len(data))
}

// Ints adds a constant (len(data)), as Floats does.
func (g *Graph) Ints(name string, data ...int64) *Value {
	return g.add(constant{shape: []int{len(data)}, ints: data}, name, len(data))
}

// scalar returns the constant of that name, which is one number.
func (g *Graph) scalar(name string, v float32) *Value {
	if c := g.constant(name); c != nil {
		return c
	}
	return g.Floats(name, nil, []float32{v})
}

func (g *Graph) add(c constant, name string, n int) *Value {
	size := 1
	for _, d := range c.shape {
		size *= d
	}
	if size != n {
		panic(fmt.Sprintf("onnx: constant %q has %d values for the shape %v", name, n, c.shape))
	}
	if g.constant(name) != nil || name == inputName {
		panic(fmt.Sprintf("onnx: constant %q: the name is taken", name))
	}
	c.value = &Value{name: name}
	g.constants = append(g.constants, c)
	return c.value
}

// constant returns the one of that name, or nil.
func (g *Graph) constant(name string) *Value {
	for _, c := range g.constants {
		if c.value.name == name {
			return c.value
		}
	}
	return nil
}

// output makes v, (rows, width), an output of that name.
func (g *Graph) output(v *Value, name string, width int) {
	if !v.made {
		v = g.Op("Identity", v)
	}
	v.name = name
	g.outputs = append(g.outputs, output{v, width})
}
