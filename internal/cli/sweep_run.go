package cli

import (
	"context"
	"fmt"

	"github.com/saego/saego/internal/run"
	"github.com/saego/saego/train"
)

// sweep returns the trainers of all members that train, in step.
func (j *job) sweep() (*train.Sweep, error) {
	var of []*member
	var trainers []*train.Trainer
	_ = j.each(func(m *member) error { // it has no error
		of, trainers = append(of, m), append(trainers, m.trainer)
		return nil
	})
	return train.NewSweep(trainers, train.SweepHooks{
		Step:    func(i train.SweepInfo) { j.progress.sweepStep(i, len(j.members)) },
		Dropped: func(i int, err error) { of[i].drop(err) },
		Checkpoint: func(ctx context.Context, scheduled bool) error {
			return j.checkpoint(ctx, j.first().trainer.State().Samples, scheduled)
		},
		Due: j.due(),
	})
}

// drop lets go of a member whose loss is not finite. What its folder has stays: its logs,
// and the last checkpoint, which would go with the next one.
func (m *member) drop(err error) {
	m.lost = &loss{Name: m.name, Reason: oneLine(err)}
	m.closeLogs(exitFailed)
	m.trainer, m.logs = nil, nil
	told := fmt.Sprintf("%s fails, the others go on: %s", m.name, m.lost.Reason)
	if saved := m.job.saved; saved != nil {
		switch dir, err := saved.KeepMember(m.name, m.dir); err {
		case nil:
			told += "; its last checkpoint is " + dir
		default:
			told += fmt.Sprintf("; its last checkpoint cannot be kept: %v", err)
		}
	}
	m.job.warn(told)
}

// openFolders makes the members' folders, or takes them up.
func (j *job) openFolders() error {
	for _, m := range j.members {
		if m.name == "" {
			m.dir = j.folder.Logs()
			continue
		}
		config, err := resolved(m.kind)
		if err != nil {
			return err
		}
		if m.dir, err = j.folder.Member(m.name, config); err != nil {
			return err
		}
	}
	return nil
}

// noSweep says of the folder of a sweep that it is that of several runs.
func noSweep(dir string) error {
	members := run.Members(dir)
	if len(members) == 0 {
		return nil
	}
	return usage(fmt.Errorf("run %s is a sweep: name one of its %d members, such as %s", dir, len(members), members[0]))
}
