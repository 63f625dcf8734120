package sae

import (
	"fmt"

	"github.com/saego/saego/internal/kernels"
)

// Encoder turns rows into feature activations and back. It keeps its memory from
// call to call; each goroutine needs its own.
type Encoder struct {
	m     *Model
	enc   kernels.Encoder
	codes *Codes
	rows  []float32 // normalised and centred
	norms []float32
	stats kernels.RowStats
}

// NewEncoder returns an encoder for m in its inference form. It reads m's
// parameters at each call, but for what its activation keeps.
func (m *Model) NewEncoder() *Encoder { return m.EncoderWith(m.arch.Activation(m)) }

// EncoderWith is [Model.NewEncoder] with another activation, which sees the
// pre-activations of the inference form. One selector is made for each 512 rows of a
// call to Encode; they may run side by side.
func (m *Model) EncoderWith(activation Activation) *Encoder {
	return &Encoder{m: m, codes: newCodes(kernels.CPU(), 0, m.cfg.DSAE), enc: kernels.Encoder{Activation: activation}}
}

// Encode returns the feature activations of x (rows, d_in), valid until the next
// call. It panics where x is no whole number of rows.
func (e *Encoder) Encode(x []float32) *Codes {
	cfg := e.m.cfg
	if len(x)%cfg.DIn != 0 {
		panic(fmt.Sprintf("sae: encode: %d values are no whole number of rows of d_in %d", len(x), cfg.DIn))
	}
	if norm := rowNorms[cfg.NormalizeActivations]; norm != nil {
		e.rows = grow(e.rows, len(x))
		e.stats = norm(kernels.CPU(), e.rows, x, cfg.DIn, e.stats)
		x = e.rows
	}
	if cfg.ApplyBDecToInput {
		e.rows = grow(e.rows, len(x))
		kernels.Center(e.rows, x, e.m.bDec)
		x = e.rows
	}
	e.enc.Encode(&e.codes.CSR, x, kernels.Affine{
		DIn: cfg.DIn, DSAE: cfg.DSAE, W: e.m.wEnc, B: e.m.bEnc, Scale: e.decoderNorms(),
	})
	return e.codes
}

// Decode sets dst (rows, out) to the reconstruction from codes that this encoder or
// another of the same model made. What the input's rows add to it, their own
// normalisation and a transcoder's W_skip, is left out: see [Encoder.Reconstruct].
func (e *Encoder) Decode(dst []float32, c *Codes) {
	kernels.Decode(dst, &c.CSR, e.m.wDec, e.m.bDec, e.decoderNorms())
}

// Reconstruct encodes x (rows, d_in), sets dst (rows, out) to the model's whole
// output for it, and returns the codes, valid until the next call.
func (e *Encoder) Reconstruct(dst, x []float32) *Codes {
	c := e.Encode(x)
	e.Decode(dst, c)
	if rowNorms[e.m.cfg.NormalizeActivations] != nil && !e.m.Transcodes() {
		e.stats.Undo(dst, dst, e.m.cfg.Out())
	}
	if skip := e.m.values("W_skip"); skip != nil {
		addSkip(kernels.CPU(), dst, x, skip, e.m.cfg.DIn, e.m.cfg.Out())
	}
	return c
}

// decoderNorms returns the norms by which codes are scaled, or nil.
func (e *Encoder) decoderNorms() []float32 {
	if !rescales(e.m.arch, e.m.cfg) {
		return nil
	}
	e.norms = grow(e.norms, e.m.cfg.DSAE)
	kernels.RowNorms(e.norms, e.m.wDec)
	return e.norms
}

// Encode returns the feature activations of x (rows, d_in).
func (m *Model) Encode(x []float32) *Codes { return m.NewEncoder().Encode(x) }

// Decode returns the reconstruction (rows, out) from codes; see [Encoder.Decode].
func (m *Model) Decode(c *Codes) []float32 {
	out := make([]float32, c.Rows*m.cfg.Out())
	m.NewEncoder().Decode(out, c)
	return out
}

// Reconstruct returns the model's output (rows, out) for x (rows, d_in).
func (m *Model) Reconstruct(x []float32) []float32 {
	out := make([]float32, len(x)/m.cfg.DIn*m.cfg.Out())
	m.NewEncoder().Reconstruct(out, x)
	return out
}

// grow returns s with length n; what it held is lost where it is made larger.
func grow(s []float32, n int) []float32 {
	if n <= cap(s) {
		return s[:n]
	}
	return make([]float32, n, n+n/8)
}
