package train

import (
	"errors"
	"fmt"
)

// Auto, for a number of steps, means: in proportion to the run. [Config.Resolve]
// replaces it.
const Auto = -1

// LRConstant is the one name that LRSchedulerName takes: constant between warm-up
// and decay.
const LRConstant = "constant"

// Config says how to train. The names are those of sae-lens' SAETrainerConfig.
type Config struct {
	TotalTrainingSamples  int `yaml:"total_training_samples"`   // rows to train on
	TrainBatchSizeSamples int `yaml:"train_batch_size_samples"` // rows per step

	LR              float64 `yaml:"lr"`                // at its highest
	LRSchedulerName string  `yaml:"lr_scheduler_name"` // LRConstant
	LRWarmUpSteps   int     `yaml:"lr_warm_up_steps"`  // linear, from lr/steps; Auto = a 20th of the run
	LRDecaySteps    int     `yaml:"lr_decay_steps"`    // linear, to 0 at the end; Auto = a 5th of the run
	L1WarmUpSteps   int     `yaml:"l1_warm_up_steps"`  // linear, from 0; Auto = a 20th of the run
	AdamBeta1       float64 `yaml:"adam_beta1"`
	AdamBeta2       float64 `yaml:"adam_beta2"`

	DeadFeatureWindow     int `yaml:"dead_feature_window"`         // a latent is dead after more steps than this without firing; Auto = a 10th of the run, at most 1000
	FeatureSamplingWindow int `yaml:"feature_sampling_window"`     // steps over which firing is counted; Auto = a 5th of the run, at most 2000
	NormEstimateBatches   int `yaml:"n_batches_for_norm_estimate"` // from which the scale is taken; they are trained on, too
	LogEveryNSteps        int `yaml:"log_every_n_steps"`
	EvalEveryNSteps       int `yaml:"eval_every_n_steps"` // Auto = a 10th of the run; 0 = never during the run
	NCheckpoints          int `yaml:"n_checkpoints"`      // spread evenly over the run
}

// DefaultConfig returns settings with which a run of any length of a hundred steps
// and more leaves its warm-up and sees its dead latents.
func DefaultConfig() Config {
	return Config{
		TotalTrainingSamples: 1_000_000, TrainBatchSizeSamples: 4096,
		LR: 3e-4, LRSchedulerName: LRConstant, LRWarmUpSteps: Auto, LRDecaySteps: Auto, L1WarmUpSteps: Auto,
		AdamBeta1: 0.9, AdamBeta2: 0.999,
		DeadFeatureWindow: Auto, FeatureSamplingWindow: Auto, NormEstimateBatches: 4,
		LogEveryNSteps: 10, EvalEveryNSteps: Auto,
	}
}

// Steps returns the number of steps of the run: the last full batches are dropped
// nowhere, so it is total / batch, rounded up.
func (c Config) Steps() int {
	return (c.TotalTrainingSamples + c.TrainBatchSizeSamples - 1) / max(c.TrainBatchSizeSamples, 1)
}

// Resolve replaces every [Auto] by its number.
func (c Config) Resolve() Config {
	steps := c.Steps()
	auto := func(v *int, n int) {
		if *v == Auto {
			*v = n
		}
	}
	auto(&c.LRWarmUpSteps, steps/20)
	auto(&c.LRDecaySteps, steps/5)
	auto(&c.L1WarmUpSteps, steps/20)
	auto(&c.DeadFeatureWindow, min(max(steps/10, 1), 1000))
	auto(&c.FeatureSamplingWindow, min(max(steps/5, 1), 2000))
	auto(&c.EvalEveryNSteps, max(steps/10, 1))
	return c
}

// Validate reports everything that is wrong with a resolved c, joined.
func (c Config) Validate() error {
	var errs []error
	atLeast := func(name string, v, least int) {
		if v < least {
			errs = append(errs, fmt.Errorf("%s is %d, want at least %d", name, v, least))
		}
	}
	atLeast("train_batch_size_samples", c.TrainBatchSizeSamples, 1)
	atLeast("total_training_samples", c.TotalTrainingSamples, max(c.TrainBatchSizeSamples, 1))
	atLeast("lr_warm_up_steps", c.LRWarmUpSteps, 0)
	atLeast("lr_decay_steps", c.LRDecaySteps, 0)
	atLeast("l1_warm_up_steps", c.L1WarmUpSteps, 0)
	atLeast("dead_feature_window", c.DeadFeatureWindow, 1)
	atLeast("feature_sampling_window", c.FeatureSamplingWindow, 1)
	atLeast("n_batches_for_norm_estimate", c.NormEstimateBatches, 1)
	atLeast("log_every_n_steps", c.LogEveryNSteps, 1)
	atLeast("eval_every_n_steps", c.EvalEveryNSteps, 0)
	atLeast("n_checkpoints", c.NCheckpoints, 0)
	if c.LR <= 0 {
		errs = append(errs, fmt.Errorf("lr is %g, want more than 0", c.LR))
	}
	if c.LRSchedulerName != LRConstant {
		errs = append(errs, fmt.Errorf("lr_scheduler_name is %q, want %q", c.LRSchedulerName, LRConstant))
	}
	for name, b := range map[string]float64{"adam_beta1": c.AdamBeta1, "adam_beta2": c.AdamBeta2} {
		if b < 0 || b >= 1 {
			errs = append(errs, fmt.Errorf("%s is %g, want 0 or more and less than 1", name, b))
		}
	}
	if n := c.LRWarmUpSteps + c.LRDecaySteps; len(errs) == 0 && n > c.Steps() {
		errs = append(errs, fmt.Errorf("lr_warm_up_steps and lr_decay_steps are %d together, the run has %d steps: "+
			"lower them, train longer, or leave them to their defaults", n, c.Steps()))
	}
	return errors.Join(errs...)
}
