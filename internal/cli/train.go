package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/internal/run"
	"github.com/saego/saego/mixbuf"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

func trainCommand(k Kind, stdout, stderr io.Writer) *cobra.Command {
	name, _, _ := k.Program()
	cmd := &cobra.Command{
		Use:   "train",
		Short: "Train an SAE on the activations at one hook point",
		Example: fmt.Sprintf("  %s train --preset demo --output out/demo\n"+
			"  %s train --model DIR --data PATH --hook NAME --output DIR\n  %s train --config run.yaml --k 64", name, name, name),
		Args: noArguments,
	}
	l := newLayers(k, cmd.Flags())
	cmd.Flags().StringVar(&l.config, "config", "", "YAML file of settings; keys are the flags' names with underscores")
	cmd.Flags().SortFlags = false
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := l.load(); err != nil {
			return err
		}
		if k.Config().Output == "" {
			return usage(errors.New("--output is missing: name a folder for this run"))
		}
		return trainSAE(cmd.Context(), k, stdout, stderr)
	}
	return cmd
}

// trainSAE runs the whole job: it opens what is needed, trains, saves and reports.
func trainSAE(ctx context.Context, k Kind, stdout, stderr io.Writer) (err error) {
	s, err := open(k, stderr)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	for _, w := range s.cfg.Train.Warnings() {
		_, _ = fmt.Fprintln(stderr, "warning:", w)
	}
	folder, err := run.Create(s.cfg.Output, s.cfg.Overwrite)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	if err := folder.WriteConfig(k.Settings()); err != nil {
		return err
	}
	j := &job{session: s, folder: folder, stderr: stderr}
	if err := j.run(ctx); err != nil {
		return j.explain(err)
	}
	return j.report(stdout)
}

// job is one training run.
type job struct {
	*session
	folder   *run.Folder
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
	model, err := sae.New(j.cfg.SAE)
	if err != nil {
		return err
	}
	if j.buffer, err = mixbuf.New(j.train, j.cfg.Buffer); err != nil {
		return err
	}
	trainer, err := train.New(model, j.cfg.Train, j.hooks())
	if err != nil {
		return err
	}
	j.progress = newProgress(j.stderr, j.cfg.Train.Steps())
	start := time.Now()
	j.final, err = trainer.Run(ctx, j.buffer)
	j.took = time.Since(start)
	j.progress.close()
	if err != nil {
		return err
	}
	j.folder.Keep()
	return j.save(j.folder.SAE(), j.final)
}

func (j *job) hooks() train.Hooks {
	h := train.Hooks{
		Step: func(i train.StepInfo) { j.progress.step(i) },
		Log:  func(r train.Record) error { return j.folder.Log(r.Step, r.Samples, r.Values) },
		Checkpoint: func(_ context.Context, s train.State) error {
			j.saved = j.folder.Checkpoint(s.Samples)
			j.folder.Keep()
			return j.save(j.saved, s)
		},
	}
	if j.held != nil {
		h.Evaluate = func(ctx context.Context, s train.State) (map[string]float64, error) {
			var err error
			j.last, err = train.Evaluate(ctx, s.Inference(), j.held)
			return j.last.Values(), err
		}
	}
	return h
}

// save writes the inference form of a moment of the run, with its provenance.
func (j *job) save(dir string, s train.State) error {
	return sae.Save(dir, s.Inference(), j.provenance(s), s.LogSparsity)
}

// provenance says where the SAE comes from, under sae-lens' keys where it has them.
func (j *job) provenance(s train.State) sae.Provenance {
	p := sae.Provenance{
		"saego_version": Version,
		"model_name":    j.model.Spec.Name, "model_digest": j.model.Digest(),
		"hook_name": j.kind.Hook(), "dataset_path": j.cfg.Data,
		"l0": s.L0, "num_dead_features": s.Dead, "training_rows": s.Samples,
		"norm_scaling_factor": s.Scale, "trainer_config": j.cfg.Train,
	}
	for key, value := range j.kind.Provenance() {
		p[key] = value
	}
	return p
}

// explain adds to the error of a run what became of its work.
func (j *job) explain(err error) error {
	if j.saved == "" {
		return err
	}
	return fmt.Errorf("%w; the SAE so far is in %s", err, j.saved)
}
