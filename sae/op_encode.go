package sae

import (
	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Encoding says how rows become codes.
type Encoding struct {
	Activation Activation // selects the latents of each row
	// Slope is the derivative of an active latent's value by its pre-activation, from
	// that value; nil for 1.
	Slope func(value float32) float32
	// Norms (d_sae) multiply the pre-activations. They are constants; nil for ones.
	Norms *gorgonia.Node

	run  func(dst *Codes, x []float32, a kernels.Affine) // in place of Activation
	bias *gorgonia.Node                                  // in place of b_enc; nil for that
	rows *gorgonia.Node                                  // in place of the builder's; nil for those
}

// Encode adds the operator from rows to codes (rows, d_sae):
// σ(((x − b_dec)·W_enc + b_enc) ⊙ norms).
//
// Its gradients cost what fires.
func (b *Builder) Encode(e Encoding) *gorgonia.Node {
	out := newCodes(b.k, b.rows, b.cfg.DSAE)
	run := e.run
	if run == nil {
		enc := kernels.Encoder{Activation: e.Activation}
		run = func(dst *Codes, x []float32, a kernels.Affine) { b.k.Encode(&enc, &dst.CSR, x, a) }
	}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		run(out, floats(in[0]), kernels.Affine{
			DIn: b.cfg.DIn, DSAE: b.cfg.DSAE, W: floats(in[1]), B: floats(in[2]), Scale: floats(in[4]),
			BF16: b.bf16,
		})
		return out, nil
	}
	diff := func(in gorgonia.Nodes, codes, grad *gorgonia.Node) gorgonia.Nodes {
		x, wEnc, bEnc, bDec, norms := in[0], in[1], in[2], in[3], in[4]
		if e.Slope != nil {
			grad = b.slope(grad, codes, e.Slope)
		}
		g := gorgonia.Nodes{nil, b.latentRows(wEnc, grad, x, norms, nil), nil, nil, nil}
		if bEnc == nil && bDec == nil {
			return g
		}
		sums := b.columnSums(grad, norms)
		if bEnc != nil {
			g[2] = sums
		}
		if bDec != nil { // an input for this gradient's sake only: its effect is in the rows already
			g[3] = b.minusVecMat(sums, wEnc)
		}
		return g
	}
	o := &op{
		name: "encode", shape: tensor.Shape{b.rows, b.cfg.DSAE}, out: matrix,
		wrt: []bool{false, true, true, true, false}, do: do, diff: diff,
	}
	bias := e.bias
	if bias == nil {
		bias = b.bEnc
	}
	rows := e.rows
	if rows == nil {
		rows = b.encoded
	}
	return b.apply(o, rows, b.wEnc, bias, b.bDecIn, e.Norms)
}

// slope is grad times f of each code.
func (b *Builder) slope(grad, codes *gorgonia.Node, f func(float32) float32) *gorgonia.Node {
	return b.onEntriesOnHost("slope", func(g *Codes, in []gorgonia.Value) {
		grad, val := in[0].(*Codes), in[1].(*Codes).Val
		kernels.Map(&g.CSR, &grad.CSR, func(q int, _ int32, v float32) float32 { return v * f(val[q]) })
	}, grad, codes)
}

// onEntries adds an operator without a gradient whose result has the pattern of its
// first input.
func (b *Builder) onEntries(name string, f func(out *Codes, in []gorgonia.Value), inputs ...*gorgonia.Node) *gorgonia.Node {
	return b.entriesOp(name, false, f, inputs)
}

// onEntriesOnHost is onEntries for an f that runs on the host.
func (b *Builder) onEntriesOnHost(name string, f func(out *Codes, in []gorgonia.Value), inputs ...*gorgonia.Node) *gorgonia.Node {
	return b.entriesOp(name, true, f, inputs)
}

func (b *Builder) entriesOp(name string, host bool, f func(out *Codes, in []gorgonia.Value), inputs gorgonia.Nodes) *gorgonia.Node {
	out := &Codes{}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		f(out, in)
		return out, nil
	}
	return b.apply(&op{name: name, shape: tensor.Shape{b.rows, b.cfg.DSAE}, out: matrix, do: do, host: host}, inputs...)
}

// perLatent adds an operator without a gradient whose result is (d_sae).
func (b *Builder) perLatent(name string, f func(out []float32, in []gorgonia.Value), inputs ...*gorgonia.Node) *gorgonia.Node {
	t, out := b.tensor(b.cfg.DSAE)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		f(out, in)
		return t, nil
	}
	return b.apply(&op{name: name, shape: t.Shape(), out: vector, do: do}, inputs...)
}

// latentRows is (c ⊙ scale ⊘ div)ᵀ·src, (d_sae, width of src): the gradient of w, a
// matrix whose rows belong to latents. scale and div (d_sae) may be nil.
func (b *Builder) latentRows(w, c, src, scale, div *gorgonia.Node) *gorgonia.Node {
	if b.isTwin(w) {
		return b.latentRowsLater(w, c, src, scale, div)
	}
	t, out := b.tensor(b.cfg.DSAE, src.Shape()[1])
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		b.k.RowGrad(out, &in[0].(*Codes).CSR, floats(in[1]), floats(in[2]), floats(in[3]))
		return t, nil
	}
	return b.apply(&op{name: "latentRows", shape: t.Shape(), out: matrix, do: do}, c, src, scale, div)
}

// columnSums is the sums of the codes' columns, ⊙ scale, which may be nil.
func (b *Builder) columnSums(c, scale *gorgonia.Node) *gorgonia.Node {
	return b.perLatent("columnSums", func(out []float32, in []gorgonia.Value) {
		b.k.ColSum(out, &in[0].(*Codes).CSR, floats(in[1]))
	}, c, scale)
}

// minusVecMat is −v·W (d_in), for v (d_sae) and W (d_sae, d_in).
func (b *Builder) minusVecMat(v, w *gorgonia.Node) *gorgonia.Node {
	t, out := b.tensor(b.cfg.DIn)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		b.k.VecMat(out, floats(in[0]), floats(in[1]), -1)
		return t, nil
	}
	return b.apply(&op{name: "minusVecMat", shape: t.Shape(), out: vector, do: do}, v, w)
}
