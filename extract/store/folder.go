package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/saego/saego/internal/atomic"
)

// Folder is the [Place] that is the folder of that path. It is made when the first file
// is.
//
// A file is written under a hidden name, reaches the disk (fsync), and is renamed; then
// the folder does, too. What Close has reported to be there is there after a power cut.
// Files are read as memory (mmap).
type Folder string

var (
	_ Place  = Folder("")
	_ Locker = Folder("")
)

// unfinished matches the names of files that are being written.
const unfinished = ".*.tmp-*"

// path returns where a file is. Names that lead out of the folder have no place in it.
func (d Folder) path(name string) (string, error) {
	if name == "" || strings.HasPrefix(name, ".") || filepath.Base(name) != name {
		return "", fmt.Errorf("%q is no name of a file in %s", name, d)
	}
	return filepath.Join(string(d), name), nil
}

// Create implements [Place].
func (d Folder) Create(_ context.Context, name string) (File, error) {
	path, err := d.path(name)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return nil, full(err)
	}
	f, err := os.CreateTemp(string(d), "."+name+".tmp-*")
	if err != nil {
		return nil, full(err)
	}
	return &folderFile{file: f, path: path}, nil
}

// Open implements [Place].
func (d Folder) Open(_ context.Context, name string) (Reader, error) {
	path, err := d.path(name)
	if err != nil {
		return nil, err
	}
	return openMapped(path)
}

// List implements [Place]. Folders count as files without content.
func (d Folder) List(context.Context) ([]Info, error) {
	entries, err := os.ReadDir(string(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Info
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		one := Info{Name: e.Name()}
		if info.Mode().IsRegular() {
			one.Size = info.Size()
		}
		out = append(out, one)
	}
	return out, nil
}

// Remove implements [Place].
func (d Folder) Remove(_ context.Context, name string) error {
	path, err := d.path(name)
	if err != nil {
		return err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Free implements [Place]: what the file system grants to others than its
// administrator.
func (d Folder) Free(context.Context) (int64, bool) {
	for dir := filepath.Clean(string(d)); ; dir = filepath.Dir(dir) {
		var s unix.Statfs_t
		if err := unix.Statfs(dir, &s); err == nil {
			return int64(s.Bavail) * int64(s.Bsize), true
		}
		if dir == filepath.Dir(dir) {
			return 0, false
		}
	}
}

// String implements [Place].
func (d Folder) String() string { return string(d) }

// Lock implements [Locker]. It removes what a process left that was killed while it
// wrote.
func (d Folder) Lock(context.Context) (func() error, error) {
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return nil, err
	}
	f, err := atomic.Lock(string(d), "process")
	if err != nil {
		return nil, err
	}
	left, err := filepath.Glob(filepath.Join(escape(string(d)), unfinished))
	for _, path := range left {
		err = errors.Join(err, os.Remove(path))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f.Close, nil
}

// escape makes a path a pattern that matches itself.
func escape(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// full marks an error of the file system that means that there is no room.
func full(err error) error {
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
