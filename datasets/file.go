package datasets

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxRecord is the size of the largest record, in bytes. Beyond it a file is not
// what it seems (a quote that never closes, a binary file), and memory would not be
// bounded.
const maxRecord = 64 << 20

var errTooLong = fmt.Errorf("record of more than %d MiB: look for a quote that is never closed, or cut the text", maxRecord>>20)

// file is an open text file, unpacked and without byte order mark.
type file struct {
	*bufio.Reader
	limit *limited
	raw   *os.File
	zip   *gzip.Reader // nil if the file is not packed
}

// openFile opens a text file, unpacking it if its name ends with .gz.
func openFile(path string) (*file, error) {
	raw, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	f := &file{raw: raw, limit: &limited{r: raw}}
	if strings.HasSuffix(strings.ToLower(path), ".gz") {
		if f.zip, err = gzip.NewReader(bufio.NewReaderSize(raw, 64<<10)); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: not a gzip file: %w", path, err), raw.Close())
		}
		f.limit.r = f.zip
	}
	f.record()
	f.Reader = bufio.NewReaderSize(f.limit, 64<<10)
	if err := f.skipMark(); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return f, nil
}

// skipMark drops a byte order mark. Its other fault, a damaged file, shows at the
// first read.
func (f *file) skipMark() error {
	head, _ := f.Peek(3)
	switch {
	case bytes.Equal(head, []byte("\xef\xbb\xbf")):
		_, err := f.Discard(3)
		return err
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return errors.New("text in UTF-16: convert it to UTF-8")
	}
	return nil
}

// record allows the next record its bytes, and returns the reader for it.
func (f *file) record() io.Reader {
	f.limit.left = maxRecord
	return f.Reader
}

// Close closes the file.
func (f *file) Close() error {
	var err error
	if f.zip != nil {
		err = f.zip.Close()
	}
	return errors.Join(err, f.raw.Close())
}

// limited is a reader that refuses to go on after left bytes.
type limited struct {
	r    io.Reader
	left int
}

func (l *limited) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLong
	}
	n, err := l.r.Read(b)
	l.left -= n
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("file is cut short: copy or download it again: %w", err)
	}
	return n, err
}
