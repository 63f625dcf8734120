package sae

import (
	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Penalty is a sparsity loss, before its coefficient and summed over rows: its value and,
// for each entry of codes, its derivatives by the code and by the latent's number in a
// vector (d_sae), a decoder norm or a threshold. Those of this package compute where the
// codes are; any other is a [PenaltyFunc].
type Penalty interface {
	// on computes for the rows of c from first on. The two slices have a place for each entry
	// of c and are not cleared; byCode may be nil.
	on(k Engine, c *kernels.CSR, first int, v, byCode, byLatent []float32) (float64, error)
}

// PenaltyFunc is a [Penalty] of one's own, which runs on the host. It sets byCode and
// byLatent, which have one place for each entry of c; where one is nil, nobody asks.
type PenaltyFunc func(c *kernels.CSR, v, byCode, byLatent []float32) float64

func (f PenaltyFunc) on(k Engine, c *kernels.CSR, first int, v, byCode, byLatent []float32) (float64, error) {
	if err := k.Wait(); err != nil {
		return 0, err
	}
	var part kernels.CSR
	part.Part(c, first, c.Rows-first)
	from := c.Ptr[first]
	if byCode != nil {
		byCode = byCode[from:]
	}
	return f(&part, v, byCode, byLatent[from:]), nil
}

// LpPenalty is the p-norm over latents of codes weighted by the decoder's norms. For
// p = 1 it is their sum.
func LpPenalty(p float64) Penalty { return lpPenalty(p) }

type lpPenalty float64

func (p lpPenalty) on(k Engine, c *kernels.CSR, first int, norms, byCode, byNorm []float32) (float64, error) {
	return k.LpPenalty(c, first, norms, float64(p), byCode, byNorm), nil
}

// tanhPenalty is Σ tanh(scale·f·n).
type tanhPenalty float32

func (s tanhPenalty) on(k Engine, c *kernels.CSR, first int, norms, byCode, byNorm []float32) (float64, error) {
	return k.TanhPenalty(c, first, norms, float32(s), byCode, byNorm), nil
}

// l0Penalty is the number of active latents, or how far it is from a target, whose codes
// are pre-activations and whose numbers are thresholds.
type l0Penalty struct {
	jump   kernels.Jump
	target float64 // 0 for the number
}

func (p l0Penalty) on(k Engine, c *kernels.CSR, first int, threshold, byCode, byThreshold []float32) (float64, error) {
	return k.L0Penalty(p.jump, c, first, threshold, p.target, byCode, byThreshold), nil
}

// penalty is a [Penalty] at its place in a graph.
type penalty struct {
	b                *Builder
	f                Penalty
	first            int // row of codes at which its part starts; the rows are b.rows
	byCode, byLatent []float32
	needCode         bool
	value            float64
}

// Penalize adds the term coefficient · mean over rows of f to the loss, under name,
// and returns codes unchanged: what uses the returned node feels the penalty, since
// codes cannot sum the gradients of two users.
func (b *Builder) Penalize(name string, codes, v *gorgonia.Node, f Penalty) *gorgonia.Node {
	p := &penalty{b: b, f: f, needCode: true}
	return b.penalize(name, codes, v, p)
}

func (b *Builder) penalize(name string, codes, v *gorgonia.Node, p *penalty) *gorgonia.Node {
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		return in[0], p.compute(in[0].(*Codes), floats(in[1]))
	}
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		gCodes := grad
		if p.needCode {
			gCodes = p.codeGrad(grad)
		}
		return gorgonia.Nodes{gCodes, p.latentGrad(in[0]), nil}
	}
	o := &op{name: "penalize", shape: tensor.Shape(codes.Shape().Clone()), out: matrix, wrt: []bool{true, true, false}, do: do, diff: diff}
	out := b.apply(o, codes, v, b.coefficient)
	b.AddTerm(name, b.penaltyValue(out, p))
	return out
}

// compute sets the value and the derivatives.
func (p *penalty) compute(codes *Codes, v []float32) (err error) {
	n := len(codes.Val)
	p.byLatent = p.b.k.Floats(p.byLatent, n)
	if p.needCode {
		p.byCode = p.b.k.Floats(p.byCode, n)
	}
	p.value, err = p.f.on(p.b.k, &codes.CSR, p.first, v, p.byCode, p.byLatent)
	return err
}

func (p *penalty) weight(coefficient gorgonia.Value) float32 {
	return number(coefficient) / float32(p.b.rows)
}

func (b *Builder) penaltyValue(codes *gorgonia.Node, p *penalty) *gorgonia.Node {
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		return gorgonia.NewF32(float32(float64(number(in[1])) * p.value / float64(b.rows))), nil
	}
	return b.apply(&op{name: "penaltyValue", shape: tensor.ScalarShape(), out: scalar, do: do}, codes, b.coefficient)
}

// codeGrad is grad plus the penalty's derivatives by the codes.
func (p *penalty) codeGrad(grad *gorgonia.Node) *gorgonia.Node {
	out := &Codes{}
	do := func(in []gorgonia.Value) (gorgonia.Value, error) {
		p.b.k.AddEntries(&out.CSR, &in[0].(*Codes).CSR, p.first, p.weight(in[1]), p.byCode)
		return out, nil
	}
	o := &op{name: "penaltyGrad", shape: tensor.Shape(grad.Shape().Clone()), out: matrix, do: do}
	return p.b.apply(o, grad, p.b.coefficient)
}

// latentGrad is the penalty's derivatives by the latents' numbers.
func (p *penalty) latentGrad(codes *gorgonia.Node) *gorgonia.Node {
	return p.b.perLatent("penaltyLatentGrad", func(out []float32, in []gorgonia.Value) {
		p.b.k.SumEntries(out, &in[0].(*Codes).CSR, p.first, float64(p.weight(in[1])), p.byLatent)
	}, codes, p.b.coefficient)
}
