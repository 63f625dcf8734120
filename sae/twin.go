package sae

import (
	"fmt"

	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A parameter's gradient is as large as the parameter, and gorgonia adds up those of
// its users in memory of that size, though most of them touch few rows: dead latents
// use their own, norms scale each. A user beside the main one therefore takes a twin, a
// leaf with the same memory, whose gradient is not computed but remembered, where it is
// large; the graph adds it to the main one at the end of a run.

// twin is a second leaf of a parameter.
type twin struct {
	node  *gorgonia.Node
	param int
}

// twin returns one of a parameter's node, for one use.
func (b *Builder) twin(param *gorgonia.Node) *gorgonia.Node {
	for i, p := range b.params {
		if p == param {
			name := fmt.Sprintf("%s twin %d", p.Name(), len(b.twins)+1)
			n := b.input(name, floats(p.Value()), p.Shape()...)
			b.twins = append(b.twins, twin{n, i})
			return n
		}
	}
	return param // an input of the caller's: gorgonia's sum will do
}

// user returns what the next user of a node with a gradient takes: a parameter once, and
// then its twins. Others stay; on a device they must have one user, since gorgonia adds on
// the host, and waits for nothing.
func (b *Builder) user(n *gorgonia.Node) *gorgonia.Node {
	again := b.used[n]
	b.used[n] = true
	if !again || n == nil || b.onHost[n] {
		return n
	}
	if t := b.twin(n); t != n {
		return t
	}
	if b.k != kernels.CPU() && b.err == nil {
		b.err = fmt.Errorf("%s has two users with gradients: on a device, make it once for each", n.Name())
	}
	return n
}

func (b *Builder) isTwin(n *gorgonia.Node) bool {
	for _, t := range b.twins {
		if t.node == n {
			return true
		}
	}
	return false
}

// pending is the gradient of a twin, still to be added to something. It is a
// gorgonia.Value of the parameter's shape.
type pending struct {
	shape tensor.Shape
	add   func(g []float32)
}

// addTo adds the gradient to g.
func (p *pending) addTo(g []float32) { p.add(g) }

// The methods of gorgonia.Value.

func (p *pending) Shape() tensor.Shape { return p.shape }

func (p *pending) Size() int { return p.shape.TotalSize() }

func (p *pending) Data() any { return nil }

func (p *pending) Dtype() tensor.Dtype { return tensor.Float32 }

func (p *pending) Uintptr() uintptr { return 0 }

func (p *pending) MemSize() uintptr { return 0 }

func (p *pending) Format(s fmt.State, _ rune) { _, _ = fmt.Fprintf(s, "gradient %v, pending", p.shape) }

// later adds an operator whose result is add of its inputs' values, when the run ends.
func (b *Builder) later(name string, shape tensor.Shape, add func(g []float32, in []gorgonia.Value), inputs ...*gorgonia.Node) *gorgonia.Node {
	var now []gorgonia.Value
	out := &pending{shape: shape, add: func(g []float32) { add(g, now) }}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		now = in
		return out, nil
	}
	return b.apply(&op{name: name, shape: shape, out: matrix, do: do}, inputs...)
}

// latentRowsLater is latentRows for a twin.
func (b *Builder) latentRowsLater(w, c, src, scale, div *gorgonia.Node) *gorgonia.Node {
	return b.later("latentRows", w.Shape(), func(g []float32, in []gorgonia.Value) {
		b.k.AddRowGrad(g, &in[0].(*Codes).CSR, floats(in[1]), floats(in[2]), floats(in[3]))
	}, c, src, scale, div)
}

// settle adds what is pending to the gradients of the parameters.
func (g *Graph) settle() {
	for i, t := range g.b.twins {
		sum := floats(g.grads[t.param].Value())
		if p, ok := g.pending[i].Value().(*pending); ok {
			p.addTo(sum)
			continue
		}
		g.b.k.Add(sum, floats(g.pending[i].Value()))
	}
}
