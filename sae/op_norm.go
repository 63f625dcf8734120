package sae

import (
	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
)

// rowStats is what the rows of the batch at hand were normalised by.
type rowStats struct{ kernels.RowStats }

// rowNorms are the normalisations that an SAE does itself.
var rowNorms = map[string]func(k Engine, out, x []float32, d int, s kernels.RowStats) kernels.RowStats{
	NormalizeLayerNorm:    Engine.LayerNorm,
	NormalizeConstantNorm: Engine.ConstantNorm,
}

// normalize adds the normalisation of the input's rows, if there is one. The rows are
// data: nothing flows back.
func (b *Builder) normalize(x *gorgonia.Node) *gorgonia.Node {
	norm := rowNorms[b.cfg.NormalizeActivations]
	if norm == nil {
		return x
	}
	b.stats = &rowStats{}
	return b.dense("normalize", x.Shape(), func(out []float32, in []gorgonia.Value) {
		b.stats.RowStats = norm(b.k, out, floats(in[0]), b.cfg.DIn, b.stats.RowStats)
	}, x)
}

// denormalize undoes normalize in a reconstruction, if there is something to undo.
// That of a transcoder is of other rows and stays, as in sae-lens. For the
// reconstruction of a residual the mean is left out.
func (b *Builder) denormalize(out *gorgonia.Node, mean bool) *gorgonia.Node {
	if b.undone() == nil {
		return out
	}
	d := b.cfg.Out()
	t, result := b.tensor(out.Shape()...)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		if x := floats(in[0]); mean {
			b.k.Undo(b.stats.RowStats, result, x, d)
		} else {
			b.k.Rescale(b.stats.RowStats, result, x, d)
		}
		return t, nil
	}
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		return gorgonia.Nodes{b.dense("denormalizeGrad", grad.Shape(), func(g []float32, in []gorgonia.Value) {
			b.k.Rescale(b.stats.RowStats, g, floats(in[0]), d)
		}, grad)}
	}
	return b.apply(&op{name: "denormalize", shape: t.Shape(), out: matrix, wrt: []bool{true}, do: do, diff: diff}, out)
}

// undone returns what a reconstruction is normalised by, nil where nothing is undone.
func (b *Builder) undone() *kernels.RowStats {
	if b.stats == nil || b.m.Transcodes() {
		return nil
	}
	return &b.stats.RowStats
}

// center is x − b_dec, whose gradient [Builder.Encode] takes care of.
func (b *Builder) center(x, bDec *gorgonia.Node) *gorgonia.Node {
	return b.dense("center", x.Shape(), func(out []float32, in []gorgonia.Value) {
		b.k.Center(out, floats(in[0]), floats(in[1]))
	}, x, bDec)
}

// dense adds an operator without a gradient that fills a matrix of that shape.
func (b *Builder) dense(name string, shape []int, f func(out []float32, in []gorgonia.Value), inputs ...*gorgonia.Node) *gorgonia.Node {
	t, out := b.tensor(shape...)
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		f(out, in)
		return t, nil
	}
	return b.apply(&op{name: name, shape: t.Shape(), out: matrix, do: do}, inputs...)
}
