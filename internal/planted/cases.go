package planted

import (
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// Held is how many of the last rows are kept apart, to evaluate on.
const Held = 8192

// Case is an architecture with settings under which it finds what is planted.
type Case struct {
	SAE   sae.Config
	Train train.Config
}

// Cases returns one for each architecture that can be trained, for the data of c:
//
//	architecture                 lr    sparsity           and
//	standard, gated, transcoder  3e-3  l1_coefficient 0.6
//	skip_transcoder              3e-3  l1_coefficient 0.2  what W_skip leaves is smaller
//	topk, batchtopk, matryoshka  5e-3  k 4, the true L0    matryoshka_widths 128, 256
//	abstopk                      3e-3  k 4                 rescale_acts_by_decoder_norm off: ±latents compete, and large norms would win
//	jumprelu                     3e-3  l0_coefficient 0.1
//
// All have two latents for each atom, batches of 128 rows, one pass, warm-ups of a 20th
// and a decay of a 5th of it. The rest is sae-lens' default, so that the two can be
// compared: b_dec starts at zero, and dead latents of those without an auxiliary loss
// stay dead.
func Cases(c Config) []Case {
	s := sae.DefaultConfig()
	s.DIn, s.DSAE, s.Seed = c.DIn, 2*c.Atoms, 1
	t := train.DefaultConfig()
	t.TrainBatchSizeSamples, t.EvalEveryNSteps = 128, 0
	t.TotalTrainingSamples = (c.Rows - Held) / t.TrainBatchSizeSamples * t.TrainBatchSizeSamples
	t.BDecInitMethod, t.DeadFeatureMethod = train.BDecZeros, train.DeadNone
	var cases []Case
	add := func(architecture string, lr float64, set func(*sae.Config)) {
		s, t := s, t
		s.Architecture, t.LR = architecture, lr
		set(&s)
		cases = append(cases, Case{s, t.Resolve()})
	}
	l1 := func(c float64) func(*sae.Config) { return func(s *sae.Config) { s.L1Coefficient = c } }
	top := func(s *sae.Config) { s.K = c.L0 }
	add(sae.Standard, 3e-3, l1(0.6))
	add(sae.Gated, 3e-3, l1(0.6))
	add(sae.TopK, 5e-3, top)
	add(sae.AbsTopK, 3e-3, func(s *sae.Config) { top(s); s.RescaleActsByDecoderNorm = false })
	add(sae.BatchTopK, 5e-3, top)
	add(sae.MatryoshkaBatchTopK, 5e-3, func(s *sae.Config) { top(s); s.MatryoshkaWidths = []int{c.Atoms} })
	add(sae.JumpReLU, 3e-3, func(s *sae.Config) { s.L0Coefficient = 0.1 })
	add(sae.Transcoder, 3e-3, func(s *sae.Config) { l1(0.6)(s); s.DOut = c.DOut })
	add(sae.SkipTranscoder, 3e-3, func(s *sae.Config) { l1(0.2)(s); s.DOut = c.DOut })
	return cases
}
