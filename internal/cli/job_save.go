package cli

import (
	"context"
	"errors"
	"maps"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/saego/saego/internal/atomic"
	"github.com/saego/saego/internal/run"
	"github.com/saego/saego/mixbuf"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// checkpoint keeps a moment of the run from which it can go on.
func (j *job) checkpoint(ctx context.Context, s train.State) error {
	dir, err := j.kept.Write(s.Samples, s.Scheduled, func(dir string) error { return j.fill(ctx, dir, s) })
	if dir != "" {
		j.saved = dir
		j.folder.Keep()
	}
	return err
}

// saveFinal keeps the end of the run as the checkpoint that sae-lens calls final.
func (j *job) saveFinal(ctx context.Context) error {
	_, err := j.kept.WriteFinal(j.final.Samples, func(dir string) error { return j.fill(ctx, dir, j.final) })
	return err
}

// fill writes a checkpoint: what the trainer and the buffer need to go on, and the SAE
// so far in its inference form, for whoever looks at it.
func (j *job) fill(ctx context.Context, dir string, s train.State) error {
	from, err := j.provenance(s)
	if err != nil {
		return err
	}
	return errors.Join(
		j.trainer.Save(dir, from),
		atomic.WriteFile(filepath.Join(dir, mixbuf.StateFile), j.buffer.WriteState),
		j.save(ctx, run.InCheckpoint(dir), s),
	)
}

// save writes the inference form of a moment of the run, with its provenance. From
// then on the run has something to keep.
func (j *job) save(ctx context.Context, dir string, s train.State) error {
	from, err := j.provenance(s)
	if err != nil {
		return err
	}
	m, err := j.inference(ctx, s)
	if err != nil {
		return err
	}
	if err := sae.Save(dir, m, from, s.LogSparsity); err != nil {
		return err
	}
	j.folder.Keep()
	return nil
}

// inference returns the SAE as it is to be used, with a threshold that fits the
// held-out rows where its architecture has one for all latents.
func (j *job) inference(ctx context.Context, s train.State) (*sae.Model, error) {
	if j.held == nil {
		return s.Inference(), nil
	}
	return s.Calibrated(ctx, j.held)
}

// provenance says where the SAE comes from, under sae-lens' keys where it has them.
func (j *job) provenance(s train.State) (sae.Provenance, error) {
	trainer, err := byKey(j.cfg.Train)
	if err != nil {
		return nil, err
	}
	p := sae.Provenance{
		"saego_version": Version,
		"model_name":    j.model.Spec.Name, "model_digest": j.model.Digest(),
		"hook_name": j.kind.Hook(), "dataset_path": j.cfg.Data,
		"held_out_fraction": j.cfg.HeldOutFraction, "seed": j.cfg.Seed,
		"l0": s.L0, "num_dead_features": s.Dead, "training_rows": s.Samples,
		"norm_scaling_factor": s.Scale.Factor, "trainer_config": trainer,
		"training_architecture_details": j.cfg.SAE, // as trained; what is saved has its scale folded in
	}
	if s.Model.Transcodes() {
		p["hook_name_out"], p["target_norm_scaling_factor"] = j.kind.HookOut(), s.Scale.Target
	}
	maps.Copy(p, j.kind.Provenance())
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
