package cli

import (
	"context"
	"errors"
	"maps"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/saego/saego/internal/run"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// fill writes the member's part of a checkpoint: what the trainer needs to go on, and
// the SAE so far in its inference form, for whoever looks at it.
func (m *member) fill(ctx context.Context, checkpoint string) error {
	dir, s := m.part(checkpoint), m.trainer.State()
	from, err := m.provenance(s)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return errors.Join(m.trainer.Save(dir, from), m.save(ctx, run.InCheckpoint(dir), s))
}

// save writes the inference form of a moment of the run, with its provenance. From
// then on the run has something to keep.
func (m *member) save(ctx context.Context, dir string, s train.State) error {
	from, err := m.provenance(s)
	if err != nil {
		return err
	}
	model, err := m.inference(ctx, s)
	if err != nil {
		return err
	}
	if err := sae.Save(dir, model, from, s.LogSparsity); err != nil {
		return err
	}
	m.job.folder.Keep()
	return nil
}

// inference returns the SAE as it is to be used, with a threshold that fits the
// held-out rows where its architecture has one for all latents.
func (m *member) inference(ctx context.Context, s train.State) (*sae.Model, error) {
	if m.job.held == nil {
		return s.Inference(), nil
	}
	return s.Calibrated(ctx, m.job.held)
}

// provenance says where the SAE comes from, under sae-lens' keys where it has them.
func (m *member) provenance(s train.State) (sae.Provenance, error) {
	trainer, err := byKey(m.cfg.Train)
	if err != nil {
		return nil, err
	}
	model, digest := m.job.origin()
	p := sae.Provenance{
		"saego_version": Version,
		"model_name":    model, "model_digest": digest,
		"hook_name": m.kind.Hook(), "dataset_path": m.cfg.Data,
		"provider": m.cfg.Runtime.Provider, "precision": m.job.precision(),
		"held_out_fraction": m.cfg.HeldOutFraction, "seed": m.cfg.Seed,
		"l0": s.L0, "num_dead_features": s.Dead, "training_rows": s.Samples,
		"norm_scaling_factor": s.Scale.Factor, "trainer_config": trainer,
		"training_architecture_details": m.cfg.SAE, // as trained; what is saved has its scale folded in
	}
	if m.job.runner != nil {
		if set := m.job.runner.Settings(); set != nil {
			p["provider_settings"] = set
		}
	}
	if d := m.job.drift; d != nil {
		p["drift"] = d
	}
	if s.Model.Transcodes() {
		p["hook_name_out"], p["target_norm_scaling_factor"] = m.kind.HookOut(), s.Scale.Target
	}
	if d := m.job.rounded(); d != "" {
		p["activations_dtype"] = d
	}
	maps.Copy(p, m.kind.Provenance())
	return p, nil
}

// byKey returns a configuration as a map by its yaml keys.
func byKey(config any) (map[string]any, error) {
	data, err := yaml.Marshal(config)
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	return out, yaml.Unmarshal(data, &out)
}
