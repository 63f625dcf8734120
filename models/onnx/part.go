package onnx

import (
	"errors"
	"fmt"
	"slices"
)

// Part is a part of a graph, a graph itself.
type Part struct {
	Bytes   []byte  // its ModelProto
	Folder  string  // to which the files of weights are relative; "" where all are in Bytes
	Inputs  []Value // what it must be fed: inputs of the graph that it uses, and given tensors
	Outputs []Value // in the order asked for
	Nodes   int     // how many of the graph's it has
}

// Part cuts out what computes the tensors outputs from the graph's inputs and from the
// given tensors, which are computed no more but fed. Tensors of the graph have the names
// that [Graph.Resolve] returns. Where they are of half or double precision the part
// takes or returns float32, under another name; see the Values of the Part.
//
// With no tensor given it is what leads to a hook point. With a hook point given and
// the logits as output it is the other half, into which a reconstruction is spliced.
func (g *Graph) Part(outputs []string, given ...string) (*Part, error) {
	c := &cut{graph: g, given: given, nodes: make([]bool, len(g.nodes)), needed: map[string]bool{}}
	p, err := c.part(outputs)
	if err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", g.name, err)
	}
	return p, nil
}

// cut is one call of [Graph.Part].
type cut struct {
	graph  *Graph
	given  []string
	nodes  []bool          // that are kept
	needed map[string]bool // tensors
}

func (c *cut) part(outputs []string) (*Part, error) {
	if len(outputs) == 0 {
		return nil, errors.New("no output is asked for")
	}
	for i, name := range outputs {
		if err := c.check(name, "output", outputs[:i]); err != nil {
			return nil, err
		}
	}
	for i, name := range c.given {
		if err := c.check(name, "given tensor", c.given[:i]); err != nil {
			return nil, err
		}
	}
	c.walk(outputs)
	for _, name := range c.given {
		if !c.needed[name] {
			return nil, fmt.Errorf("%v does not depend on %q: give a tensor that lies before it", outputs, name)
		}
	}
	return c.write(outputs)
}

// check sees that name is that of a tensor which a node makes, and is not named twice.
func (c *cut) check(name, kind string, before []string) error {
	if _, ok := c.graph.made[name]; !ok {
		return fmt.Errorf("%s %q: no node makes a tensor of that name", kind, name)
	}
	if slices.Contains(before, name) {
		return fmt.Errorf("%s %q is named twice", kind, name)
	}
	return nil
}

// walk notes all that the outputs need, back to what is given.
func (c *cut) walk(outputs []string) {
	stack := slices.Clone(outputs)
	push := func(name string) {
		if name != "" && !c.needed[name] {
			stack = append(stack, name)
		}
	}
	for len(stack) > 0 {
		name := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if c.needed[name] {
			continue
		}
		c.needed[name] = true
		i, made := c.graph.made[name]
		if !made || c.nodes[i] || slices.Contains(c.given, name) {
			continue
		}
		c.nodes[i] = true
		c.graph.nodes[i].needs(push)
	}
}
