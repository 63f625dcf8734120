package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/saego/saego/extract"
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
	j.train = j.cfg.ahead(j.train)
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
