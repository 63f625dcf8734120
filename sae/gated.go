package sae

import (
	"math"

	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
)

// gated lets one path decide which latents fire and another how much (Rajamanoharan
// et al., "Improving dictionary learning with gated sparse autoencoders", 2024;
// sae-lens' gated_sae). Both share W_enc:
//
//	a = (x − b_dec)·W_enc,  π = a + b_gate,  f = 1[π > 0]·relu(a ⊙ exp(r_mag) + b_mag)
//	loss = mean Σ_d (x̂ − x)² + c · mean Σ_j relu(π_j)·‖W_dec[j]‖
//	     + mean Σ_d (relu(π)·W_dec + b_dec − x)²
//
// The gate has no gradient; it learns by the last two terms. As in sae-lens, and
// other than in the paper, the decoder is not detached in the last one.
//
// In the graph, codes are two parts of rows in one matrix: f above relu(π). Both have
// the pattern of π > 0, so that f may hold explicit zeros; one matrix has one decoder,
// and W_dec one gradient.
type gated struct{}

func (gated) Validate(c Config) error { return atLeastZero("l1_coefficient", c.L1Coefficient) }

func (gated) Params(c Config) []Spec {
	latents := []int{c.DSAE}
	return []Spec{{Name: "b_gate", Shape: latents}, {Name: "b_mag", Shape: latents}, {Name: "r_mag", Shape: latents}}
}

func (gated) Activation(m *Model) Activation {
	gate, mag, r := m.values("b_gate"), m.values("b_mag"), m.values("r_mag")
	return ActivationFunc(func() Selector { // exp(r_mag) is that of the moment
		scale := make([]float32, len(r))
		for j, v := range r {
			scale[j] = float32(math.Exp(float64(v)))
		}
		return kernels.Gated(gate, mag, scale)
	})
}

func (gated) Build(b *Builder) error {
	b.zeros = true
	both := b.gate(b.gateInput(nil))
	norms := b.DecoderNorms(true)
	p := &penalty{b: b, f: LpPenalty(1), first: b.rows, needCode: true}
	if b.cfg.Compat == CompatSAELens && b.cfg.normalizes() {
		b.gatedLikeSAELens(both, norms, p)
	} else {
		b.codes = b.penalize(L1Loss, both, norms, p)
		b.output = b.denormalize(b.decode(b.codes, b.bDec, nil), true)
		errs := b.squaredErrors(b.output, b.target)
		b.addMSE(b.pick(errs, 0))
		b.AddTerm(AuxLoss, b.pick(errs, 1))
	}
	b.addDeadLoss(b.Param("b_gate"))
	return nil
}

// gatedLikeSAELens takes the losses of the gate from rows that are not normalised,
// though the gate itself sees normalised ones, and leaves their reconstruction as it
// is (sae-lens 6.54.12, gated_sae.py, calculate_aux_loss).
func (b *Builder) gatedLikeSAELens(both, norms *gorgonia.Node, p *penalty) {
	rows := b.x
	if b.bDecIn != nil {
		rows = b.center(b.x, b.bDec)
	}
	b.codes = both
	b.output = b.denormalize(b.decode(both, b.bDec, nil), true)
	b.addMSE(b.pick(b.squaredErrors(b.output, b.target), 0))
	raw := b.penalize(L1Loss, b.gate(b.gateInput(rows)), norms, p)
	b.AddTerm(AuxLoss, b.pick(b.squaredErrors(b.decode(raw, b.bDec, nil), b.target), 1))
}

// gateInput adds a where π > 0; rows may be nil for the encoder's.
func (b *Builder) gateInput(rows *gorgonia.Node) *gorgonia.Node {
	gate := floats(b.Param("b_gate").Value())
	minus := b.k.Floats(nil, len(gate))
	enc := kernels.Encoder{Activation: kernels.AboveBy(minus, 0)}
	return b.Encode(Encoding{rows: rows, run: func(dst *Codes, x []float32, a kernels.Affine) {
		b.k.Scale(minus, gate, -1)
		b.k.Encode(&enc, &dst.CSR, x, a)
	}})
}

func (gated) Coefficient(c Config) (string, float64) { return "l1", c.L1Coefficient }

func (gated) Settings(c Config, training bool) map[string]any {
	if !training {
		return nil
	}
	return map[string]any{"l1_coefficient": c.L1Coefficient}
}
