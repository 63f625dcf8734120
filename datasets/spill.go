package datasets

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
)

// spill is a store of texts in a temporary file that has no name any more: it goes
// with the file handle, which the garbage collector closes with the store, and with
// the process however that ends.
type spill struct {
	file    *os.File
	offsets []int64 // where each record starts, and where the last one ends
}

// newSpill writes all texts to a temporary file.
func newSpill(texts iter.Seq2[Text, error]) (s *spill, err error) {
	file, err := os.CreateTemp("", "saego-texts-*")
	if err != nil {
		return nil, spillError(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close())
		}
	}()
	if err := os.Remove(file.Name()); err != nil {
		return nil, spillError(err)
	}
	s = &spill{file: file, offsets: []int64{0}}
	w := bufio.NewWriterSize(file, 64<<10)
	var buf []byte
	for t, err := range texts {
		if err != nil {
			return nil, err
		}
		buf = appendText(buf[:0], t)
		if _, err := w.Write(buf); err != nil {
			return nil, spillError(err)
		}
		s.offsets = append(s.offsets, s.offsets[len(s.offsets)-1]+int64(len(buf)))
	}
	if err := w.Flush(); err != nil {
		return nil, spillError(err)
	}
	return s, nil
}

func spillError(err error) error {
	return fmt.Errorf("datasets: shuffle: texts are kept in a temporary file in %s: %w: "+
		"set TMPDIR to a folder with enough space", os.TempDir(), err)
}

// Len returns the number of texts.
func (s *spill) Len() int { return len(s.offsets) - 1 }

// At reads text i.
func (s *spill) At(i int) (Text, error) {
	buf := make([]byte, s.offsets[i+1]-s.offsets[i])
	if _, err := s.file.ReadAt(buf, s.offsets[i]); err != nil {
		return Text{}, spillError(err)
	}
	t, err := parseText(buf)
	if err != nil {
		return Text{}, spillError(err)
	}
	return t, nil
}

// appendText writes index, label, length of the ID, ID and text.
func appendText(b []byte, t Text) []byte {
	b = binary.AppendVarint(b, int64(t.Index))
	b = binary.AppendVarint(b, int64(t.Label))
	b = binary.AppendUvarint(b, uint64(len(t.ID)))
	b = append(b, t.ID...)
	return append(b, t.Text...)
}

// parseText is the inverse of appendText.
func parseText(b []byte) (Text, error) {
	index, n := binary.Varint(b)
	b = b[max(n, 0):]
	label, m := binary.Varint(b)
	b = b[max(m, 0):]
	size, k := binary.Uvarint(b)
	b = b[max(k, 0):]
	if n <= 0 || m <= 0 || k <= 0 || size > uint64(len(b)) {
		return Text{}, fmt.Errorf("damaged record: %w", io.ErrUnexpectedEOF)
	}
	return Text{Index: int(index), ID: string(b[:size]), Text: string(b[size:]), Label: int(label)}, nil
}
