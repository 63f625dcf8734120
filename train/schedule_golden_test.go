package train_test

import (
	"math"
	"testing"

	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// exact is how closely schedules equal torch's, relative to the highest rate: torch
// takes a cosine's steps one after the other, in float64.
const exact = 1e-12

// TestLearningRatesEqualTorch goes through a grid of settings, each step of each.
func TestLearningRatesEqualTorch(t *testing.T) {
	f := golden.Read(t, "testdata/golden/schedules/learning_rates.safetensors")
	var grid struct {
		Settings [][]any `json:"settings"` // scheduler, steps, lr, lr_end, warm-up, decay, cycles
	}
	f.Decode(t, &grid)
	rates := f.Float64s(t, "learning_rates")
	for _, s := range grid.Settings {
		c := train.DefaultConfig()
		c.LRSchedulerName, c.LR, c.LREnd = s[0].(string), s[2].(float64), s[3].(float64)
		steps := int(s[1].(float64))
		c.TotalTrainingSamples, c.TrainBatchSizeSamples = 8*steps, 8
		c.LRWarmUpSteps, c.LRDecaySteps, c.NRestartCycles = int(s[4].(float64)), int(s[5].(float64)), int(s[6].(float64))
		for step, want := range rates[:steps] {
			if got := c.LearningRate(step); !(math.Abs(got-want) <= exact*c.LR) {
				t.Errorf("%v: the rate of step %d is %.17g, want %.17g", s, step, got, want)
				break
			}
		}
		rates = rates[steps+1:] // the last one is of the step after the run
	}
	if len(rates) > 0 {
		t.Errorf("%d rates are left over", len(rates))
	}
}

func TestCoefficientsEqualSAELens(t *testing.T) {
	f := golden.Read(t, "testdata/golden/schedules/coefficients.safetensors")
	var grid struct {
		Settings [][]float64 `json:"settings"` // value, warm-up
	}
	f.Decode(t, &grid)
	series := f.Float64s(t, "coefficients")
	n := len(series) / len(grid.Settings)
	for i, s := range grid.Settings {
		c := train.Config{L1WarmUpSteps: int(s[1]), L0WarmUpSteps: int(s[1])}
		for step, want := range series[i*n:][:n] {
			for _, name := range []string{"l1", "l0"} {
				if got := c.Coefficient(name, s[0], step); math.Abs(got-want) > exact*s[0] {
					t.Errorf("%v: the %s coefficient of step %d is %.17g, want %.17g", s, name, step, got, want)
				}
			}
		}
	}
}

// TestPartialLastStep: sae-lens' schedules do not count a step that the run ends in.
func TestPartialLastStep(t *testing.T) {
	c := train.DefaultConfig()
	c.TotalTrainingSamples, c.TrainBatchSizeSamples, c.LRDecaySteps, c.LRWarmUpSteps = 81, 8, 5, 0
	ours := c.LearningRate(10)
	c.Compat = sae.CompatSAELens
	if theirs := c.LearningRate(10); theirs != 0 || ours <= 0 {
		t.Errorf("the rate of the last step is %g, and %g as in sae-lens; want more than 0, and 0", ours, theirs)
	}
}
