package logs

import (
	"errors"
	"fmt"
	"strings"
)

// Config says which loggers run. The names are those of sae-lens' LoggingConfig
// (sae_lens/config.py), beside log_to_tensorboard.
//
// W&B is off by default, where sae-lens logs nothing without it. Its runs are written
// offline, for `wandb sync` to send.
type Config struct {
	LogToTensorBoard bool `yaml:"log_to_tensorboard"` // event files in tensorboard/
	LogToWandb       bool `yaml:"log_to_wandb"`       // an offline run in wandb/

	WandbProject string `yaml:"wandb_project"` // default sae_lens_training, as in sae-lens
	WandbEntity  string `yaml:"wandb_entity"`  // user or team; "" = the default of who syncs
	WandbID      string `yaml:"wandb_id"`      // unique in its project; "" = drawn
	RunName      string `yaml:"run_name"`      // for people; "" = [Run].Name

	// WandbLogFrequency is steps between records and EvalEveryNWandbLogs records
	// between evaluations; 0 = as the trainer is told elsewhere. All loggers get the
	// same records, so that whoever makes them has to follow; loggers do not.
	WandbLogFrequency   int `yaml:"wandb_log_frequency"`
	EvalEveryNWandbLogs int `yaml:"eval_every_n_wandb_logs"`

	// What follows must be false: an offline run carries what is measured, not files.
	LogWeightsToWandb          bool `yaml:"log_weights_to_wandb"`
	LogOptimizerStateToWandb   bool `yaml:"log_optimizer_state_to_wandb"`
	LogActivationsStoreToWandb bool `yaml:"log_activations_store_to_wandb"`
}

// DefaultConfig returns the settings with which JSONL and CSV alone are written.
func DefaultConfig() Config { return Config{WandbProject: "sae_lens_training"} }

// What W&B itself refuses in names (0.31.0, wandb/sdk/wandb_settings.py).
const (
	notInProject = `/\#?%:`
	notInID      = `:;,#?/'`
	longestName  = 128
)

// Validate reports everything that is wrong with c, joined.
func (c Config) Validate() error {
	var errs []error
	if c.LogToWandb && c.WandbProject == "" {
		errs = append(errs, errors.New("wandb_project is empty: name the project to log to"))
	}
	name := func(key, value, reserved string) {
		switch i := strings.IndexAny(value, reserved); {
		case i >= 0:
			errs = append(errs, fmt.Errorf("%s is %q, which W&B refuses: leave out %q", key, value, value[i:i+1]))
		case len(value) > longestName:
			errs = append(errs, fmt.Errorf("%s has %d bytes, want at most %d", key, len(value), longestName))
		case value != strings.TrimSpace(value):
			errs = append(errs, fmt.Errorf("%s is %q, want no space around it", key, value))
		}
	}
	name("wandb_project", c.WandbProject, notInProject)
	name("wandb_entity", c.WandbEntity, notInProject)
	name("wandb_id", c.WandbID, notInID+`\`) // which names a folder, too
	if c.WandbLogFrequency < 0 {
		errs = append(errs, fmt.Errorf("wandb_log_frequency is %d, want 0 or more", c.WandbLogFrequency))
	}
	if c.EvalEveryNWandbLogs < 0 {
		errs = append(errs, fmt.Errorf("eval_every_n_wandb_logs is %d, want 0 or more", c.EvalEveryNWandbLogs))
	}
	refuse := func(key string, on bool, why string) {
		if on {
			errs = append(errs, fmt.Errorf("%s is true: %s", key, why))
		}
	}
	refuse("log_weights_to_wandb", c.LogWeightsToWandb,
		"an offline run carries no weights; once the run is over, `wandb artifact put --type model DIR/sae` sends them")
	refuse("log_optimizer_state_to_wandb", c.LogOptimizerStateToWandb,
		"it does nothing in sae-lens; checkpoints hold the optimizer's state")
	refuse("log_activations_store_to_wandb", c.LogActivationsStoreToWandb,
		"it does nothing in sae-lens; checkpoints hold where the data stand")
	return errors.Join(errs...)
}
