package run

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Reopen takes up the folder of a run that was interrupted or killed. What is whole in
// it stays whatever happens.
func Reopen(path string) (*Folder, error) {
	f := &Folder{path: path, kept: true}
	if err := f.reopen(); err != nil {
		defer f.release()
		return nil, fmt.Errorf("run: resume %s: %w", path, err)
	}
	return f, nil
}

func (f *Folder) reopen() error {
	if err := f.take(); err != nil {
		return err
	}
	if !exists(Config(f.path)) {
		return errors.New("there is no run: name its folder, or leave --resume out")
	}
	f.replaced = exists(filepath.Join(f.path, replacedDir)) // by the run that goes on
	return errors.Join(sweep(f.path, saeDir), sweep(f.path, "*.*"), sweep(f.path, "*=*"))
}

// sweep removes what a process left in dir that was killed while it wrote files or
// folders whose names match.
func sweep(dir, names string) error {
	left, err := filepath.Glob(filepath.Join(dir, "."+names+".tmp-*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, path := range left {
		errs = append(errs, os.RemoveAll(path))
	}
	return errors.Join(errs...)
}
