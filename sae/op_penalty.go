package sae

import (
	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Penalty computes a sparsity loss, before its coefficient and summed over the rows
// of c: its value and, for each entry of c, its derivatives by the code and by the
// latent's number in v (d_sae): a decoder norm or a threshold. The two slices have
// one place for each entry and are not cleared; where one is nil, nobody asks.
type Penalty func(c *kernels.CSR, v, byCode, byLatent []float32) float64

// penalty is a [Penalty] at its place in a graph.
type penalty struct {
	b                *Builder
	f                Penalty
	first            int // row of codes at which its part starts; the rows are b.rows
	part             kernels.CSR
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
		p.compute(in[0].(*Codes), floats(in[1]))
		return in[0], nil
	}
	diff := func(in gorgonia.Nodes, _, grad *gorgonia.Node) gorgonia.Nodes {
		gCodes := grad
		if p.needCode {
			gCodes = p.codeGrad(grad)
		}
		return gorgonia.Nodes{gCodes, p.latentGrad(in[0]), nil}
	}
	o := &op{name: "penalize", shape: tensor.Shape(codes.Shape().Clone()), out: matrix, wrt: []bool{true, true, false}, do: do, diff: diff, host: true}
	out := b.apply(o, codes, v, b.coefficient)
	b.AddTerm(name, b.penaltyValue(out, p))
	return out
}

// compute sets the value and the derivatives.
func (p *penalty) compute(codes *Codes, v []float32) {
	part := p.view(codes)
	n := len(part.Val)
	p.byLatent = grow(p.byLatent, n)
	if p.needCode {
		p.byCode = grow(p.byCode, n)
	}
	p.value = p.f(part, v, p.byCode, p.byLatent)
}

// view is the part of the codes that is penalised.
func (p *penalty) view(c *Codes) *kernels.CSR {
	if c.Rows == p.b.rows {
		return &c.CSR
	}
	p.part.Part(&c.CSR, p.first, p.b.rows)
	return &p.part
}

// from returns the number of the first entry that is penalised.
func (p *penalty) from(c *Codes) int { return int(c.Ptr[p.first]) }

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
		g, w := in[0].(*Codes), p.weight(in[1])
		from := p.from(g)
		kernels.Map(&out.CSR, &g.CSR, func(q int, _ int32, v float32) float32 {
			if at := q - from; at >= 0 && at < len(p.byCode) {
				return v + w*p.byCode[at]
			}
			return v
		})
		return out, nil
	}
	o := &op{name: "penaltyGrad", shape: tensor.Shape(grad.Shape().Clone()), out: matrix, do: do, host: true}
	return p.b.apply(o, grad, p.b.coefficient)
}

// latentGrad is the penalty's derivatives by the latents' numbers.
func (p *penalty) latentGrad(codes *gorgonia.Node) *gorgonia.Node {
	return p.b.perLatentOnHost("penaltyLatentGrad", func(out []float32, in []gorgonia.Value) {
		w := float64(p.weight(in[1]))
		kernels.ColReduce(out, p.view(in[0].(*Codes)), w, func(_, q int) float64 { return float64(p.byLatent[q]) })
	}, codes, p.b.coefficient)
}
