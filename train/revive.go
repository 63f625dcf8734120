package train

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/saego/saego/internal/kernels"
)

// deadWeight is that of the auxiliary loss (Gao et al., "Scaling and evaluating sparse
// autoencoders", 2024, appendix A.2). With 1, sae-lens' for the TopK family, latents that
// come back take sparsity along; docs/saelens.md.
const deadWeight = 1.0 / 32

// deadLoss returns the weight of the loss by which dead latents learn.
func (c Config) deadLoss() float64 {
	if c.DeadFeatureMethod == DeadAux {
		return deadWeight
	}
	return 0
}

// Resampling (Bricken et al., "Towards Monosemanticity", 2023, appendix): four times in
// the first half of a run, each dead latent starts anew along a row that the SAE
// explains badly.
const (
	resampleParts   = 8   // of the run, at the end of each of which
	resampleUntil   = 4   // parts dead latents are resampled
	resampleEncoder = 0.2 // norm of the new encoder, of the mean of those alive
)

// resamples says whether dead latents are due after the step that was just taken.
func (t *Trainer) resamples() bool {
	part := max(t.cfg.Steps()/resampleParts, 1)
	return t.cfg.DeadFeatureMethod == DeadResample && !t.model.Revives() &&
		t.steps%part == 0 && t.steps <= resampleUntil*part
}

// resample gives dead latents the directions of rows of the last batch, drawn with a
// probability in proportion to their squared loss, each row at most once. What is random
// follows from the seed and the step, so that a resumed run does the same.
func (t *Trainer) resample() {
	if t.dead == 0 || !t.resamples() {
		return
	}
	cfg, x, wanted := t.model.Config(), t.graph.EncoderInput(), t.input.wanted()
	encNorm, decNorm := t.meanNorm("W_enc"), t.meanNorm("W_dec")
	bDec, _ := t.model.Param("b_dec")
	order := t.drawRows(wanted)
	dec := make([]float32, cfg.Out())
	for j, dead := range t.deadMask {
		if !dead || len(order) == 0 {
			continue
		}
		i := order[0]
		order = order[1:]
		enc := slices.Clone(x[i*cfg.DIn:][:cfg.DIn])
		if copy(dec, enc); t.input.target != nil {
			kernels.Center(dec, wanted[i*cfg.Out():][:cfg.Out()], bDec.Data)
		}
		if setNorm(enc, resampleEncoder*encNorm) && setNorm(dec, decNorm) {
			t.renew(j, enc, dec)
		}
	}
	t.dead = t.activity.dead(t.deadMask, t.cfg.DeadFeatureWindow)
}

// renew starts latent j anew: its weights, its moments and its count.
func (t *Trainer) renew(j int, enc, dec []float32) {
	t.model.Renew(j, enc, dec)
	for i, width := range t.model.LatentWidths() {
		t.solver.Forget(i, j*width, (j+1)*width)
	}
	t.activity.sinceFired[j] = 0
}

// drawRows returns the rows of the last batch in the order in which they are drawn,
// without putting back, by the squared loss (Efraimidis and Spirakis, 2006).
func (t *Trainer) drawRows(wanted []float32) []int {
	type draw struct {
		row int
		at  float64 // the smallest comes first
	}
	cfg, out := t.model.Config(), t.graph.Output()
	rng := rand.New(rand.NewPCG(cfg.Seed, uint64(t.steps)))
	draws := make([]draw, len(out)/cfg.Out())
	for i := range draws {
		var loss float64
		for k, v := range out[i*cfg.Out():][:cfg.Out()] {
			e := float64(v - wanted[i*cfg.Out()+k])
			loss += e * e
		}
		draws[i] = draw{i, rng.ExpFloat64() / (loss * loss)}
	}
	slices.SortFunc(draws, func(a, b draw) int { return cmp.Compare(a.at, b.at) })
	order := make([]int, len(draws))
	for i, d := range draws {
		order[i] = d.row
	}
	return order
}

// meanNorm returns the mean norm of a matrix' rows, those of the dead left out unless
// all are.
func (t *Trainer) meanNorm(name string) float64 {
	p, _ := t.model.Param(name)
	norms := make([]float32, len(t.deadMask))
	kernels.RowNorms(norms, p.Data)
	var sum float64
	alive := 0
	for j, dead := range t.deadMask {
		if !dead || t.dead == len(norms) {
			sum += float64(norms[j])
			alive++
		}
	}
	return sum / float64(alive)
}

// setNorm gives v that norm; false where v is zero.
func setNorm(v []float32, norm float64) bool {
	was := math.Sqrt(kernels.SquaredNorm(v))
	if was == 0 {
		return false
	}
	kernels.Scale(v, v, float32(norm/was))
	return true
}
