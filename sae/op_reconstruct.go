package sae

import (
	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// reconstruction decodes codes and measures the result at once, in the memory of three
// nodes: the output, its error, and the error's gradient. Where nothing else uses the
// output, that gradient's way to the codes is known, too.
type reconstruction struct {
	b        *Builder
	residual *tensor.Dense // the gradient of the error at the output
	gCodes   Codes
	err      float64 // Σ (out − target)²
	scaled   bool    // residual was multiplied by a gradient that is not 1
}

// reconstruct adds (codes ⊘ norms)·W_dec + b_dec, and its mean squared error as a second
// node; norms, a constant, may be nil.
func (b *Builder) reconstruct(codes, norms *gorgonia.Node) (output, mse *gorgonia.Node) {
	t, out := b.tensor(b.rows, b.cfg.Out())
	residual, r := b.tensor(b.rows, b.cfg.Out())
	p := &reconstruction{b: b, residual: residual}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		p.err = b.k.Reconstruct(kernels.Reconstruction{
			Out: out, Target: floats(in[4]), Residual: r, F: 2 / float32(b.rows),
			W: floats(in[1]), B: floats(in[2]), Div: floats(in[3]),
		}, &p.gCodes.CSR, &in[0].(*Codes).CSR)
		return t, nil
	}
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		codes, wDec, norms := in[0], in[1], in[3]
		return gorgonia.Nodes{p.codeGrad(codes, wDec, grad, norms), b.latentRows(wDec, codes, grad, nil, norms), b.rowSum(grad), nil, nil}
	}
	o := &op{name: "reconstruct", shape: t.Shape(), out: matrix, wrt: []bool{true, true, true, false, false}, do: do, diff: diff}
	output = b.apply(o, codes, b.wDec, b.bDec, norms, b.target)
	return output, p.mse(output)
}

// mse is mean over rows of Σ_d (out − target)², a sum over d, as in sae-lens.
func (p *reconstruction) mse(output *gorgonia.Node) *gorgonia.Node {
	do := func([]gorgonia.Value) (gorgonia.Value, error) {
		return gorgonia.NewF32(float32(p.err / float64(p.b.rows))), nil
	}
	diff := func(_ gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		do := func(in []gorgonia.Value) (gorgonia.Value, error) {
			if p.scaled = number(in[1]) != 1; p.scaled {
				r := floats(p.residual)
				p.b.k.Scale(r, r, number(in[1]))
			}
			return p.residual, nil
		}
		o := &op{name: "mseGrad", shape: output.Shape(), out: matrix, do: do}
		return gorgonia.Nodes{p.b.apply(o, output, grad)}
	}
	o := &op{name: "mse", shape: tensor.ScalarShape(), out: scalar, wrt: []bool{true}, do: do, diff: diff}
	return p.b.apply(o, output)
}

// codeGrad is [Builder.codeGrad], whose result is there if the gradient at the output is
// the error's alone.
func (p *reconstruction) codeGrad(codes, wDec, gOut, norms *gorgonia.Node) *gorgonia.Node {
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		if in[2] != gorgonia.Value(p.residual) || p.scaled {
			p.b.k.CodeGrad(&p.gCodes.CSR, &in[0].(*Codes).CSR, floats(in[1]), floats(in[2]), floats(in[3]))
		}
		return &p.gCodes, nil
	}
	o := &op{name: "codeGrad", shape: tensor.Shape(codes.Shape().Clone()), out: matrix, do: do}
	return p.b.apply(o, codes, wDec, gOut, norms)
}
