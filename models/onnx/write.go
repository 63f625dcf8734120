package onnx

import (
	"fmt"
	"slices"
)

// write writes the part that was found.
func (c *cut) write(outputs []string) (*Part, error) {
	p := &Part{}
	var graph, before, after []byte // the GraphProto; nodes that convert inputs and outputs
	var err error
	graph, before, err = c.writeInputs(p)
	if err != nil {
		return nil, err
	}
	for _, name := range outputs {
		v, _ := c.graph.Value(name)
		switch to, conversion, ok := converted(v, false); {
		case ok:
			after = append(after, conversion...)
			p.Outputs = append(p.Outputs, to)
			graph = appendBytes(graph, 12, to.raw)
		case v.Elem != Unknown && v.Elem != Float32:
			return nil, fmt.Errorf("output %q is of %v: want numbers with a fraction", name, v.Elem)
		case v.raw == nil: // ONNX Runtime infers the type
			v.raw = appendString(nil, 1, name)
			fallthrough
		default:
			p.Outputs = append(p.Outputs, v)
			graph = appendBytes(graph, 12, v.raw)
		}
	}
	graph = append(graph, before...)
	for i, n := range c.graph.nodes {
		if c.nodes[i] {
			graph = appendBytes(graph, 1, n.raw)
			p.Nodes++
		}
	}
	graph = append(append(graph, after...), c.graph.tail...)
	graph = c.describe(graph, p)
	if graph, p.Folder, err = c.writeWeights(graph); err != nil {
		return nil, err
	}
	p.Bytes = appendBytes(slices.Clone(c.graph.head), 7, graph)
	return p, nil
}

// writeInputs writes the inputs that the part has, and the nodes that convert them.
func (c *cut) writeInputs(p *Part) (graph, nodes []byte, err error) {
	var inputs []Value
	for _, v := range c.graph.inputs {
		if c.needed[v.Name] {
			inputs = append(inputs, v)
		}
	}
	for _, name := range c.given {
		v, _ := c.graph.Value(name)
		if v.Elem == Unknown {
			return nil, nil, fmt.Errorf("given tensor %q: the graph does not say its type: run shape inference on it "+
				"(onnx.shape_inference.infer_shapes_path in Python)", name)
		}
		inputs = append(inputs, v)
	}
	for _, v := range inputs {
		if to, conversion, ok := converted(v, true); ok {
			v, nodes = to, append(nodes, conversion...)
		}
		p.Inputs = append(p.Inputs, v)
		graph = appendBytes(graph, 11, v.raw)
	}
	return graph, nodes, nil
}

// describe writes what the graph says of the tensors between inputs and outputs: ONNX
// Runtime infers what it lacks, but takes it where it cannot.
func (c *cut) describe(graph []byte, p *Part) []byte {
	said := map[string]bool{}
	for _, v := range append(slices.Clone(p.Inputs), p.Outputs...) {
		said[v.Name] = true
	}
	for _, n := range c.graph.nodes { // in their order, so that equal parts are equal bytes
		for _, name := range n.out {
			if v, ok := c.graph.values[name]; ok && c.needed[name] && !said[name] {
				said[name] = true
				graph = appendBytes(graph, 13, v.raw)
			}
		}
	}
	return graph
}

// writeWeights writes the weights that are needed, by reference where they are large.
func (c *cut) writeWeights(graph []byte) (_ []byte, folder string, err error) {
	g := c.graph
	files := &places{graph: g, real: map[string]string{}}
	at := make([]string, len(g.weights)) // locations
	bodies := make([][]byte, len(g.weights))
	for i, w := range g.weights {
		switch {
		case !c.needed[w.name]:
			continue
		case g.large(w):
			err = files.find("")
		default:
			bodies[i], err = read(g.file, w.body[0], w.body[1])
			if err == nil && w.external {
				if at[i], err = location(bodies[i]); err == nil {
					err = files.find(at[i])
				}
			}
		}
		if err != nil {
			return nil, "", fmt.Errorf("weight %q: %w", w.name, err)
		}
	}
	folder = files.folder()
	for i, w := range g.weights {
		if !c.needed[w.name] {
			continue
		}
		body := bodies[i]
		if g.large(w) || w.external {
			name, err := files.relative(folder, at[i])
			if err != nil {
				return nil, "", err
			}
			if w.external {
				body, err = moved(body, name)
			} else {
				body, err = g.reference(w, name)
			}
			if err != nil {
				return nil, "", fmt.Errorf("weight %q: %w", w.name, err)
			}
		}
		graph = appendBytes(graph, 5, body)
	}
	return graph, folder, nil
}

// large says whether the values of w stay in the graph's file.
func (g *Graph) large(w weight) bool {
	return g.path != "" && !w.external && w.raw[1]-w.raw[0] >= smallWeight
}

// converted returns the float32 that stands for a tensor of another precision, and the
// node that makes it of that, or, for an input, that of it.
func converted(v Value, input bool) (to Value, node []byte, ok bool) {
	if !v.Elem.Float() || v.Elem == Float32 {
		return v, nil, false
	}
	to = Value{Name: v.Name + ".float32", Elem: Float32, Shape: v.Shape}
	to.raw = floatValue(to.Name, v)
	from, into, elem := v.Name, to.Name, Float32
	if input {
		from, into, elem = into, from, v.Elem
	}
	attribute := appendInt(appendInt(appendString(nil, 1, "to"), 3, uint64(elem)), 20, 2) // of type INT
	cast := appendString(appendString(nil, 1, from), 2, into)
	cast = appendBytes(appendString(cast, 4, "Cast"), 5, attribute)
	return to, appendBytes(nil, 1, cast), true
}
