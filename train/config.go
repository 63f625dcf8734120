package train

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/saego/saego/sae"
)

// Auto is a number of steps that means: in proportion to the run. [Config.Resolve]
// replaces it.
const Auto = -1

// Names of learning-rate schedules between warm-up and decay.
const (
	LRConstant       = "constant"
	LRCosine         = "cosineannealing"             // half a cosine from lr to lr_end
	LRCosineRestarts = "cosineannealingwarmrestarts" // n_restart_cycles of them
)

// How b_dec starts.
const (
	BDecZeros = "zeros" // as in sae-lens 6
	BDecMean  = "mean"  // at the mean row: the codes need not learn it first
)

// How dead latents learn again in architectures whose own loss does not reach them;
// docs/saelens.md compares them.
const (
	DeadNone     = "none"     // they do not; as in sae-lens
	DeadAux      = "aux"      // by an auxiliary loss, as in the TopK family: see sae.GraphConfig
	DeadResample = "resample" // they start anew along rows that are explained badly
)

// Config says how to train. The names are those of sae-lens' SAETrainerConfig.
type Config struct {
	TotalTrainingSamples  int `yaml:"total_training_samples"`   // rows to train on
	TrainBatchSizeSamples int `yaml:"train_batch_size_samples"` // rows per step

	LR              float64 `yaml:"lr"`                // at its highest
	LREnd           float64 `yaml:"lr_end"`            // where a cosine ends; 0 = a tenth of lr
	LRSchedulerName string  `yaml:"lr_scheduler_name"` // LRConstant (default), LRCosine or LRCosineRestarts
	NRestartCycles  int     `yaml:"n_restart_cycles"`  // of LRCosineRestarts
	LRWarmUpSteps   int     `yaml:"lr_warm_up_steps"`  // linear, from lr/steps; Auto = a 20th of the run
	LRDecaySteps    int     `yaml:"lr_decay_steps"`    // linear, to 0 at the end; Auto = a 5th of the run
	L1WarmUpSteps   int     `yaml:"l1_warm_up_steps"`  // of l1_coefficient, linear, from 0; Auto = a 20th of the run
	L0WarmUpSteps   int     `yaml:"l0_warm_up_steps"`  // of l0_coefficient, likewise
	AdamBeta1       float64 `yaml:"adam_beta1"`
	AdamBeta2       float64 `yaml:"adam_beta2"`
	Autocast        bool    `yaml:"autocast"` // encode in bfloat16: see sae.GraphConfig

	DeadFeatureWindow     int    `yaml:"dead_feature_window"`         // a latent is dead after more steps than this without firing; Auto = a 10th of the run, 20 to 1000
	DeadFeatureMethod     string `yaml:"dead_feature_method"`         // how dead latents learn again where the architecture's own loss does not reach them: DeadAux (default), DeadResample or DeadNone (default under compat)
	FeatureSamplingWindow int    `yaml:"feature_sampling_window"`     // steps over which firing is counted; Auto = a 5th of the run, at most 2000
	NormEstimateBatches   int    `yaml:"n_batches_for_norm_estimate"` // from which the scale and b_dec are taken; they are trained on, too
	BDecInitMethod        string `yaml:"b_dec_init_method"`           // BDecMean (default) or BDecZeros; the mean is that of the same batches
	LogEveryNSteps        int    `yaml:"log_every_n_steps"`
	EvalEveryNSteps       int    `yaml:"eval_every_n_steps"`    // Auto = a 10th of the run; 0 = never during the run
	NCheckpoints          int    `yaml:"n_checkpoints"`         // spread evenly over the run
	SaveFinalCheckpoint   bool   `yaml:"save_final_checkpoint"` // one more at its end
	Compat                string `yaml:"compat"`                // sae.CompatSAELens for sae-lens' ways where saego has others; docs/saelens.md lists them
}

