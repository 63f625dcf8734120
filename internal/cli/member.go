package cli

import (
	"context"
	"path/filepath"

	"github.com/saego/saego/internal/logs"
	"github.com/saego/saego/internal/run"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// member is one SAE of a job.
type member struct {
	job     *job
	name    string // in a sweep; "" for a run
	kind    Kind
	cfg     *Config
	dir     string // of its logs and its SAE
	trainer *train.Trainer
	logs    *logs.Logs
	last    train.Evaluation // of the held-out rows
	final   train.State
	lost    *loss // why it does not train any more; nil if it does
}

// begin makes the trainer: a new one, or that of the checkpoint.
func (m *member) begin() error {
	model, err := sae.New(m.cfg.SAE)
	if err != nil {
		return err
	}
	if err := m.job.devices.place(model, m.cfg); err != nil {
		return err
	}
	if m.job.from == nil {
		m.trainer, err = train.New(model, m.cfg.Train, m.hooks())
		return err
	}
	m.trainer, err = train.Resume(m.part(m.job.from.Path), model, m.cfg.Train, m.hooks())
	return err
}

// part returns where in a checkpoint the member is.
func (m *member) part(checkpoint string) string {
	if m.name == "" {
		return checkpoint
	}
	return run.CheckpointOfMember(checkpoint, m.name)
}

// openLogs starts the loggers, or takes the logs up at the step of the checkpoint.
func (m *member) openLogs() (err error) {
	r := logs.Run{Name: filepath.Base(filepath.Clean(m.job.base.Config().Output))}
	if m.name != "" {
		r.Name += " " + m.name
	}
	if from := m.job.from; from != nil {
		r.ResumeStep = from.Samples / m.cfg.Train.TrainBatchSizeSamples
	}
	config, err := resolved(m.kind)
	if err != nil {
		return err
	}
	if err := config.Decode(&r.Config); err != nil {
		return err
	}
	m.logs, err = logs.Open(m.dir, m.cfg.Logger, r, m.job.warn)
	return err
}

func (m *member) closeLogs(exitCode int) {
	if m.logs != nil {
		m.logs.Close(exitCode)
	}
}

// hooks are those of the trainer. What concerns all members of a sweep is among the
// sweep's.
func (m *member) hooks() train.Hooks {
	h := train.Hooks{Log: func(r train.Record) error { m.logs.Log(logs.Record(r)); return nil }}
	if m.name == "" {
		h.Step = func(i train.StepInfo) { m.job.progress.step(i) }
		h.Checkpoint = func(ctx context.Context, s train.State) error { return m.job.checkpoint(ctx, s.Samples, s.Scheduled) }
		h.Due = m.job.due()
	}
	if m.job.held != nil {
		h.Evaluate = func(ctx context.Context, s train.State) (map[string]float64, error) {
			model, err := m.inference(ctx, s)
			if err != nil {
				return nil, err
			}
			m.last, err = train.Evaluate(ctx, model, m.job.held)
			return m.last.Values(), err
		}
	}
	return h
}
