package sae

import (
	"math"

	"github.com/saego/saego/internal/kernels"
)

// Scaling says what a trainer did to rows before the SAE saw them: x ↦ x·Factor, and
// then, with a Whitening, x ↦ (x − Mean)·Matrix.
type Scaling struct {
	Factor    float64 // 1 for none
	Target    float64 // of a transcoder's targets; 0 = as Factor
	Whitening *Whitening
}

// Whitening brings rows to zero mean and unit covariance (sae-lens'
// ActivationWhitening).
type Whitening struct {
	Mean            []float64 // (d_in)
	Matrix, Inverse []float64 // (d_in, d_in), row-major
}

// Inference returns m as it is to be used: for rows that were scaled in training it
// takes them as they are, and what the architecture folds is folded. m stays as it
// is.
func (m *Model) Inference(s Scaling) *Model {
	out := m.Clone()
	out.unscale(s)
	if s.Whitening != nil {
		out.unwhiten(s.Whitening)
	}
	if !m.cfg.normalizes() {
		out.cfg.NormalizeActivations = NormalizeNone
	}
	if f, ok := out.arch.(Folder); ok {
		return f.Fold(out)
	}
	return out
}

// unscale folds the factors into the weights. A threshold of codes that are scaled by
// W_dec's norms is in their units, and those change; sae-lens #763.
func (m *Model) unscale(s Scaling) {
	target := s.Factor
	if m.Transcodes() && s.Target != 0 {
		target = s.Target
	}
	for j := range m.cfg.DSAE {
		scaleRow(m.wEnc[j*m.cfg.DIn:][:m.cfg.DIn], s.Factor)
		scaleRow(m.wDec[j*m.cfg.Out():][:m.cfg.Out()], 1/target)
	}
	scaleRow(m.bDec, 1/target)
	scaleRow(m.values("W_skip"), s.Factor/target)
	if rescales(m.arch, m.cfg) {
		m.threshold /= target
	}
}

// unwhiten folds a whitening into the weights, in float64 (sae-lens'
// fold_activation_whitening). Norms of W_dec that rank latents are folded before it
// changes them.
func (m *Model) unwhiten(w *Whitening) {
	if rescales(m.arch, m.cfg) {
		m.foldNorms()
		m.cfg.RescaleActsByDecoderNorm = false
	}
	shift := make([]float64, m.cfg.DSAE)
	kernels.For(m.cfg.DSAE, 16, func(lo, hi int) {
		for j := lo; j < hi; j++ {
			enc, dec := m.wEnc[j*m.cfg.DIn:][:m.cfg.DIn], m.wDec[j*m.cfg.DIn:][:m.cfg.DIn]
			timesColumn(enc, w.Matrix)
			timesRow(dec, w.Inverse, nil)
			for k, v := range enc {
				shift[j] += w.Mean[k] * float64(v)
			}
		}
	})
	timesRow(m.bDec, w.Inverse, w.Mean)
	if !m.cfg.ApplyBDecToInput {
		m.shiftBiases(shift)
	}
}

// shiftBiases subtracts what the mean adds to each latent's pre-activation.
func (m *Model) shiftBiases(shift []float64) {
	subtract := func(name string, f func(j int) float64) {
		for j, b := range m.values(name) {
			m.values(name)[j] = float32(float64(b) - shift[j]*f(j))
		}
	}
	one := func(int) float64 { return 1 }
	subtract("b_enc", one)
	subtract("b_gate", one)
	r := m.values("r_mag")
	subtract("b_mag", func(j int) float64 { return float64(float32(math.Exp(float64(r[j])))) })
}

// timesColumn sets v to matrix·v.
func timesColumn(v []float32, matrix []float64) {
	out := make([]float64, len(v))
	for i := range out {
		for k, x := range v {
			out[i] += matrix[i*len(v)+k] * float64(x)
		}
	}
	for i, x := range out {
		v[i] = float32(x)
	}
}

// timesRow sets v to v·matrix + plus; plus may be nil.
func timesRow(v []float32, matrix, plus []float64) {
	out := make([]float64, len(v))
	copy(out, plus)
	for i, x := range v {
		for k := range out {
			out[k] += float64(x) * matrix[i*len(v)+k]
		}
	}
	for i, x := range out {
		v[i] = float32(x)
	}
}
