package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/saego/saego/internal/atomic"
	"github.com/saego/saego/internal/run"
	"github.com/saego/saego/mixbuf"
)

// checkpoint keeps a moment of the run from which it can go on.
func (j *job) checkpoint(ctx context.Context, samples int, scheduled bool) error {
	dir, err := j.kept.Write(samples, scheduled, func(dir string) error { return j.fill(ctx, dir) })
	if dir != "" {
		j.saved = &run.Checkpoint{Path: dir, Samples: samples}
		j.folder.Keep()
	}
	return err
}

// saveFinal keeps the end of the run as the checkpoint that sae-lens calls final.
func (j *job) saveFinal(ctx context.Context) error {
	_, err := j.kept.WriteFinal(j.first().final.Samples, func(dir string) error { return j.fill(ctx, dir) })
	return err
}

// fill writes a checkpoint: what the buffer needs to go on, and what each member does.
func (j *job) fill(ctx context.Context, dir string) error {
	return errors.Join(
		atomic.WriteFile(filepath.Join(dir, mixbuf.StateFile), j.buffer.WriteState),
		j.each(func(m *member) error { return m.fill(ctx, dir) }),
		j.writeSweep(dir),
	)
}

func (j *job) readBuffer(path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return j.buffer.ReadState(f)
}
