package logs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// matching returns the paths of the files in dir that match a pattern, sorted.
func matching(dir, pattern string) ([]string, error) {
	names, err := fs.Glob(os.DirFS(dir), pattern) // in which dir's own name is no pattern
	for i, name := range names {
		names[i] = filepath.Join(dir, filepath.FromSlash(name))
	}
	return names, err
}

// file is a log of which only the end changes.
//
// Each change is one write, so that a process that is killed leaves the file before
// or after it.
type file struct {
	f   *os.File
	end int64
}

// openFile opens the file at path, or makes it.
func openFile(path string) (*file, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &file{f, info.Size()}, nil
}

// reader reads what the file holds now.
func (f *file) reader() io.Reader { return io.NewSectionReader(f.f, 0, f.end) }

// put writes data at an offset that is not beyond the end, as the last of the file.
func (f *file) put(at int64, data []byte) error {
	if _, err := f.f.WriteAt(data, at); err != nil {
		_ = f.f.Truncate(at) // half an entry is worse than none; the cause is told
		return err
	}
	old := f.end
	if f.end = at + int64(len(data)); f.end < old {
		return f.f.Truncate(f.end)
	}
	return nil
}

// append writes data after all that the file holds.
func (f *file) append(data []byte) error { return f.put(f.end, data) }

// cut ends the file at an offset.
func (f *file) cut(at int64) error { return f.put(at, nil) }

func (f *file) close() error { return errors.Join(f.f.Sync(), f.f.Close()) }
