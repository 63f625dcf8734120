package sae

import (
	"errors"
	"fmt"
	"slices"

	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
)

// Names of loss terms, as sae-lens logs them.
const (
	MSELoss    = "mse_loss"
	L1Loss     = "l1_loss"
	L0Loss     = "l0_loss"
	PreActLoss = "pre_act_loss"
	AuxLoss    = "auxiliary_reconstruction_loss"
	DeadLoss   = "dead_feature_loss" // not in sae-lens: see GraphConfig
)

// GraphConfig sizes a [Graph].
type GraphConfig struct {
	Rows int // of each batch

	// DeadLoss is the weight of a loss by which dead latents learn in architectures whose
	// own does not reach them, standard, gated and the transcoders: the auxiliary loss of
	// the TopK family. 0 = none.
	DeadLoss float64

	// Autocast rounds the encoder's product's factors, the rows and W_enc, to bfloat16,
	// nearest and even, and adds up in float32. All else stays float32: bias, selection,
	// decoder, gradients, and the parameters themselves. It is faster where the processor
	// multiplies bfloat16 and the program found oneDNN; elsewhere it takes as long as
	// float32, and shows what the rounding does to a run.
	Autocast bool
}

// Graph is the training graph of a model for batches of a fixed number of rows. It
// works on the model's own parameters. One goroutine at a time may use it.
type Graph struct {
	b         *Builder
	machine   gorgonia.VM
	grads     gorgonia.Nodes
	pending   gorgonia.Nodes // gradients of twins
	x, target []float32      // of the host's
	part      kernels.CSR    // of the codes: the SAE's own
	compact   Codes          // the same, without explicit zeros
	compacted bool

	learnables []gorgonia.ValueGrad
}

// Input is what one run of a [Graph] needs.
type Input struct {
	X           []float32 // (rows, d_in)
	Target      []float32 // (rows, d_out), for a transcoder alone
	Dead        []bool    // (d_sae): latents that the auxiliary losses revive; nil = none
	Coefficient float64   // of the sparsity loss, as scheduled for this step
}

// Graph compiles the training graph.
func (m *Model) Graph(cfg GraphConfig) (*Graph, error) {
	if cfg.Rows < 1 {
		return nil, fmt.Errorf("sae: graph for %d rows, want at least 1", cfg.Rows)
	}
	b := newBuilder(m, cfg)
	g := &Graph{b: b, x: b.staging(b.x)}
	if g.target = g.x; b.target != b.x {
		g.target = b.staging(b.target)
	}
	if err := g.compile(); err != nil {
		return nil, fmt.Errorf("sae: %s: %w", m.cfg.Architecture, err)
	}
	return g, nil
}

func (g *Graph) compile() error {
	b := g.b
	if err := errors.Join(b.m.arch.Build(b), b.err); err != nil {
		return err
	}
	if len(b.terms) == 0 || b.codes == nil {
		return errors.New("its Build does not call Reconstruct: without it there is nothing to train")
	}
	loss := b.terms[0].node
	for _, t := range b.terms[1:] {
		var err error
		if loss, err = gorgonia.Add(loss, t.node); err != nil {
			return fmt.Errorf("loss term %s: %w", t.name, err)
		}
	}
	wrt := slices.Clone(b.params)
	for _, t := range b.twins {
		wrt = append(wrt, t.node)
	}
	all, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		return errors.Join(b.err, err)
	}
	g.grads, g.pending = all[:len(b.params)], all[len(b.params):]
	for i, n := range b.params {
		g.learnables = append(g.learnables, learnable{n, g.grads[i]})
	}
	g.machine = gorgonia.NewTapeMachine(b.graph)
	return b.err
}
