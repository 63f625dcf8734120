package cli

import (
	"errors"
	"fmt"

	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/logs"
	"github.com/saego/saego/mixbuf"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// Config is what both programs can be told. What the keys mean: options.go.
type Config struct {
	Preset    string `yaml:"preset"`
	Model     string `yaml:"model"`
	Data      string `yaml:"data"`
	Output    string `yaml:"output"`
	Overwrite bool   `yaml:"overwrite"`
	Seed      uint64 `yaml:"seed"`
	InitSeed  int64  `yaml:"init_seed"` // of the SAE's initialisation; -1 = Seed
	Sweep     Sweep  `yaml:"sweep"`

	Activations string `yaml:"activations"`

	CheckpointPath    string  `yaml:"checkpoint_path"`
	CheckpointMinutes float64 `yaml:"checkpoint_minutes"`
	KeepCheckpoints   int     `yaml:"keep_checkpoints"`

	ExpansionFactor int     `yaml:"expansion_factor"`
	HeldOutFraction float64 `yaml:"held_out_fraction"`
	EvalRows        int     `yaml:"eval_rows"`

	SAE     sae.Config    `yaml:",inline"`
	Train   train.Config  `yaml:",inline"`
	Buffer  mixbuf.Config `yaml:",inline"`
	Logger  logs.Config   `yaml:"logger"`
	Runtime ort.Options   `yaml:",inline"`

	ReferenceModel string `yaml:"reference_model"`

	Device          string `yaml:"device"`
	MatmulPrecision string `yaml:"float32_matmul_precision"`

	Prefetch int    `yaml:"prefetch"`
	BLASLib  string `yaml:"blas_lib"`

	BF16      string `yaml:"bf16"`
	ONEDNNLib string `yaml:"onednn_lib"`

	passes int // over the rows to train on; 0 = without end
}

// DefaultConfig returns settings with which a run on a model and data set of any
// size succeeds.
func DefaultConfig() Config {
	c := Config{
		InitSeed: -1, ExpansionFactor: 8, HeldOutFraction: 0.1, EvalRows: 8192, CheckpointMinutes: 10,
		SAE: sae.DefaultConfig(), Train: train.DefaultConfig(), Buffer: mixbuf.DefaultConfig(), Logger: logs.DefaultConfig(),
		Runtime: ort.DefaultOptions(), Device: deviceCPU, MatmulPrecision: "highest", Prefetch: prefetchAuto, BF16: bf16Auto,
	}
	c.SAE.K = 32
	c.SAE.NormalizeActivations = sae.NormalizeExpectedNorm
	c.Train.LR = 1e-3
	return c
}

// resolve fills in what follows from other settings and from the hook's width, and
// reports everything that is wrong then, joined.
func (c *Config) resolve(dIn int) error {
	c.SAE.DIn = dIn
	if c.SAE.DSAE == 0 {
		c.SAE.DSAE = c.ExpansionFactor * dIn
	}
	c.SAE.Seed, c.Buffer.Seed = c.Seed, c.Seed
	if c.InitSeed >= 0 {
		c.SAE.Seed = uint64(c.InitSeed)
	}
	c.SAE.Compat = c.Train.Compat
	if len(c.SAE.MatryoshkaWidths) == 0 {
		c.SAE.MatryoshkaWidths = nil // an empty list in a file is like none
		if d := c.SAE.DSAE; c.SAE.Architecture == sae.MatryoshkaBatchTopK && d >= 8 {
			c.SAE.MatryoshkaWidths = []int{d / 8, d / 4, d / 2}
		}
	}
	c.Buffer.BatchSize = c.Train.TrainBatchSizeSamples
	if rows := c.Train.Steps() * c.Buffer.BatchSize; rows > 0 {
		c.Buffer.BufferSize = min(c.Buffer.BufferSize, rows) // no run reads more than it needs
	}
	err := c.rhythm()
	c.Train = c.Train.Resolve()
	return errors.Join(err, c.validate())
}

// rhythm puts what sae-lens counts in W&B's logs under the trainer's names: all loggers
// get the same records.
func (c *Config) rhythm() error {
	var errs []error
	move := func(from *int, steps int, key string, to *int, unset int) {
		if *from <= 0 {
			return
		}
		if *to != unset && *to != steps {
			errs = append(errs, fmt.Errorf("%s is %d, but the logger block asks for every %d steps: give one of them", key, *to, steps))
		}
		*from, *to = 0, steps
	}
	l, t, unset := &c.Logger, &c.Train, train.DefaultConfig()
	move(&l.WandbLogFrequency, l.WandbLogFrequency, "log_every_n_steps", &t.LogEveryNSteps, unset.LogEveryNSteps)
	move(&l.EvalEveryNWandbLogs, l.EvalEveryNWandbLogs*t.LogEveryNSteps, "eval_every_n_steps", &t.EvalEveryNSteps, unset.EvalEveryNSteps)
	return errors.Join(errs...)
}

func (c *Config) validate() error {
	var errs []error
	if c.ExpansionFactor < 1 {
		errs = append(errs, fmt.Errorf("expansion_factor is %d, want at least 1", c.ExpansionFactor))
	} else {
		errs = append(errs, c.SAE.Validate()) // of which d_sae follows from it
	}
	if !(c.HeldOutFraction >= 0 && c.HeldOutFraction < 1) { // also false for NaN
		errs = append(errs, fmt.Errorf("held_out_fraction is %g, want 0 or more and less than 1", c.HeldOutFraction))
	}
	if c.SAE.DOut > 0 && !c.SAE.Transcodes() {
		errs = append(errs, fmt.Errorf("hook_out is given, but the architecture is %s, which explains hook alone: "+
			"take %s or %s, or leave hook_out out", c.SAE.Architecture, sae.Transcoder, sae.SkipTranscoder))
	}
	if !(c.CheckpointMinutes >= 0) {
		errs = append(errs, fmt.Errorf("checkpoint_minutes is %g, want 0 or more", c.CheckpointMinutes))
	}
	if c.KeepCheckpoints < 0 {
		errs = append(errs, fmt.Errorf("keep_checkpoints is %d, want 0 or more", c.KeepCheckpoints))
	}
	if c.InitSeed < -1 {
		errs = append(errs, fmt.Errorf("init_seed is %d, want 0 or more, or -1 for that of seed", c.InitSeed))
	}
	if c.EvalRows < 1 {
		errs = append(errs, fmt.Errorf("eval_rows is %d, want at least 1", c.EvalRows))
	}
	if c.Activations == "" { // else no network runs, and some settings are those of another machine
		errs = append(errs, c.Runtime.Validate())
	}
	errs = append(errs, c.Train.Validate(), validPrefetch(c.Prefetch), validBF16(c.BF16), c.validDevice(), c.Logger.Validate())
	if c.Buffer.BatchSize >= 1 { // else Train has said so
		errs = append(errs, c.Buffer.Validate())
	}
	return errors.Join(errs...)
}
