package train

import (
	"github.com/saego/saego/sae"
)

// Memory is the most that a trainer holds, in bytes, from its first step on, by what it
// is for. With d for the mean of d_in and d_out, n for the rows of a batch and L0 for the
// latents active per row, in numbers of 4 bytes each:
//
//	Weights  m · d_sae · d   parameters, gradients term by term, two moments: m is 8 to 13
//	Rows     r · n · d       batch, output, residuals and their gradients: r is 5 to 10
//	Codes    c · n · L0      latents and values, by row and by latent, with gradients: c is 8 to 28
//	Tiles    p · t · d_sae   pre-activations of t = min(n, 512) rows, for each of p processors
//	Dead     d_sae · d_in    W_enc's rows of dead latents, if all were dead, and as many tiles
//	Held     h · n · (d_in + d_out)   the batches of the first estimate
//
// m, r and c belong to the architecture. L0 is k for those that have one; else half of
// d_sae, as at the start of a run. The source's memory comes to it.
type Memory struct{ Weights, Rows, Codes, Tiles, Dead, Held int }

// Total returns the sum.
func (m Memory) Total() int { return m.Weights + m.Rows + m.Codes + m.Tiles + m.Dead + m.Held }

// Plus returns what two trainers hold that run on the same batches, as the members of a
// [Sweep] do: each its own, and the batches of the first estimate together.
func (m Memory) Plus(o Memory) Memory {
	return Memory{m.Weights + o.Weights, m.Rows + o.Rows, m.Codes + o.Codes, m.Tiles + o.Tiles, m.Dead + o.Dead, max(m.Held, o.Held)}
}

// holding is what a graph of an architecture holds: m, r and c of [Memory], as measured.
type holding struct {
	weights, rows, codes int
	levels               int  // rows for each nested dictionary beside
	sparse               bool // k says how many are active
}

var holdings = map[string]holding{
	sae.TopK:                {weights: 10, rows: 8, codes: 8, sparse: true},
	sae.AbsTopK:             {weights: 10, rows: 8, codes: 8, sparse: true},
	sae.BatchTopK:           {weights: 10, rows: 9, codes: 17, sparse: true},
	sae.MatryoshkaBatchTopK: {weights: 10, rows: 4, levels: 4, codes: 17, sparse: true},
	sae.Standard:            {weights: 11, rows: 8, codes: 11},
	sae.Gated:               {weights: 11, rows: 10, codes: 28},
	sae.JumpReLU:            {weights: 8, rows: 5, codes: 18},
	sae.Transcoder:          {weights: 11, rows: 9, codes: 11},
	sae.SkipTranscoder:      {weights: 13, rows: 11, codes: 11},
}

// tileRows are the rows that a processor encodes at once.
const tileRows = 512

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
	tiles := min(processors, (n+tileRows-1)/tileRows) * min(n, tileRows) * s.DSAE
	m := Memory{
		Weights: 4 * h.weights * s.DSAE * width / 2,
		Rows:    4 * (h.rows + h.levels*(len(s.MatryoshkaWidths)+1)) * n * width / 2,
		Codes:   int(4 * float64(h.codes*n) * l0),
		Tiles:   4 * tiles,
		Dead:    4 * (s.DSAE*s.DIn + tiles),
	}
	if !s.Transcodes() {
		width = s.DIn
	}
	m.Held = 4 * min(c.NormEstimateBatches, c.Steps()) * n * width
	return m
}
