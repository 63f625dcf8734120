package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/internal/run"
	"github.com/saego/saego/mixbuf"
)

// job is one training run, or a sweep.
type job struct {
	*session
	devices  *devices
	base     Kind      // the settings as they were given, from which those of members follow
	members  []*member // the only one of a run
	folder   *run.Folder
	from     *run.Checkpoint // where the run goes on; nil for its start
	kept     run.Checkpoints
	stderr   io.Writer
	held     *extract.Memory
	buffer   *mixbuf.Buffer
	progress *progress
	took     time.Duration
	saved    *run.Checkpoint // that was written last, or that the run goes on from
}

// newJob returns a job whose members have these settings.
func newJob(s *session, base Kind, kinds []Kind, stderr io.Writer) *job {
	j := &job{session: s, base: base, stderr: stderr}
	for _, k := range kinds {
		m := &member{job: j, kind: k, cfg: k.Config()}
		if j.sweeps() {
			m.name = memberName(k)
		}
		j.members = append(j.members, m)
	}
	return j
}

// sweeps says whether the job is a sweep, if only of one SAE.
func (j *job) sweeps() bool { return len(j.base.Config().Sweep) > 0 }

func (j *job) run(ctx context.Context) (err error) {
	if j.held, err = j.heldRows(ctx); err != nil {
		return err
	}
	j.train = j.cfg.readAhead(j.train)
	if j.buffer, err = mixbuf.New(j.train, j.cfg.Buffer); err != nil {
		return err
	}
	if err := j.begin(); err != nil {
		return err
	}
	defer func() { j.closeLogs(exitCode(err)) }()
	if err := j.each((*member).openLogs); err != nil {
		return err
	}
	j.progress = newProgress(j.stderr, j.cfg.Train.Steps())
	start := time.Now()
	err = j.trainAll(ctx)
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
	return j.each(func(m *member) error { return m.save(ctx, run.InCheckpoint(m.dir), m.final) })
}

// begin makes the trainers: new ones, or those of the checkpoint.
func (j *job) begin() error {
	if j.from != nil {
		if err := j.readBuffer(filepath.Join(j.from.Path, mixbuf.StateFile)); err != nil {
			return err
		}
		if err := j.readSweep(); err != nil {
			return err
		}
		j.saved = j.from
	}
	return j.each((*member).begin)
}

// trainAll trains the member, or all in step.
func (j *job) trainAll(ctx context.Context) (err error) {
	if !j.sweeps() {
		m := j.members[0]
		m.final, err = m.trainer.Run(ctx, j.buffer)
		return err
	}
	s, err := j.sweep()
	if err != nil {
		return err
	}
	err = s.Run(ctx, j.buffer)
	return errors.Join(err, j.each(func(m *member) error {
		m.final = m.trainer.State()
		return nil
	}))
}

// each calls f for the members that train, up to the first error.
func (j *job) each(f func(*member) error) error {
	for _, m := range j.members {
		if m.lost == nil {
			if err := f(m); err != nil {
				return err
			}
		}
	}
	return nil
}

// first returns a member that trains; the first of all where none does.
func (j *job) first() *member {
	for _, m := range j.members {
		if m.lost == nil {
			return m
		}
	}
	return j.members[0]
}

func (j *job) closeLogs(exitCode int) {
	_ = j.each(func(m *member) error { // it has no error
		m.closeLogs(exitCode)
		return nil
	})
}

// due says when a checkpoint is due by the clock; nil for never.
func (j *job) due() func() bool {
	every := j.cfg.CheckpointMinutes
	if every == 0 {
		return nil
	}
	last := time.Now()
	return func() bool {
		if time.Since(last).Minutes() < every {
			return false
		}
		last = time.Now()
		return true
	}
}

// warn writes a warning on a line of its own.
func (j *job) warn(warning string) {
	if j.progress != nil {
		j.progress.close()
	}
	_, _ = fmt.Fprintln(j.stderr, "warning:", warning)
}

// explain adds to the error of a run what became of its work.
func (j *job) explain(err error) error {
	interrupted, final := errors.Is(err, errInterrupted), j.first().final
	switch {
	case interrupted && final.Step == 0:
		return fmt.Errorf("%w before the first step: nothing was written", errInterrupted)
	case interrupted && j.saved != nil && j.sweeps():
		return fmt.Errorf("%w after %d rows: --resume goes on; the SAEs so far are in %s", errInterrupted, final.Samples, j.saved.Path)
	case interrupted && j.saved != nil:
		return fmt.Errorf("%w after %d rows: --resume goes on; the SAE so far is in %s", errInterrupted, final.Samples, run.SAE(j.saved.Path))
	case j.saved != nil:
		return fmt.Errorf("%w; the last checkpoint is %s", err, j.saved.Path)
	}
	return err
}
