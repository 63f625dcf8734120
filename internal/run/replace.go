package run

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A run that is to be replaced waits in replacedDir of its folder, and goes through
// discardedDir to its end. The steps are ordered so that a process may be killed
// between any two: whenever replacedDir is there, [restore] finds the earlier run whole.
const (
	replacedDir  = ".replaced"
	discardedDir = ".discarded"
)

// setAside moves the run at path into replacedDir, its configuration last.
func setAside(path string) error {
	replaced := filepath.Join(path, replacedDir)
	if err := os.Mkdir(replaced, 0o755); err != nil {
		return err
	}
	for _, name := range slices.Backward(contents(path)) {
		if err := rename(path, replaced, name); err != nil {
			return err
		}
	}
	return nil
}

// restore puts the run in replacedDir back, if there is one, in the place of what
// was written since.
func restore(path string) error {
	replaced := filepath.Join(path, replacedDir)
	if _, err := os.Stat(filepath.Join(replaced, configFile)); err == nil { // all of it had been moved
		if err := empty(path); err != nil {
			return err
		}
	}
	for _, name := range contents(replaced) {
		if err := rename(replaced, path, name); err != nil {
			return err
		}
	}
	return errors.Join(os.RemoveAll(replaced), os.RemoveAll(filepath.Join(path, discardedDir)))
}

// discard removes the run in replacedDir.
func discard(path string) error {
	discarded := filepath.Join(path, discardedDir)
	if err := os.Rename(filepath.Join(path, replacedDir), discarded); err != nil {
		return err
	}
	return os.RemoveAll(discarded)
}

// rename moves an entry, if it is there, from one folder into another.
func rename(from, to, name string) error {
	err := os.Rename(filepath.Join(from, name), filepath.Join(to, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// empty removes what a run wrote at path.
func empty(path string) error {
	var errs []error
	for _, name := range contents(path) {
		errs = append(errs, os.RemoveAll(filepath.Join(path, name)))
	}
	return errors.Join(errs...)
}
