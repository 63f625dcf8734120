package sae

import (
	"fmt"

	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// levels decodes codes by nested dictionaries and measures each of them at once. The
// gradient of the sum of the errors comes of the same pass, up to the codes.
type levels struct {
	b      *Builder
	widths []int
	sums   *tensor.Dense // see kernels.Levels
	gCodes Codes
}

// reconstructLevels adds, for the latents below each of widths, (codes ⊘ norms)·W_dec +
// b_dec; errs are their mean squared errors, a vector, which the loss is to count with
// weight 1 each. output has no gradient: it is the last reconstruction, or with all the
// parts of each, (levels·rows, out). norms, a constant, may be nil.
func (b *Builder) reconstructLevels(codes, norms *gorgonia.Node, widths []int, all bool) (output, errs *gorgonia.Node) {
	parts := 1
	if all {
		parts = len(widths)
	}
	t, out := b.tensor(parts*b.rows, b.cfg.Out())
	sums, memory := b.tensor(len(widths)*b.rows, b.cfg.Out())
	e, values := numbers(len(widths))
	totals := make([]float64, len(widths))
	p := &levels{b: b, widths: widths, sums: sums}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		b.k.DecodeLevels(kernels.Levels{
			Widths: widths, Out: out, Target: floats(in[4]), Sums: memory, F: 2 / float32(b.rows),
			W: floats(in[1]), B: floats(in[2]), Div: floats(in[3]), Stats: b.undone(),
		}, &p.gCodes.CSR, &in[0].(*Codes).CSR, totals)
		for i, total := range totals {
			values[i] = float32(total / float64(b.rows))
		}
		return e, nil
	}
	o := &op{name: "reconstructLevels", shape: e.Shape(), out: vector, wrt: []bool{true, true, true, false, false}, do: do, diff: p.diff}
	errs = b.apply(o, codes, b.wDec, b.bDec, norms, b.target)
	b.onHost[errs] = true
	last := &op{name: "levels", shape: t.Shape(), out: matrix, do: func([]gorgonia.Value) (gorgonia.Value, error) { return t, nil }}
	return b.apply(last, errs), errs
}

func (p *levels) diff(in gorgonia.Nodes, errs, grad *gorgonia.Node) gorgonia.Nodes {
	b, codes, wDec, bDec, norms := p.b, in[0], in[1], in[2], in[3]
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		for i, g := range floats(in[1]) {
			if g != 1 {
				return nil, fmt.Errorf("the error of level %d counts %g times in the loss, want once", i, g)
			}
		}
		return p.sums, nil
	}
	sums := b.apply(&op{name: "levelsGrad", shape: p.sums.Shape(), out: matrix, do: do}, errs, grad)
	gCodes := &op{name: "codeGradOfLevels", shape: tensor.Shape(codes.Shape().Clone()), out: matrix, do: func([]gorgonia.Value) (gorgonia.Value, error) {
		return &p.gCodes, nil
	}}
	gWDec := b.dense("latentRowsOfLevels", wDec.Shape(), func(out []float32, in []gorgonia.Value) {
		b.k.RowGradLevels(out, &in[0].(*Codes).CSR, floats(in[1]), floats(in[2]), p.widths)
	}, codes, sums, norms)
	t, out := b.tensor(bDec.Shape()...)
	gBDec := &op{name: "rowSumOfLevels", shape: t.Shape(), out: vector, do: func(in []gorgonia.Value) (gorgonia.Value, error) {
		b.k.ColumnSums(out, floats(in[0])[:b.rows*len(out)], 1)
		return t, nil
	}}
	return gorgonia.Nodes{b.apply(gCodes, sums), gWDec, b.apply(gBDec, sums), nil, nil}
}
