package train

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/saego/saego/sae"
)

// Resume returns a trainer that goes on where the one that wrote the checkpoint in dir
// by [Trainer.Save] was. model has the run's configuration; its parameters, whatever
// they are, become those of the checkpoint. cfg and the model's configuration must be
// those of the run: each setting that is not is named in the error.
//
// Run then takes the source that goes on behind the last batch that the first run's
// source yielded. All that follows, parameters, records, evaluations and checkpoints,
// is the same to the bit as without the interruption. A file that is missing, cut
// short, or of another run or version is refused.
func Resume(dir string, model *sae.Model, cfg Config, hooks Hooks) (*Trainer, error) {
	t, err := New(model, cfg, hooks)
	if err != nil {
		return nil, err
	}
	if err := t.load(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("train: resume %s: %w", dir, err), t.graph.Close())
	}
	return t, nil
}

func (t *Trainer) load(dir string) error {
	for _, f := range []struct {
		name string
		read func(path string) error
	}{
		{stateFile, t.loadProgress},
		{scalerFile, t.loadScaler},
		{weightsFile, t.loadWeights},
		{stateTensorsFile, t.loadTensors},
	} {
		err := f.read(filepath.Join(dir, f.name))
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: it is no checkpoint of a run, or not whole", err)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	t.dead = t.activity.dead(t.deadMask, t.cfg.DeadFeatureWindow)
	t.kept = t.steps
	return nil
}

// loadProgress reads trainer_state.json.
func (t *Trainer) loadProgress(path string) error {
	var p progress
	if err := readJSON(path, &p); err != nil {
		return err
	}
	if p.Format != stateFormat || p.Version != stateVersion {
		return fmt.Errorf("format is %q %d, this program reads %q %d: go on with the program that wrote it",
			p.Format, p.Version, stateFormat, stateVersion)
	}
	is, err := t.progress()
	if err != nil {
		return err
	}
	if err := is.Settings.differs(p.Settings); err != nil {
		return err
	}
	if p.Digest != is.Digest {
		return fmt.Errorf("damaged: settings_digest is %q, want %q", p.Digest, is.Digest)
	}
	if err := p.check(t.cfg); err != nil {
		return fmt.Errorf("damaged: %w", err)
	}
	t.steps, t.samples, t.solver.steps = p.Steps, p.Samples, p.AdamSteps
	t.activity.now.rows, t.activity.before.rows = p.WindowRows, p.LastRows
	t.feed.held, t.evaluationDue = make([]rows, p.HeldBatches), p.EvaluationDue
	passed := t.samples
	if p.CheckpointDue {
		passed -= t.cfg.TrainBatchSizeSamples
	}
	t.due = after(t.due, passed)
	return nil
}

// check says whether a run of cfg can be where p says.
func (p progress) check(cfg Config) error {
	batch, most := cfg.TrainBatchSizeSamples, cfg.NormEstimateBatches
	switch {
	case p.Steps < 1 || p.Steps > cfg.Steps():
		return fmt.Errorf("n_training_steps is %d of %d", p.Steps, cfg.Steps())
	case p.Samples != p.Steps*batch:
		return fmt.Errorf("n_training_samples is %d after %d batches of %d", p.Samples, p.Steps, batch)
	case p.AdamSteps != p.Steps:
		return fmt.Errorf("adam_step is %d after %d steps", p.AdamSteps, p.Steps)
	case p.WindowRows < 0 || p.LastRows < 0 || p.WindowRows > int64(p.Samples) || p.LastRows > int64(p.Samples):
		return fmt.Errorf("%d and %d rows counted of %d", p.LastRows, p.WindowRows, p.Samples)
	case p.HeldBatches < 0 || p.HeldBatches > most:
		return fmt.Errorf("n_held_batches is %d, n_batches_for_norm_estimate %d", p.HeldBatches, most)
	}
	return nil
}

// loadWeights reads the parameters into the model.
func (t *Trainer) loadWeights(path string) error {
	var tensors []tensor
	for _, p := range t.model.Params() {
		tensors = append(tensors, tensor{name: p.Name, shape: p.Shape, data: &p.Data, transposed: p.Transposed})
	}
	threshold := []float64{0}
	if t.model.TracksThreshold() {
		tensors = append(tensors, tensor{name: "topk_threshold", data: &threshold})
	}
	if _, err := readTensors(path, tensors); err != nil {
		return err
	}
	t.model.SetTopKThreshold(threshold[0])
	return nil
}

// loadTensors reads trainer_state.safetensors.
func (t *Trainer) loadTensors(path string) error {
	l := loose{held: t.feed.held}
	metadata, err := readTensors(path, t.tensors(&l))
	if err != nil {
		return err
	}
	is, err := t.progress()
	if err != nil {
		return err
	}
	if want := is.metadata(); metadata["settings_digest"] != want["settings_digest"] || metadata["n_training_steps"] != want["n_training_steps"] {
		return fmt.Errorf("it is of step %s of a run %s, %s of step %s of a run %s: they do not belong together",
			metadata["n_training_steps"], metadata["settings_digest"], stateFile, want["n_training_steps"], want["settings_digest"])
	}
	t.variance = l.variance[0]
	return t.activity.check(t.steps)
}
