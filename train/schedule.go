package train

// learningRate returns the rate of step t, from 0, as sae-lens' get_lr_scheduler
// does: warm-up reaches lr in its last step, decay would reach 0 in the step after
// the run.
func (c Config) learningRate(t int) float64 {
	decayFrom := c.Steps() - c.LRDecaySteps
	switch {
	case t < c.LRWarmUpSteps:
		return c.LR * float64(t+1) / float64(c.LRWarmUpSteps)
	case c.LRDecaySteps > 0 && t >= decayFrom:
		return c.LR * (1 - float64(t-decayFrom)/float64(c.LRDecaySteps))
	}
	return c.LR
}

// l1Coefficient returns the coefficient of step t, from 0, for a final value of
// coefficient: 0 in the first step of a warm-up.
func (c Config) l1Coefficient(coefficient float64, t int) float64 {
	if t >= c.L1WarmUpSteps {
		return coefficient
	}
	return coefficient * float64(t) / float64(c.L1WarmUpSteps)
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
