package sae

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// squaredError adds weight · mean over rows of Σ_d (a − target)²: a sum over d, as
// in sae-lens. Only a has a gradient. weight may be nil for 1; where it is 0
// nothing is computed.
func (b *Builder) squaredError(a, target *gorgonia.Node, weight func() float64) *gorgonia.Node {
	if weight == nil {
		weight = func() float64 { return 1 }
	}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		w := weight()
		if w == 0 {
			return gorgonia.NewF32(0), nil
		}
		e := b.k.SquaredError(floats(in[0]), floats(in[1])) / float64(b.rows)
		return gorgonia.NewF32(float32(e * w)), nil
	}
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		zero := true // as it is allocated
		g := b.dense("squaredErrorGrad", a.Shape(), func(out []float32, in []gorgonia.Value) {
			f := 2 * float32(weight()) * number(in[2]) / float32(b.rows)
			if f != 0 || !zero {
				b.k.Difference(out, floats(in[0]), floats(in[1]), f)
			}
			zero = f == 0
		}, in[0], in[1], grad)
		return gorgonia.Nodes{g, nil}
	}
	o := &op{name: "squaredError", shape: tensor.ScalarShape(), out: scalar, wrt: []bool{true, false}, do: do, diff: diff}
	return b.apply(o, a, target)
}

// squaredErrors adds, for each part of a (parts·rows, out), mean over rows of
// Σ_d (part − target)². The result is a vector of parts: one operator, since several
// would each have a gradient of a's size to be added up.
func (b *Builder) squaredErrors(a, target *gorgonia.Node) *gorgonia.Node {
	n := b.rows * b.cfg.Out()
	parts := a.Shape()[0] / b.rows
	t, out := numbers(parts)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		a, target := floats(in[0]), floats(in[1])
		for i := range out {
			out[i] = float32(b.k.SquaredError(a[i*n:][:n], target) / float64(b.rows))
		}
		return t, nil
	}
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		g := b.dense("squaredErrorsGrad", a.Shape(), func(out []float32, in []gorgonia.Value) {
			a, target, grads := floats(in[0]), floats(in[1]), floats(in[2])
			for i, g := range grads {
				b.k.Difference(out[i*n:][:n], a[i*n:][:n], target, 2*g/float32(b.rows))
			}
		}, in[0], in[1], grad)
		return gorgonia.Nodes{g, nil}
	}
	o := &op{name: "squaredErrors", shape: t.Shape(), out: vector, wrt: []bool{true, false}, do: do, diff: diff}
	errs := b.apply(o, a, target)
	b.onHost[errs] = true
	return errs
}

// pick is the value i of a vector.
func (b *Builder) pick(v *gorgonia.Node, i int) *gorgonia.Node {
	do := func(in []gorgonia.Value) (gorgonia.Value, error) { return gorgonia.NewF32(floats(in[0])[i]), nil }
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		t, out := numbers(v.Shape()[0])
		do := func(in []gorgonia.Value) (gorgonia.Value, error) {
			clear(out) // gorgonia adds gradients up in place
			out[i] = number(in[0])
			return t, nil
		}
		return gorgonia.Nodes{b.apply(&op{name: "pickGrad", shape: t.Shape(), out: vector, do: do}, grad)}
	}
	o := &op{name: "pick", shape: tensor.ScalarShape(), out: scalar, wrt: []bool{true}, do: do, diff: diff}
	return b.apply(o, v)
}

// residual is target − part of a (parts·rows, out), without a gradient: sae-lens
// detaches it.
func (b *Builder) residual(a *gorgonia.Node, part int) *gorgonia.Node {
	n := b.rows * b.cfg.Out()
	return b.dense("residual", b.target.Shape(), func(out []float32, in []gorgonia.Value) {
		if len(b.dead.latents) == 0 {
			return // nobody looks: the loss counts in proportion to them
		}
		b.k.Difference(out, floats(in[1]), floats(in[0])[part*n:][:n], 1)
	}, a, b.target)
}
