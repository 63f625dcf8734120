package run

import (
	"errors"
	"fmt"
	"path/filepath"
)

// Reopen takes up the folder of a run that was interrupted or killed. What is in it
// stays whatever happens.
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
	return nil
}
