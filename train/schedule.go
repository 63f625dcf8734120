package train

import (
	"math"

	"github.com/saego/saego/sae"
)

// schedules gives the rate of step j of the n between warm-up and decay.
var schedules = map[string]func(c Config, j, n int) float64{
	LRConstant: func(c Config, _, _ int) float64 { return c.LR },
	LRCosine:   func(c Config, j, n int) float64 { return c.cosine(j, n) },
	LRCosineRestarts: func(c Config, j, n int) float64 {
		cycle := max(n/c.NRestartCycles, 1)
		return c.cosine(j%cycle, cycle)
	},
}

func (c Config) cosine(j, n int) float64 {
	return c.LREnd + (c.LR-c.LREnd)*(1+math.Cos(math.Pi*float64(j)/float64(n)))/2
}

// LearningRate returns the rate of step t, from 0, of a resolved c, as sae-lens'
// get_lr_scheduler does: warm-up reaches lr in its last step; decay starts where the
// phase before it ended and would reach 0 in the step after the run.
func (c Config) LearningRate(t int) float64 {
	decayFrom := c.scheduledSteps() - c.LRDecaySteps
	switch {
	case t < c.LRWarmUpSteps:
		return c.LR * float64(t+1) / float64(c.LRWarmUpSteps)
	case c.LRDecaySteps > 0 && t >= decayFrom:
		from := c.LREnd
		if c.LRSchedulerName == LRConstant {
			from = c.LR
		}
		return from * (1 - float64(t-decayFrom)/float64(c.LRDecaySteps))
	}
	return schedules[c.LRSchedulerName](c, t-c.LRWarmUpSteps, max(decayFrom-c.LRWarmUpSteps, 1))
}

// scheduledSteps is the length of the run for schedules. sae-lens does not count the
// step that exceeds total_training_samples.
func (c Config) scheduledSteps() int {
	if c.Compat == sae.CompatSAELens {
		return c.TotalTrainingSamples / c.TrainBatchSizeSamples
	}
	return c.Steps()
}

// Coefficient returns the sparsity coefficient name, "l1" or "l0", of step t, from 0,
// of a resolved c, for its final value: 0 in the first step of a warm-up (sae-lens'
// CoefficientScheduler).
func (c Config) Coefficient(name string, final float64, t int) float64 {
	steps := map[string]int{"l1": c.L1WarmUpSteps, "l0": c.L0WarmUpSteps}[name]
	if t >= steps {
		return final
	}
	return final * (float64(t) / float64(steps))
}

// checkpointAfter returns the rows after which checkpoints are due, ascending.
func (c Config) checkpointAfter() []int {
	if c.NCheckpoints < 1 {
		return nil
	}
	every := (c.TotalTrainingSamples + c.NCheckpoints) / (c.NCheckpoints + 1)
	var at []int
	for n := every; n < c.TotalTrainingSamples; n += every {
		at = append(at, n)
	}
	return at
}
