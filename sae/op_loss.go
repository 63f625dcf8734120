package sae

import (
	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// squaredError adds weight · mean over rows of Σ_d (a − target)²: a sum over d, as
// in sae-lens. Only a has a gradient. weight is a scalar node, nil for 1; where it
// is 0 nothing is computed.
func (b *builder) squaredError(a, target, weight *gorgonia.Node) *gorgonia.Node {
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		w := weightOf(in[2])
		if w == 0 {
			return gorgonia.NewF32(0), nil
		}
		e := kernels.SquaredError(floats(in[0]), floats(in[1])) / float64(b.rows)
		return gorgonia.NewF32(float32(e * float64(w))), nil
	}
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		return gorgonia.Nodes{b.squaredErrorGrad(in[0], in[1], in[2], grad), nil, nil}
	}
	o := &op{name: "squaredError", shape: tensor.ScalarShape(), out: scalar, wrt: []bool{true, false, false}, do: do, diff: diff}
	return b.apply(o, a, target, weight)
}

func (b *builder) squaredErrorGrad(a, target, weight, grad *gorgonia.Node) *gorgonia.Node {
	t, out := dense(b.rows, b.cfg.DIn)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		f := 2 * weightOf(in[2]) * number(in[3]) / float32(b.rows)
		kernels.Difference(out, floats(in[0]), floats(in[1]), f)
		return t, nil
	}
	return b.apply(&op{name: "squaredErrorGrad", shape: t.Shape(), out: matrix, do: do}, a, target, weight, grad)
}

func weightOf(v gorgonia.Value) float32 {
	if v == nil {
		return 1
	}
	return number(v)
}

// residual is a − c without a gradient: sae-lens detaches it.
func (b *builder) residual(a, c *gorgonia.Node) *gorgonia.Node {
	t, out := dense(b.rows, b.cfg.DIn)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		kernels.Difference(out, floats(in[0]), floats(in[1]), 1)
		return t, nil
	}
	return b.apply(&op{name: "residual", shape: t.Shape(), out: matrix, do: do}, a, c)
}

// center is x − b_dec, whose gradient [builder.encode] takes care of.
func (b *builder) center(x, bDec *gorgonia.Node) *gorgonia.Node {
	t, out := dense(b.rows, b.cfg.DIn)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		kernels.Center(out, floats(in[0]), floats(in[1]))
		return t, nil
	}
	return b.apply(&op{name: "center", shape: t.Shape(), out: matrix, do: do}, x, bDec)
}

// l1 is the sparsity loss coefficient · mean over rows of Σ_j f_j·norms_j. It has
// no gradient of its own: codes cannot sum the gradients of two users, so
// [builder.penalize] carries it.
func (b *builder) l1(codes, norms, coefficient *gorgonia.Node) *gorgonia.Node {
	sums := make([]float32, b.cfg.DSAE)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		kernels.ColSum(sums, &in[0].(*Codes).CSR, floats(in[1]))
		var total float64
		for _, s := range sums {
			total += float64(s)
		}
		return gorgonia.NewF32(number(in[2]) * float32(total/float64(b.rows))), nil
	}
	return b.apply(&op{name: "l1", shape: tensor.ScalarShape(), out: scalar, do: do}, codes, norms, coefficient)
}

// penalize hands codes on unchanged and adds the gradient of [builder.l1] to what
// comes back.
func (b *builder) penalize(codes, norms, coefficient *gorgonia.Node) *gorgonia.Node {
	do := func(in []gorgonia.Value) (gorgonia.Value, error) { return in[0], nil }
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		return gorgonia.Nodes{b.penalty(grad, in[1], in[2]), b.penaltyNorms(in[0], in[2]), nil}
	}
	o := &op{
		name: "penalize", shape: tensor.Shape{b.rows, b.cfg.DSAE}, out: matrix,
		wrt: []bool{true, true, false}, do: do, diff: diff,
	}
	return b.apply(o, codes, norms, coefficient)
}

// penalty is grad + coefficient·norms/rows at each code.
func (b *builder) penalty(grad, norms, coefficient *gorgonia.Node) *gorgonia.Node {
	out := &Codes{}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		g := in[0].(*Codes)
		kernels.AddPerLatent(&out.CSR, &g.CSR, floats(in[1]), number(in[2])/float32(b.rows))
		return out, nil
	}
	o := &op{name: "penalty", shape: tensor.Shape{b.rows, b.cfg.DSAE}, out: matrix, do: do}
	return b.apply(o, grad, norms, coefficient)
}

// penaltyNorms is the gradient of [builder.l1] at the norms.
func (b *builder) penaltyNorms(codes, coefficient *gorgonia.Node) *gorgonia.Node {
	t, out := dense(b.cfg.DSAE)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		kernels.ColSum(out, &in[0].(*Codes).CSR, nil)
		kernels.Scale(out, out, number(in[1])/float32(b.rows))
		return t, nil
	}
	return b.apply(&op{name: "penaltyNorms", shape: t.Shape(), out: vector, do: do}, codes, coefficient)
}
