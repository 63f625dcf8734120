package demo

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/saego/saego/internal/atomic"
)

// writeFolder makes the folder dir and lets fill write into it. The folder
// appears whole under its name or not at all; one that exists is left alone,
// because nobody knows what else it holds.
func writeFolder(dir string, fill func(tmp string) error) error {
	if _, err := os.Lstat(dir); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("demo: %s: is in the way: remove it or name another folder", dir)
	}
	if err := atomic.WriteFolder(dir, fill); err != nil {
		return fmt.Errorf("demo: %s: %w", dir, err)
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
