package onnx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// Graph is an ONNX graph, without its weights. Several goroutines may use it at once.
type Graph struct {
	name string // for errors: its path, or what the caller calls it
	path string // "" for one in memory
	file io.ReaderAt

	head    []byte // fields of the ModelProto beside the graph
	tail    []byte // fields of the GraphProto that are none of the following
	nodes   []node
	weights []weight
	inputs  []Value // in the graph's order, as outputs are
	outputs []Value

	values  map[string]Value // of tensors that the graph describes, by name
	made    map[string]int   // node that makes a tensor
	wrapper func() string
	modules func() []module
}

// Open reads the graph in a file. The file must stay as it is until Close, and as long
// as a session made of a [Part] lives.
func Open(path string) (*Graph, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	f, err := os.Open(real)
	if err != nil {
		return nil, fmt.Errorf("onnx: %w", err)
	}
	g := &Graph{name: path, path: path, file: f}
	info, err := f.Stat()
	if err == nil {
		err = g.read(info.Size())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("onnx: %s: %w", path, err), f.Close())
	}
	return g, nil
}

// Read reads a graph from memory, which must stay as it is; name stands for it in
// errors. Its weights must be in it.
func Read(name string, data []byte) (*Graph, error) {
	g := &Graph{name: name, file: bytes.NewReader(data)}
	if err := g.read(int64(len(data))); err != nil {
		return nil, fmt.Errorf("onnx: %s: %w", name, err)
	}
	return g, nil
}

// Close closes the file.
func (g *Graph) Close() error {
	if c, ok := g.file.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

// Inputs returns what the graph is fed, in its order.
func (g *Graph) Inputs() []Value { return g.inputs }

// Outputs returns what the graph returns, in its order.
func (g *Graph) Outputs() []Value { return g.outputs }

// Value returns what the graph says of a tensor; false where there is none of that name.
func (g *Graph) Value(tensor string) (Value, bool) {
	v, ok := g.values[tensor]
	if !ok {
		v.Name = tensor
		_, ok = g.made[tensor]
	}
	return v, ok
}

func (g *Graph) read(size int64) error {
	g.values, g.made = map[string]Value{}, map[string]int{}
	found := false
	err := eachSpan(g.file, 0, size, func(s span) error {
		switch {
		case s.num == 7 && s.bytes:
			found = true
			return eachSpan(g.file, s.body, s.to, g.readField)
		case s.num == 20: // how the network was trained
			return nil
		}
		return g.keep(&g.head, s)
	})
	if err != nil {
		return err
	}
	if !found || len(g.nodes) == 0 {
		return errors.New("is no ONNX graph: it has no nodes")
	}
	g.inputs = withoutWeights(g.inputs, g.weights)
	g.wrapper = sync.OnceValue(g.findWrapper)
	g.modules = sync.OnceValue(g.findModules)
	return nil
}

// keep appends a field of the file as it is.
func (g *Graph) keep(to *[]byte, s span) error {
	raw, err := read(g.file, s.from, s.to)
	*to = append(*to, raw...)
	return err
}

// readField reads a field of the GraphProto.
func (g *Graph) readField(s span) error {
	switch s.num {
	case 1:
		return g.readNode(s)
	case 5:
		w, err := readWeight(g.file, s)
		g.weights = append(g.weights, w)
		return err
	case 11, 12, 13:
		return g.readValue(s)
	case 14: // ranges of tensors, which a part may lack
		return nil
	case 15:
		return errors.New("has sparse weights, which are not read: export them dense")
	}
	return g.keep(&g.tail, s)
}

func (g *Graph) readNode(s span) error {
	message, err := read(g.file, s.body, s.to)
	if err != nil {
		return err
	}
	n, err := readNode(message)
	if err != nil {
		return fmt.Errorf("node %d: %w", len(g.nodes), err)
	}
	for _, name := range n.out {
		if name != "" { // an output that is left out
			g.made[name] = len(g.nodes)
		}
	}
	g.nodes = append(g.nodes, n)
	return nil
}

func (g *Graph) readValue(s span) error {
	message, err := read(g.file, s.body, s.to)
	if err != nil {
		return err
	}
	v, err := readValue(message)
	if err != nil {
		return fmt.Errorf("description of a tensor: %w", err)
	}
	switch s.num {
	case 11:
		g.inputs = append(g.inputs, v)
	case 12:
		g.outputs = append(g.outputs, v)
	}
	if old, ok := g.values[v.Name]; !ok || old.Shape == nil {
		g.values[v.Name] = v
	}
	return nil
}

// withoutWeights drops the inputs that have a weight of their name, its default: graphs
// before IR version 4 list all of them.
func withoutWeights(inputs []Value, weights []weight) []Value {
	if len(inputs) == 0 {
		return nil
	}
	isWeight := make(map[string]bool, len(weights))
	for _, w := range weights {
		isWeight[w.name] = true
	}
	kept := inputs[:0]
	for _, v := range inputs {
		if !isWeight[v.Name] {
			kept = append(kept, v)
		}
	}
	return kept
}
