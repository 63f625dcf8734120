package train

import (
	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/sae"
)

// Memory is the most that a trainer holds, in bytes, from its first step on, by what it
// is for. With d for the mean of d_in and d_out, n for the rows of a batch and L0 for the
// latents active per row, in numbers of 4 bytes each:
//
//	Weights  8 · d_sae · d   parameters, gradients, two moments
//	Rows     r · n · d       batch, output, residuals and their gradients: r is 5 to 10
//	Codes    c · n · L0      latents and values, by row and by latent, with gradients: c is 8 to 28
//	Encoder  d_sae · d_in + p · t · (d_in + 2·min(d_sae, 4·k))   W_enc in the order in which it is read, and what may
//	                         be active of t = min(n, 192) rows, for each of p processors; k as d_sae where there is none.
//	                         Without AVX2, p · min(n, 512) · d_sae: pre-activations
//	Dead     d_sae · d_in    W_enc's rows of dead latents, if all were dead, and their encoder
//	Held     h · n · (d_in + d_out)   the batches of the first estimate
//
// r and c belong to the architecture. L0 is k for those that have one; else half of
// d_sae, as at the start of a run. The source's memory comes to it.
type Memory struct{ Weights, Rows, Codes, Encoder, Dead, Held int }

// Total returns the sum.
func (m Memory) Total() int { return m.Weights + m.Rows + m.Codes + m.Encoder + m.Dead + m.Held }

// Plus returns what two trainers hold that run on the same batches, as the members of a
// [Sweep] do: each its own, and the batches of the first estimate together.
func (m Memory) Plus(o Memory) Memory {
	return Memory{m.Weights + o.Weights, m.Rows + o.Rows, m.Codes + o.Codes, m.Encoder + o.Encoder, m.Dead + o.Dead, max(m.Held, o.Held)}
}

// holding is what a graph of an architecture holds: r and c of [Memory], as measured.
type holding struct {
	rows, codes int
	levels      int  // rows for each nested dictionary beside
	sparse      bool // k says how many are active
	perRow      bool // of each row
}

var holdings = map[string]holding{
	sae.TopK:                {rows: 8, codes: 8, sparse: true, perRow: true},
	sae.AbsTopK:             {rows: 8, codes: 8, sparse: true, perRow: true},
	sae.BatchTopK:           {rows: 9, codes: 17, sparse: true},
	sae.MatryoshkaBatchTopK: {rows: 6, levels: 1, codes: 17, sparse: true},
	sae.Standard:            {rows: 8, codes: 11},
	sae.Gated:               {rows: 10, codes: 28},
	sae.JumpReLU:            {rows: 5, codes: 18},
	sae.Transcoder:          {rows: 9, codes: 11},
	sae.SkipTranscoder:      {rows: 11, codes: 11},
}

// matrices are the copies of W_enc and of W_dec: themselves, gradients and moments.
const matrices = 4

// Memory returns what training an SAE of s takes on that many processors; the zero value
// for an architecture of one's own.
func (c Config) Memory(s sae.Config, processors int) Memory {
	h, ok := holdings[s.Architecture]
	if !ok {
		return Memory{}
	}
	n, width := c.TrainBatchSizeSamples, s.DIn+s.Out() // width is 2·d
	l0 := float64(s.DSAE) / 2
	if h.sparse {
		l0 = min(s.K, float64(s.DSAE))
	}
	k := 0
	if h.perRow {
		k = int(s.K)
	}
	levels := h.levels * (len(s.MatryoshkaWidths) + 1)
	if s.UseMatryoshkaAuxLoss && s.AuxLossCoefficient > 0 {
		levels *= 2 // all outputs
	}
	m := Memory{
		Weights: 4 * matrices * s.DSAE * width,
		Rows:    4 * (h.rows + levels) * n * width / 2,
		Codes:   int(4 * float64(h.codes*n) * l0),
		Encoder: kernels.EncoderMemory(n, s.DIn, s.DSAE, k, processors),
		Dead:    4*s.DSAE*s.DIn + kernels.EncoderMemory(n, s.DIn, s.DSAE, max(s.Out()/2, 1), processors),
	}
	if !s.Transcodes() {
		width = s.DIn
	}
	m.Held = 4 * min(c.NormEstimateBatches, c.Steps()) * n * width
	return m
}
