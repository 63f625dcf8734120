package sae

import (
	"fmt"
	"hash"
	"hash/fnv"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// op is a gorgonia operator made of functions. Each op belongs to one place of one
// graph and keeps the memory of its result from run to run: gorgonia's tape machine
// would allocate a dense tensor for each result at each run, (rows, d_sae) for
// codes too.
type op struct {
	name  string // unique in its graph
	shape tensor.Shape
	out   hm.Type
	wrt   []bool // which inputs have gradients; nil = none
	do    func(in []gorgonia.Value) (gorgonia.Value, error)
	// diff returns the gradients of the inputs; nil where wrt is false.
	diff func(in gorgonia.Nodes, out, grad *gorgonia.Node) gorgonia.Nodes

	host bool // do reads or writes numbers itself: what the engine is at is waited for

	k       Engine
	args    []gorgonia.Value // of the last Do, over the places of present
	in      []hm.Type
	present []bool // inputs may be absent: do and diff see nil there
}

var (
	_ gorgonia.SDOp = (*op)(nil)

	matrix = gorgonia.TensorType{Dims: 2, Of: tensor.Float32}
	vector = gorgonia.TensorType{Dims: 1, Of: tensor.Float32}
	scalar = tensor.Float32
)

// apply adds o to b's graph, with inputs that may be nil.
func (b *Builder) apply(o *op, inputs ...*gorgonia.Node) *gorgonia.Node {
	b.ops++
	o.name, o.k = fmt.Sprintf("%s#%d", o.name, b.ops), b.k
	var nodes gorgonia.Nodes
	for i, n := range inputs {
		if o.wrt != nil && o.wrt[i] {
			n = b.user(n)
		}
		o.present = append(o.present, n != nil)
		if n != nil {
			nodes = append(nodes, n)
			o.in = append(o.in, n.Type())
		}
	}
	node, err := gorgonia.ApplyOp(o, nodes...)
	if err != nil && b.err == nil {
		b.err = fmt.Errorf("operator %s: %w", o.name, err)
	}
	return node
}

func (o *op) Arity() int { return len(o.in) }

func (o *op) Type() hm.Type { return hm.NewFnType(append(o.in[:len(o.in):len(o.in)], o.out)...) }

func (o *op) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) { return o.shape, nil }

func (o *op) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	o.args = expand(o.args, o.present, values)
	if o.host {
		if err := o.k.Wait(); err != nil {
			return nil, err
		}
	}
	return o.do(o.args)
}

func (o *op) DiffWRT(int) []bool {
	wrt := make([]bool, 0, len(o.in))
	for i, ok := range o.present {
		if ok {
			wrt = append(wrt, o.wrt != nil && o.wrt[i])
		}
	}
	return wrt
}

func (o *op) SymDiff(in gorgonia.Nodes, out, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	var grads gorgonia.Nodes
	for i, g := range o.diff(expand(nil, o.present, in), out, grad) {
		if o.present[i] {
			grads = append(grads, g)
		}
	}
	return grads, nil
}

// expand lays values out over the places that are present, in all's memory.
func expand[T any](all []T, present []bool, values []T) []T {
	if all == nil {
		all = make([]T, len(present))
	}
	for i, ok := range present {
		if ok {
			all[i], values = values[0], values[1:]
		}
	}
	return all
}

// ReturnsPtr and CallsExtern are false so that the tape machine leaves memory to
// the op.
func (o *op) ReturnsPtr() bool { return false }

func (o *op) CallsExtern() bool { return false }

func (o *op) OverwritesInput() int { return -1 }

func (o *op) WriteHash(h hash.Hash) { _, _ = h.Write([]byte(o.name)) }

func (o *op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

func (o *op) String() string { return o.name }

// tensor returns one of zeros, with its memory, the engine's.
func (b *Builder) tensor(shape ...int) (*tensor.Dense, []float32) {
	data := b.k.Floats(nil, tensor.Shape(shape).TotalSize())
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data)), data
}

// numbers returns a vector of zeros, with its memory, the host's.
func numbers(n int) (*tensor.Dense, []float32) {
	data := make([]float32, n)
	return tensor.New(tensor.WithShape(n), tensor.WithBacking(data)), data
}

// floats returns the memory of a dense value, nil for an absent one.
func floats(v gorgonia.Value) []float32 {
	if v == nil {
		return nil
	}
	return v.(*tensor.Dense).Float32s() // Data would allocate
}

func number(v gorgonia.Value) float32 { return v.Data().(float32) }
