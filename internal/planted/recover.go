package planted

import (
	"math"
	"slices"

	"github.com/saego/saego/sae"
)

// Recovered returns the share of atoms to which a row of m's decoder has a cosine above
// 0.9; of either sign for abstopk, whose latents fire in both directions. A transcoder
// is to find the answers, and one with a skip what W_skip leaves of them:
// y − x·W_skipᵀ = Σ s_i·(answer_i − atom_i·W_skipᵀ).
func (d *Data) Recovered(m *sae.Model) float64 {
	atoms, width := d.Dictionary, d.DIn
	if m.Transcodes() {
		atoms, width = d.rest(m), d.DOut
	}
	wDec, _ := m.Param("W_dec")
	found := 0
	for atom := range slices.Chunk(atoms, width) {
		for row := range slices.Chunk(wDec.Data, width) {
			c := cosine(atom, row)
			if m.Config().Architecture == sae.AbsTopK {
				c = math.Abs(c)
			}
			if c > 0.9 {
				found++
				break
			}
		}
	}
	return float64(found) / float64(d.Atoms)
}

// rest returns what m's linear map, if it has one, leaves of the answers.
func (d *Data) rest(m *sae.Model) []float32 {
	answers := slices.Clone(d.Answers)
	skip, ok := m.Param("W_skip")
	if !ok {
		return answers
	}
	for a := range d.Atoms {
		atom := d.Dictionary[a*d.DIn:][:d.DIn]
		for k, w := range slices.Collect(slices.Chunk(skip.Data, d.DIn)) {
			for i, v := range w {
				answers[a*d.DOut+k] -= v * atom[i]
			}
		}
	}
	return answers
}

func cosine(a, b []float32) float64 {
	var ab, aa, bb float64
	for k, v := range a {
		x, y := float64(v), float64(b[k])
		ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
	}
	if bb == 0 {
		return 0
	}
	return ab / math.Sqrt(aa*bb)
}
