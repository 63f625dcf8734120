package store

import (
	"context"
	"errors"
	"io"
)

// ErrFull is what writing to a [Place] fails with where there is no room left, or no
// allowance.
var ErrFull = errors.New("no space left")

// Place is where the files of a store lie: a folder, or a bucket. Names are flat:
// "manifest.json", "acts-00012.safetensors". It may be used by several goroutines at once.
type Place interface {
	// Create begins a file that appears under its name, whole and in place of one that
	// was there, when Close returns nil. Nothing of it is to be seen before.
	Create(ctx context.Context, name string) (File, error)
	// Open opens a file for random reading. The error is [io/fs.ErrNotExist] by
	// errors.Is where there is none.
	Open(ctx context.Context, name string) (Reader, error)
	// List returns the files that are there, by name; unfinished ones are not among them.
	// A place that does not exist yet is empty.
	List(ctx context.Context) ([]Info, error)
	// Remove removes a file. One that is not there is no error.
	Remove(ctx context.Context, name string) error
	// Free returns the bytes that may still be written, where the place knows.
	Free(ctx context.Context) (bytes int64, known bool)
	// String returns the path or the URL, for messages.
	String() string
}

// Info is a file of a [Place].
type Info struct {
	Name string
	Size int64 // bytes
}

// File is a file that is being written, by one goroutine. Write and Close fail with
// [ErrFull] by errors.Is where the place is full.
type File interface {
	io.WriteCloser
	// Abort gives up the file and leaves nothing behind. After Close it does nothing.
	Abort() error
}

// Reader is an open file. ReadAt may be called by several goroutines at once.
type Reader interface {
	io.ReaderAt
	io.Closer
	Size() int64 // bytes
}

// Mapped is a [Reader] whose content lies in memory.
type Mapped interface {
	Reader
	// Bytes returns the whole file, to be read only, and only until Close.
	Bytes() []byte
}

// Locker is a [Place] that keeps a second writer away.
type Locker interface {
	// Lock returns what ends the lock, or an error where another process writes here.
	// It ends with the process, too. It makes the place where there is none yet.
	Lock(ctx context.Context) (unlock func() error, err error)
}
