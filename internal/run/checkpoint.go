package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/saego/saego/internal/atomic"
)

// Checkpoint is a moment of a run from which it can go on: a folder ROWS/ among those
// of its run.
type Checkpoint struct {
	Path    string
	Samples int // rows trained on
}

// Checkpoints are the checkpoints of a run, in one folder.
type Checkpoints struct {
	Dir  string
	Keep int // scheduled ones that stay, the newest; 0 = all
}

// Write keeps a moment of the run, after so many rows, by fill, which writes files
// into the folder that it is given. The checkpoint appears whole or not at all. Older
// ones go then: those that were not scheduled, and of the scheduled all but the last
// Keep.
func (s Checkpoints) Write(samples int, scheduled bool, fill func(dir string) error) (string, error) {
	dir, err := s.write(strconv.Itoa(samples), samples, scheduled, fill)
	if err != nil {
		return "", err
	}
	return dir, s.prune(samples)
}

// WriteFinal keeps the end of a run as sae-lens does, in final_ROWS/. It stays.
func (s Checkpoints) WriteFinal(samples int, fill func(dir string) error) (string, error) {
	return s.write(fmt.Sprintf("final_%d", samples), samples, true, fill)
}

func (s Checkpoints) write(name string, samples int, scheduled bool, fill func(dir string) error) (string, error) {
	dir := filepath.Join(s.Dir, name)
	err := atomic.WriteFolder(dir, func(tmp string) error {
		if err := fill(tmp); err != nil {
			return err
		}
		return writeManifest(tmp, samples, scheduled)
	})
	if err != nil {
		return "", fmt.Errorf("run: checkpoint %s: %w", dir, err)
	}
	return dir, nil
}

// prune removes the checkpoints that newer ones replace.
func (s Checkpoints) prune(newest int) error {
	all, err := s.List()
	if err != nil {
		return err
	}
	scheduled := 0
	var errs []error
	for _, c := range all {
		if c.Samples > newest {
			continue
		}
		m, err := c.manifest()
		if err == nil && m.Scheduled {
			scheduled++
		}
		if c.Samples < newest && (err != nil || !m.Scheduled || s.Keep > 0 && scheduled > s.Keep) {
			errs = append(errs, os.RemoveAll(c.Path))
		}
	}
	return errors.Join(errs...)
}

// List returns the checkpoints, the newest first, whole or not.
func (s Checkpoints) List() ([]Checkpoint, error) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run: %w", err)
	}
	var out []Checkpoint
	for _, e := range entries {
		if samples, err := strconv.Atoi(e.Name()); err == nil && e.IsDir() {
			out = append(out, Checkpoint{filepath.Join(s.Dir, e.Name()), samples})
		}
	}
	slices.SortFunc(out, func(a, b Checkpoint) int { return b.Samples - a.Samples })
	return out, nil
}

// Sweep removes what a process left that was killed while it wrote a checkpoint.
func (s Checkpoints) Sweep() error { return sweep(s.Dir, "*") }
