package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/internal/atomic"
	"github.com/saego/saego/internal/logs"
	"github.com/saego/saego/internal/run"
	"github.com/saego/saego/mixbuf"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// job is one training run.
type job struct {
	*session
	folder   *run.Folder
	from     *run.Checkpoint // where the run goes on; nil for its start
	kept     run.Checkpoints
	trainer  *train.Trainer
	logs     *logs.Logs
	stderr   io.Writer
	held     *extract.Memory
	last     train.Evaluation // of the held-out rows
	final    train.State
	buffer   *mixbuf.Buffer
	progress *progress
	took     time.Duration
	saved    string // the checkpoint that was written last
}

func (j *job) run(ctx context.Context) (err error) {
	if j.held, err = j.heldRows(ctx); err != nil {
		return err
	}
	if j.buffer, err = mixbuf.New(j.train, j.cfg.Buffer); err != nil {
		return err
	}
	if err := j.begin(); err != nil {
		return err
	}
	if err := j.openLogs(); err != nil {
		return err
	}
	defer func() { j.logs.Close(exitCode(err)) }()
	j.progress = newProgress(j.stderr, j.cfg.Train.Steps())
	start := time.Now()
	j.final, err = j.trainer.Run(ctx, j.buffer)
	j.took = time.Since(start)
	j.progress.close()
	if err != nil {
		return err
	}
	if j.cfg.Train.SaveFinalCheckpoint {
		if err := j.saveFinal(ctx); err != nil {
			return err
		}
	}
	return j.save(ctx, j.folder.SAE(), j.final)
}

// begin makes the trainer: a new one, or that of the checkpoint.
func (j *job) begin() error {
	model, err := sae.New(j.cfg.SAE)
	if err != nil {
		return err
	}
	if j.from == nil {
		j.trainer, err = train.New(model, j.cfg.Train, j.hooks())
		return err
	}
	if err := j.readBuffer(filepath.Join(j.from.Path, mixbuf.StateFile)); err != nil {
		return err
	}
	j.saved = j.from.Path
	j.trainer, err = train.Resume(j.from.Path, model, j.cfg.Train, j.hooks())
	return err
}

// openLogs starts the loggers, or takes the logs up at the step of the checkpoint.
func (j *job) openLogs() (err error) {
	r := logs.Run{Name: filepath.Base(filepath.Clean(j.cfg.Output))}
	if j.from != nil {
		r.ResumeStep = j.from.Samples / j.cfg.Train.TrainBatchSizeSamples
	}
	config, err := resolved(j.kind)
	if err != nil {
		return err
	}
	if err := config.Decode(&r.Config); err != nil {
		return err
	}
	j.logs, err = logs.Open(j.folder.Logs(), j.cfg.Logger, r, func(warning string) {
		if j.progress != nil {
			j.progress.close() // the line that the warning is to stand on
		}
		_, _ = fmt.Fprintln(j.stderr, "warning:", warning)
	})
	return err
}

func (j *job) readBuffer(path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return j.buffer.ReadState(f)
}

func (j *job) hooks() train.Hooks {
	h := train.Hooks{
		Step:       func(i train.StepInfo) { j.progress.step(i) },
		Log:        func(r train.Record) error { j.logs.Log(logs.Record(r)); return nil },
		Checkpoint: func(ctx context.Context, s train.State) error { return j.checkpoint(ctx, s) },
	}
	if every := j.cfg.CheckpointMinutes; every > 0 {
		last := time.Now()
		h.Due = func() bool {
			if time.Since(last).Minutes() < every {
				return false
			}
			last = time.Now()
			return true
		}
	}
	if j.held != nil {
		h.Evaluate = func(ctx context.Context, s train.State) (map[string]float64, error) {
			m, err := j.inference(ctx, s)
			if err != nil {
				return nil, err
			}
			j.last, err = train.Evaluate(ctx, m, j.held)
			return j.last.Values(), err
		}
	}
	return h
}

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

// explain adds to the error of a run what became of its work.
func (j *job) explain(err error) error {
	interrupted := errors.Is(err, errInterrupted)
	switch {
	case interrupted && j.final.Step == 0:
		return fmt.Errorf("%w before the first step: nothing was written", errInterrupted)
	case interrupted && j.saved != "":
		return fmt.Errorf("%w after %d rows: --resume goes on; the SAE so far is in %s", errInterrupted, j.final.Samples, run.SAE(j.saved))
	case j.saved != "":
		return fmt.Errorf("%w; the last checkpoint is %s", err, j.saved)
	}
	return err
}
