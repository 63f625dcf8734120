package demo

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeFolder makes the folder dir and lets fill write into it. The folder
// appears whole under its name or not at all; one that exists is left alone.
func writeFolder(dir string, fill func(tmp string) error) (err error) {
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("demo: %s: exists already: remove it or name another folder", dir)
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	tmp, err := os.MkdirTemp(parent, "."+filepath.Base(dir)+"-*")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	if err := fill(tmp); err != nil {
		return fmt.Errorf("demo: %s: %w", dir, err)
	}
	if err := os.Chmod(tmp, 0o755); err != nil { // MkdirTemp's folder is the owner's alone
		return fmt.Errorf("demo: %w", err)
	}
	if err := os.Rename(tmp, dir); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return nil
}

// writeLines writes n JSON objects to path, one per line.
func writeLines(path string, n int, line func(i int) any) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i := range n {
		if err := enc.Encode(line(i)); err != nil {
			return err
		}
	}
	return w.Flush()
}
