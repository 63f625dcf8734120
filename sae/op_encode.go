package sae

import (
	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// encode adds the operator from centred rows to codes:
// σ(((x − b_dec)·W_enc + b_enc) ⊙ norms), with norms a constant, nil for ones. run computes
// it.
//
// Its gradients cost what fires. b_dec is an input for its gradient's sake only:
// its effect is in the rows already.
func (b *builder) encode(name string, norms *gorgonia.Node, run func(dst *Codes, x []float32, a kernels.Affine)) *gorgonia.Node {
	out := newCodes(b.rows, b.cfg.DSAE)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		run(out, floats(in[0]), kernels.Affine{
			DIn: b.cfg.DIn, DSAE: b.cfg.DSAE, W: floats(in[1]), B: floats(in[2]), Scale: floats(in[4]),
		})
		return out, nil
	}
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		x, wEnc, bDec, norms := in[0], in[1], in[3], in[4]
		gb := b.columnSums(grad, norms)
		g := gorgonia.Nodes{nil, b.latentRows(grad, x, norms, nil), gb, nil, nil}
		if bDec != nil {
			g[3] = b.minusVecMat(gb, wEnc)
		}
		return g
	}
	o := &op{
		name: name, shape: tensor.Shape{b.rows, b.cfg.DSAE}, out: matrix,
		wrt: []bool{false, true, true, true, false}, do: do, diff: diff,
	}
	return b.apply(o, b.centered, b.wEnc, b.bEnc, b.bDecIn, norms)
}

// latentRows is (c ⊙ scale ⊘ div)ᵀ·src, (d_sae, d_in): the gradient of a matrix
// whose rows belong to latents. scale and div (d_sae) may be nil.
func (b *builder) latentRows(c, src, scale, div *gorgonia.Node) *gorgonia.Node {
	t, out := dense(b.cfg.DSAE, b.cfg.DIn)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		kernels.RowGrad(out, &in[0].(*Codes).CSR, floats(in[1]), floats(in[2]), floats(in[3]))
		return t, nil
	}
	return b.apply(&op{name: "latentRows", shape: t.Shape(), out: matrix, do: do}, c, src, scale, div)
}

// columnSums is the sums of the codes' columns, ⊙ scale, which may be nil.
func (b *builder) columnSums(c, scale *gorgonia.Node) *gorgonia.Node {
	t, out := dense(b.cfg.DSAE)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		kernels.ColSum(out, &in[0].(*Codes).CSR, floats(in[1]))
		return t, nil
	}
	return b.apply(&op{name: "columnSums", shape: t.Shape(), out: vector, do: do}, c, scale)
}

// minusVecMat is −v·W (d_in), for v (d_sae) and W (d_sae, d_in).
func (b *builder) minusVecMat(v, w *gorgonia.Node) *gorgonia.Node {
	t, out := dense(b.cfg.DIn)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		kernels.VecMat(out, floats(in[0]), floats(in[1]), -1)
		return t, nil
	}
	return b.apply(&op{name: "minusVecMat", shape: t.Shape(), out: vector, do: do}, v, w)
}
