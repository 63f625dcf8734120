package sae

import (
	"fmt"

	"github.com/saego/saego/internal/kernels"
)

// Encoder turns rows into feature activations. It keeps its memory from call to
// call; each goroutine needs its own.
type Encoder struct {
	m        *Model
	enc      kernels.Encoder
	codes    *Codes
	centered []float32
	norms    []float32
}

// NewEncoder returns an encoder for m in its inference form. It reads m's
// parameters at each call.
func (m *Model) NewEncoder() *Encoder {
	return &Encoder{
		m: m, codes: newCodes(0, m.cfg.DSAE),
		enc: kernels.Encoder{NewSelector: m.arch.selector(m.cfg)},
	}
}

// Encode returns the feature activations of x (rows, d_in), valid until the next
// call. It panics where x is no whole number of rows.
func (e *Encoder) Encode(x []float32) *Codes {
	cfg := e.m.cfg
	if len(x)%cfg.DIn != 0 {
		panic(fmt.Sprintf("sae: encode: %d values are no whole number of rows of d_in %d", len(x), cfg.DIn))
	}
	if cfg.ApplyBDecToInput {
		e.centered = grow(e.centered, len(x))
		kernels.Center(e.centered, x, e.m.bDec)
		x = e.centered
	}
	e.enc.Encode(&e.codes.CSR, x, kernels.Affine{
		DIn: cfg.DIn, DSAE: cfg.DSAE, W: e.m.wEnc, B: e.m.bEnc, Scale: e.decoderNorms(),
	})
	return e.codes
}

// Decode sets dst (rows, d_in) to the reconstruction from codes that this encoder
// or another of the same model made.
func (e *Encoder) Decode(dst []float32, c *Codes) {
	kernels.Decode(dst, &c.CSR, e.m.wDec, e.m.bDec, e.decoderNorms())
}

// decoderNorms returns the norms by which codes are scaled, or nil.
func (e *Encoder) decoderNorms() []float32 {
	if !e.m.arch.rescales(e.m.cfg) {
		return nil
	}
	e.norms = grow(e.norms, e.m.cfg.DSAE)
	kernels.RowNorms(e.norms, e.m.wDec)
	return e.norms
}

// Encode returns the feature activations of x (rows, d_in).
func (m *Model) Encode(x []float32) *Codes { return m.NewEncoder().Encode(x) }

// Decode returns the reconstruction (rows, d_in) from codes.
func (m *Model) Decode(c *Codes) []float32 {
	out := make([]float32, c.Rows*m.cfg.DIn)
	m.NewEncoder().Decode(out, c)
	return out
}

func grow(s []float32, n int) []float32 {
	if n <= cap(s) {
		return s[:n]
	}
	return make([]float32, n)
}