// DefaultConfig returns settings with which a run of any length of a hundred steps
// and more leaves its warm-up and sees its dead latents.
func DefaultConfig() Config {
	return Config{
		TotalTrainingSamples: 1_000_000, TrainBatchSizeSamples: 4096,
		LR: 3e-4, LRSchedulerName: LRConstant, NRestartCycles: 1, LRWarmUpSteps: Auto, LRDecaySteps: Auto, L1WarmUpSteps: Auto, L0WarmUpSteps: Auto,
		AdamBeta1: 0.9, AdamBeta2: 0.999,
		DeadFeatureWindow: Auto, FeatureSamplingWindow: Auto, NormEstimateBatches: 4, BDecInitMethod: BDecMean,
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
	if c.LREnd == 0 {
		c.LREnd = c.LR / 10
	}
	if c.DeadFeatureMethod == "" {
		c.DeadFeatureMethod = DeadAux
		if c.Compat == sae.CompatSAELens {
			c.DeadFeatureMethod = DeadNone
		}
	}
	auto(&c.LRWarmUpSteps, steps/20)
	auto(&c.LRDecaySteps, steps/5)
	auto(&c.L1WarmUpSteps, steps/20)
	auto(&c.L0WarmUpSteps, steps/20)
	auto(&c.DeadFeatureWindow, min(max(steps/10, 20), 1000))
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
	atLeast("l0_warm_up_steps", c.L0WarmUpSteps, 0)
	atLeast("dead_feature_window", c.DeadFeatureWindow, 1)
	atLeast("feature_sampling_window", c.FeatureSamplingWindow, 1)
	atLeast("n_batches_for_norm_estimate", c.NormEstimateBatches, 1)
	atLeast("log_every_n_steps", c.LogEveryNSteps, 1)
	atLeast("eval_every_n_steps", c.EvalEveryNSteps, 0)
	atLeast("n_checkpoints", c.NCheckpoints, 0)
	atLeast("n_restart_cycles", c.NRestartCycles, 1)
	if c.LR <= 0 {
		errs = append(errs, fmt.Errorf("lr is %g, want more than 0", c.LR))
	}
	if m := c.BDecInitMethod; m != BDecMean && m != BDecZeros {
		errs = append(errs, fmt.Errorf("b_dec_init_method is %q, want %q or %q", m, BDecMean, BDecZeros))
	}
	if m := c.DeadFeatureMethod; m != DeadNone && m != DeadAux && m != DeadResample {
		errs = append(errs, fmt.Errorf("dead_feature_method is %q, want %q, %q or %q", m, DeadNone, DeadAux, DeadResample))
	}
	if c.LREnd < 0 {
		errs = append(errs, fmt.Errorf("lr_end is %g, want 0 or more", c.LREnd))
	}
	if _, ok := schedules[c.LRSchedulerName]; !ok {
		errs = append(errs, fmt.Errorf("lr_scheduler_name is %q, want one of %q",
			c.LRSchedulerName, slices.Sorted(maps.Keys(schedules))))
	}
	if c.Compat != "" && c.Compat != sae.CompatSAELens {
		errs = append(errs, fmt.Errorf("compat is %q, want %q or nothing", c.Compat, sae.CompatSAELens))
	}
	beta := func(name string, b float64) {
		if b < 0 || b >= 1 {
			errs = append(errs, fmt.Errorf("%s is %g, want 0 or more and less than 1", name, b))
		}
	}
	beta("adam_beta1", c.AdamBeta1)
	beta("adam_beta2", c.AdamBeta2)
	return errors.Join(errs...)
}

// Warnings says what about a resolved c is allowed, but makes a run less than it
// could be.
func (c Config) Warnings() []string {
	var out []string
	steps := c.Steps()
	warn := func(name string, v int, consequence string) {
		if v >= steps {
			out = append(out, fmt.Sprintf("%s is %d, the run has %d steps: %s", name, v, steps, consequence))
		}
	}
	warn("lr_warm_up_steps", c.LRWarmUpSteps, fmt.Sprintf("the rate never reaches lr, only %.3g", c.LearningRate(steps-1)))
	warn("l1_warm_up_steps", c.L1WarmUpSteps, "l1_coefficient never counts in full")
	warn("l0_warm_up_steps", c.L0WarmUpSteps, "l0_coefficient never counts in full")
	warn("dead_feature_window", c.DeadFeatureWindow, "no latent will ever count as dead")
	warn("feature_sampling_window", c.FeatureSamplingWindow, "firing is counted over the whole run")
	warn("eval_every_n_steps", c.EvalEveryNSteps, "evaluation comes at the end alone")
	return out
}
