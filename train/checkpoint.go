package train

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/saego/saego/sae"
)

// Names of the files of a checkpoint beside those of [sae.SaveTraining];
// docs/formats.md describes them.
const (
	weightsFile      = "sae_weights.safetensors"
	scalerFile       = "activation_scaler.json"
	whiteningFile    = "activation_whitening.safetensors"
	stateFile        = "trainer_state.json"
	stateTensorsFile = "trainer_state.safetensors"
)

// Format of trainer_state.json.
const (
	stateFormat  = "saego trainer state"
	stateVersion = 1
)

// progress is trainer_state.json: all of a run but its arrays.
type progress struct {
	Format        string   `json:"format"`
	Version       int      `json:"version"`
	Steps         int      `json:"n_training_steps"`
	Samples       int      `json:"n_training_samples"`
	AdamSteps     int      `json:"adam_step"`
	WindowRows    int64    `json:"n_frac_active_samples"`      // counted in the feature window at hand
	LastRows      int64    `json:"last_n_frac_active_samples"` // and in the one before it
	HeldBatches   int      `json:"n_held_batches"`             // read, but not yet trained on
	EvaluationDue bool     `json:"evaluation_due"`             // of the last step
	CheckpointDue bool     `json:"checkpoint_due"`             // of the last step, behind its evaluation
	Digest        string   `json:"settings_digest"`            // SHA-256 of settings
	Settings      settings `json:"settings"`
}

// Save writes into the folder dir, which is there, all that [Resume] needs to go on
// behind the last step: sae-lens' training checkpoint, with from in its metadata, and
// beside it what exactness needs. A hook may call it, but for the one that logs a
// feature window, and the caller after [Trainer.Run]. What the source has to remember
// is its owner's to keep.
func (t *Trainer) Save(dir string, from sae.Provenance) error {
	if err := t.save(dir, from); err != nil {
		return fmt.Errorf("train: save %s: %w", dir, err)
	}
	return nil
}

func (t *Trainer) save(dir string, from sae.Provenance) error {
	if t.steps == 0 || t.torn {
		return errors.New("there is no whole step to keep")
	}
	p, err := t.progress()
	if err != nil {
		return err
	}
	if err := sae.SaveTraining(dir, t.model, from, t.activity.recent().logSparsity()); err != nil {
		return err
	}
	if err := t.saveScaler(dir); err != nil {
		return err
	}
	loose := loose{variance: []float64{t.variance}, held: t.feed.held}
	if err := writeTensors(filepath.Join(dir, stateTensorsFile), p.metadata(), t.tensors(&loose)); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, stateFile), p)
}

// progress returns what trainer_state.json says.
func (t *Trainer) progress() (progress, error) {
	s, err := newSettings(t.cfg, t.model.Config())
	if err != nil {
		return progress{}, err
	}
	digest, err := s.digest()
	return progress{
		Format: stateFormat, Version: stateVersion,
		Steps: t.steps, Samples: t.samples, AdamSteps: t.solver.steps,
		WindowRows: t.activity.now.rows, LastRows: t.activity.before.rows,
		HeldBatches: len(t.feed.held), EvaluationDue: t.evaluationDue,
		CheckpointDue: t.checkpointDue() && (t.evaluationDue || !t.keeping),
		Digest:        digest, Settings: s,
	}, err
}

// metadata says in trainer_state.safetensors to which trainer_state.json it belongs.
func (p progress) metadata() map[string]string {
	return map[string]string{"format": p.Format, "settings_digest": p.Digest, "n_training_steps": strconv.Itoa(p.Steps)}
}

// loose is what of the arrays of a checkpoint has no fixed place in a trainer.
type loose struct {
	variance []float64
	held     []rows
}

// tensors lists the arrays of trainer_state.safetensors where they lie.
func (t *Trainer) tensors(l *loose) []tensor {
	cfg, params := t.model.Config(), t.model.Params()
	if t.solver.moments == nil {
		t.solver.moments = make([]moments, len(params))
	}
	latents := []int{cfg.DSAE}
	all := []tensor{
		{name: "explained_variance", data: &l.variance},
		{name: "n_forward_passes_since_fired", shape: latents, data: &t.activity.sinceFired},
		{name: "act_freq_scores", shape: latents, data: &t.activity.now.fired},
		{name: "last_act_freq_scores", shape: latents, data: &t.activity.before.fired},
	}
	for i, p := range params {
		shape, m := p.Shape, &t.solver.moments[i]
		if p.Transposed {
			shape = []int{p.Shape[1], p.Shape[0]}
		}
		all = append(all, tensor{name: "exp_avg." + p.Name, shape: shape, data: &m.m},
			tensor{name: "exp_avg_sq." + p.Name, shape: shape, data: &m.v})
	}
	batch := t.cfg.TrainBatchSizeSamples
	for i := range l.held {
		h := &l.held[i]
		all = append(all, tensor{name: fmt.Sprintf("held.%d", i), shape: []int{batch, cfg.DIn}, data: &h.x})
		if t.model.Transcodes() {
			all = append(all, tensor{name: fmt.Sprintf("held_target.%d", i), shape: []int{batch, cfg.Out()}, data: &h.target})
		}
	}
	return all
}
