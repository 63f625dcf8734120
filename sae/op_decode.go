package sae

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// decode adds (codes ⊘ norms)·W_dec + b_dec; norms, a constant, and bDec may be nil.
// The codes may have several parts of rows each; the result has them, too.
func (b *Builder) decode(codes, bDec, norms *gorgonia.Node) *gorgonia.Node {
	t, out := b.tensor(codes.Shape()[0], b.cfg.Out())
	zero := true // as it is allocated
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		empty := in[2] == nil && len(in[0].(*Codes).Val) == 0 // no latent is dead
		if empty && zero {
			return t, nil
		}
		zero = empty
		b.k.Decode(out, &in[0].(*Codes).CSR, floats(in[1]), floats(in[2]), floats(in[3]))
		return t, nil
	}
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		codes, wDec, bDec, norms := in[0], in[1], in[2], in[3]
		g := gorgonia.Nodes{b.codeGrad(codes, wDec, grad, norms), b.latentRows(wDec, codes, grad, nil, norms), nil, nil}
		if bDec != nil {
			g[2] = b.rowSum(grad)
		}
		return g
	}
	o := &op{name: "decode", shape: t.Shape(), out: matrix, wrt: []bool{true, true, true, false}, do: do, diff: diff}
	return b.apply(o, codes, b.wDec, bDec, norms)
}

// codeGrad is the gradient of decode at the codes, in their pattern.
func (b *Builder) codeGrad(codes, wDec, gOut, norms *gorgonia.Node) *gorgonia.Node {
	out := &Codes{}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		b.k.CodeGrad(&out.CSR, &in[0].(*Codes).CSR, floats(in[1]), floats(in[2]), floats(in[3]))
		return out, nil
	}
	o := &op{name: "codeGrad", shape: tensor.Shape(codes.Shape().Clone()), out: matrix, do: do}
	return b.apply(o, codes, wDec, gOut, norms)
}

// rowSum is the sum of the rows of x (rows, width).
func (b *Builder) rowSum(x *gorgonia.Node) *gorgonia.Node {
	t, out := b.tensor(x.Shape()[1])
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		b.k.ColumnSums(out, floats(in[0]), 1)
		return t, nil
	}
	return b.apply(&op{name: "rowSum", shape: t.Shape(), out: vector, do: do}, x)
}

// DecoderNorms adds the Euclidean norms of W_dec's rows (d_sae), with a gradient at
// W_dec or as constants.
func (b *Builder) DecoderNorms(gradient bool) *gorgonia.Node {
	t, out := b.tensor(b.cfg.DSAE)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		b.k.RowNorms(out, floats(in[0]))
		return t, nil
	}
	wDec := b.wDec
	if gradient {
		wDec = b.twin(wDec)
	}
	diff := func(in gorgonia.Nodes, out, grad *gorgonia.Node) gorgonia.Nodes {
		return gorgonia.Nodes{b.later("decoderNormsGrad", wDec.Shape(), func(g []float32, in []gorgonia.Value) {
			b.k.AddRowNormsGrad(g, floats(in[0]), floats(in[1]), floats(in[2]))
		}, in[0], out, grad)}
	}
	return b.apply(&op{name: "decoderNorms", shape: t.Shape(), out: vector, wrt: []bool{gradient}, do: do, diff: diff}, wDec)
}
