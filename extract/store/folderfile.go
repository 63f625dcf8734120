package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// folderFile is a file of a [Folder] that is being written.
type folderFile struct {
	file *os.File
	path string // under which it appears
	done bool
}

func (f *folderFile) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	return n, full(err)
}

// Close implements [File]. On an error nothing of the file is left.
func (f *folderFile) Close() error {
	f.done = true
	err := errors.Join(f.file.Chmod(0o644), f.file.Sync(), f.file.Close())
	if err == nil {
		err = os.Rename(f.file.Name(), f.path)
	}
	if err != nil {
		return full(errors.Join(err, os.Remove(f.file.Name())))
	}
	return syncFolder(filepath.Dir(f.path))
}

// Abort implements [File].
func (f *folderFile) Abort() error {
	if f.done {
		return nil
	}
	f.done = true
	return errors.Join(f.file.Close(), os.Remove(f.file.Name()))
}

// syncFolder makes the names in a folder reach the disk.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// mapped is a file as memory.
type mapped struct {
	*bytes.Reader
	content []byte
}

var _ Mapped = (*mapped)(nil)

// openMapped opens a file for reading, as memory where the file system can do that.
func openMapped(path string) (Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if info.Size() == 0 { // there is no memory of no bytes
		return &plain{f, 0}, nil
	}
	content, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return &plain{f, info.Size()}, nil
	}
	_ = unix.Madvise(content, unix.MADV_SEQUENTIAL)              // an advice
	return &mapped{bytes.NewReader(content), content}, f.Close() // the memory stays
}

func (m *mapped) Bytes() []byte { return m.content }

func (m *mapped) Size() int64 { return int64(len(m.content)) }

func (m *mapped) Close() error { return unix.Munmap(m.content) }

// plain is a file that is read.
type plain struct {
	*os.File
	size int64
}

func (p *plain) Size() int64 { return p.size }
