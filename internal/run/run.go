// Package run keeps the folder of a training run.
//
// A run leaves its resolved configuration (config.yaml), its logs (internal/logs names
// them), checkpoints (checkpoints/<rows>/) and the trained SAE (sae/) in one folder. A
// sweep leaves its configuration, checkpoints of all, a folder of each member with what
// a run leaves, and a table.
// This package is the only one that knows the layout. A run that ends before it has
// something to keep leaves nothing behind, and an earlier run that it was to
// replace is back in its place; what is finished is never removed.
package run

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/saego/saego/internal/atomic"
	"github.com/saego/saego/internal/logs"
)

// Names in a run's folder.
const (
	configFile     = "config.yaml"
	saeDir         = "sae"
	checkpointsDir = "checkpoints"
)

// contents returns the names of all that a run or a sweep writes into dir. The
// configuration is first: it is what makes a folder a run.
func contents(dir string) []string {
	return slices.Concat([]string{configFile}, logs.Names(), []string{saeDir, checkpointsDir, tableFile}, members(dir))
}

// Folder is the folder of a run in progress.
type Folder struct {
	path  string
	made  []string // folders that did not exist before, outermost first
	lock  *os.File
	ready bool // for what a run writes
	kept  bool // there is something to keep

	replaced bool // an earlier run is set aside
}

// ErrExists is wrapped by the error of [Create] for a folder that is in use.
var ErrExists = errors.New("exists and is not empty")

// Create makes the folder of a new run at path. A folder that has files is refused;
// with overwrite, one that holds an earlier run is taken, and that run goes when
// this one is kept.
func Create(path string, overwrite bool) (*Folder, error) {
	f := &Folder{path: path}
	if err := f.create(overwrite); err != nil {
		var cause *fs.PathError
		if errors.As(err, &cause) { // whose path is path, or below it
			err = fmt.Errorf("%w: name a folder that can be written", cause.Err)
		}
		defer f.release()
		return nil, errors.Join(fmt.Errorf("run: output %s: %w", path, err), f.remove())
	}
	return f, nil
}

func (f *Folder) create(overwrite bool) error {
	if err := f.vacate(overwrite); err != nil {
		return err
	}
	if err := f.makeAll(f.path); err != nil {
		return err
	}
	if f.lock == nil {
		if err := f.take(); err != nil {
			return err
		}
	}
	f.ready = true
	return nil
}

// take locks the folder for this process.
func (f *Folder) take() (err error) {
	f.lock, err = atomic.Lock(f.path, "run")
	return err
}

// vacate makes sure that no file of another run is in the way.
func (f *Folder) vacate(overwrite bool) error {
	entries, err := os.ReadDir(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return !unborn(e.Name()) }) {
		return f.clear(entries)
	}
	if !overwrite {
		return fmt.Errorf("%w: name another, or pass --overwrite", ErrExists)
	}
	if err := f.take(); err != nil {
		return err
	}
	if err := restore(f.path); err != nil { // what a process left that was killed
		return err
	}
	if _, err := os.Stat(filepath.Join(f.path, configFile)); err != nil {
		return fmt.Errorf("%w, and it is no run (no %s): name another", ErrExists, configFile)
	}
	f.replaced = true
	return setAside(f.path)
}

// unborn says whether a file is what a process left that was killed before its run had
// a configuration.
func unborn(name string) bool { return strings.HasPrefix(name, "."+configFile+".tmp-") }

// clear removes entries of the folder.
func (f *Folder) clear(entries []fs.DirEntry) error {
	if err := f.take(); err != nil {
		return err
	}
	var errs []error
	for _, e := range entries {
		errs = append(errs, os.Remove(filepath.Join(f.path, e.Name())))
	}
	return errors.Join(errs...)
}

// makeAll is os.MkdirAll that remembers what it made.
func (f *Folder) makeAll(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if parent := filepath.Dir(path); parent != path {
		if err := f.makeAll(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		return err
	}
	f.made = append(f.made, path)
	return nil
}

// WriteConfig writes the resolved configuration, or that from which those of a sweep's
// members follow.
func (f *Folder) WriteConfig(config any) error { return writeConfig(f.path, config) }

func writeConfig(dir string, config any) error {
	err := atomic.WriteFile(Config(dir), func(w io.Writer) error {
		e := yaml.NewEncoder(w)
		e.SetIndent(2)
		return errors.Join(e.Encode(config), e.Close())
	})
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	return nil
}

// Logs returns the folder that the logs go into.
func (f *Folder) Logs() string { return f.path }

// SAE returns where the trained SAE goes.
func (f *Folder) SAE() string { return SAE(f.path) }

// Checkpoints returns where checkpoints go unless the user says otherwise.
func (f *Folder) Checkpoints() string { return CheckpointsOf(f.path) }

// InCheckpoint returns where the SAE so far goes in the checkpoint at path.
func InCheckpoint(path string) string { return filepath.Join(path, saeDir) }

// CheckpointsOf is [Folder.Checkpoints] of the run at path.
func CheckpointsOf(path string) string { return filepath.Join(path, checkpointsDir) }

// Finished says whether the run or sweep at path has come to its end.
func Finished(path string) bool {
	return exists(filepath.Join(path, saeDir, saeConfig)) || exists(Table(path))
}

// Keep says that the folder now holds something that must stay.
func (f *Folder) Keep() { f.kept = true }

// Close ends the run. If there is something to keep, a replaced run is removed;
// else that run is restored, or the folder and what Create made above it removed.
func (f *Folder) Close() error {
	defer f.release()
	switch {
	case !f.kept:
		return f.remove()
	case f.replaced:
		return discard(f.path)
	}
	return nil
}

// release lets others have the folder.
func (f *Folder) release() {
	if f.lock != nil {
		_ = f.lock.Close() // it was only read
	}
}

// remove undoes what create did.
func (f *Folder) remove() error {
	if f.replaced {
		return restore(f.path)
	}
	var errs []error
	if f.ready {
		errs = append(errs, empty(f.path))
	}
	for i := len(f.made) - 1; i >= 0; i-- {
		errs = append(errs, os.Remove(f.made[i]))
	}
	return errors.Join(errs...)
}

// SAE returns the folder of the SAE of the run or the checkpoint at path; for another
// path, the path itself.
func SAE(path string) string {
	inner := filepath.Join(path, saeDir)
	if exists(filepath.Join(inner, saeConfig)) || !exists(filepath.Join(path, saeConfig)) {
		return inner
	}
	return path
}

// saeConfig is in every folder of an SAE.
const saeConfig = "cfg.json"

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Config returns the path of the configuration of the run at path.
func Config(path string) string { return filepath.Join(path, configFile) }
