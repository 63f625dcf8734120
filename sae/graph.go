package sae

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Names of loss terms, as sae-lens logs them.
const (
	MSELoss = "mse_loss"
	L1Loss  = "l1_loss"
	AuxLoss = "auxiliary_reconstruction_loss"
)

// Graph is the training graph of a model for batches of a fixed number of rows. It
// works on the model's own parameters. One goroutine at a time may use it.
type Graph struct {
	b       *builder
	machine gorgonia.VM
	grads   gorgonia.Nodes
	x, dead []float32
	auxCoef float64
}

// Input is what one run of a [Graph] needs.
type Input struct {
	X             []float32 // (rows, d_in)
	Dead          []bool    // (d_sae): latents that the auxiliary loss revives; nil = none
	L1Coefficient float64   // as scheduled for this step
}

// builder assembles a graph: an architecture adds its part behind the inputs.
type builder struct {
	cfg   Config
	rows  int
	graph *gorgonia.ExprGraph
	ops   int
	err   error

	x, centered            *gorgonia.Node // (rows, d_in): the input, and what is encoded
	wEnc, bEnc, wDec, bDec *gorgonia.Node
	bDecIn                 *gorgonia.Node // b_dec where it is subtracted from the input, else nil
	dead                   *gorgonia.Node // (d_sae) 0 or 1
	coefficient            *gorgonia.Node // of the L1 loss
	auxWeight              *gorgonia.Node // of the auxiliary loss

	codes, output *gorgonia.Node // set by the architecture
	terms         []term         // of the loss
}

type term struct {
	name string
	node *gorgonia.Node
}

// Graph compiles the training graph for batches of rows.
func (m *Model) Graph(rows int) (*Graph, error) {
	if rows < 1 {
		return nil, fmt.Errorf("sae: graph for %d rows, want at least 1", rows)
	}
	b := newBuilder(m, rows)
	g := &Graph{b: b, x: floats(b.x.Value()), dead: floats(b.dead.Value()), auxCoef: m.cfg.AuxLossCoefficient}
	if err := m.arch.build(b); err != nil {
		return nil, fmt.Errorf("sae: %s: %w", m.cfg.Architecture, err)
	}
	loss := b.terms[0].node
	for _, t := range b.terms[1:] {
		loss = gorgonia.Must(gorgonia.Add(loss, t.node))
	}
	var err error
	if g.grads, err = gorgonia.Grad(loss, b.wEnc, b.bEnc, b.wDec, b.bDec); err == nil {
		err = b.err
	}
	if err != nil {
		return nil, fmt.Errorf("sae: %s: %w", m.cfg.Architecture, err)
	}
	g.machine = gorgonia.NewTapeMachine(b.graph)
	return g, nil
}

func newBuilder(m *Model, rows int) *builder {
	b := &builder{cfg: m.cfg, rows: rows, graph: gorgonia.NewGraph()}
	in, sae := m.cfg.DIn, m.cfg.DSAE
	b.x = b.input("x", make([]float32, rows*in), rows, in)
	b.wEnc = b.input("W_enc", m.wEnc, sae, in)
	b.bEnc = b.input("b_enc", m.bEnc, sae)
	b.wDec = b.input("W_dec", m.wDec, sae, in)
	b.bDec = b.input("b_dec", m.bDec, in)
	b.dead = b.input("dead", make([]float32, sae), sae)
	b.coefficient = gorgonia.NewScalar(b.graph, scalar, gorgonia.WithName("coefficient"), gorgonia.WithValue(gorgonia.NewF32(0)))
	b.auxWeight = gorgonia.NewScalar(b.graph, scalar, gorgonia.WithName("aux_weight"), gorgonia.WithValue(gorgonia.NewF32(0)))
	b.centered = b.x
	if m.cfg.ApplyBDecToInput {
		b.bDecIn = b.bDec
		b.centered = b.center(b.x, b.bDec)
	}
	return b
}

func (b *builder) input(name string, data []float32, shape ...int) *gorgonia.Node {
	v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
	return gorgonia.NewTensor(b.graph, tensor.Float32, len(shape),
		gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(v))
}

func (b *builder) addTerm(name string, node *gorgonia.Node) {
	b.terms = append(b.terms, term{name, node})
}
