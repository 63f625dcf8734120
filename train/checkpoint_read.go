package train

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// maxHeader bounds the head of a safetensors file, in bytes, before memory is taken
// for it.
const maxHeader = 1 << 20

// readTensors reads a safetensors file that has exactly these tensors, in any order,
// and returns its metadata. Memory is taken once the file is known to hold them.
func readTensors(path string, tensors []tensor) (metadata map[string]string, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return decodeTensors(f, info.Size(), tensors)
}

func decodeTensors(r io.ReaderAt, size int64, tensors []tensor) (map[string]string, error) {
	head, start, err := readHead(r, size)
	if err != nil {
		return nil, err
	}
	var metadata map[string]string
	if m, ok := head[metadataKey]; ok {
		delete(head, metadataKey)
		if err := json.Unmarshal(m, &metadata); err != nil {
			return nil, fmt.Errorf("header: %s: %w", metadataKey, err)
		}
	}
	entries := make([]entry, len(tensors))
	end := int64(0)
	for i, t := range tensors {
		raw, ok := head[t.name]
		if !ok {
			return nil, fmt.Errorf("no tensor %s", t.name)
		}
		delete(head, t.name)
		if err := json.Unmarshal(raw, &entries[i]); err != nil {
			return nil, fmt.Errorf("header: %s: %w", t.name, err)
		}
		if err := t.check(entries[i]); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		end = max(end, entries[i].Offsets[1])
	}
	if len(head) > 0 {
		return nil, fmt.Errorf("tensors that this run has not: %q", slices.Sorted(maps.Keys(head)))
	}
	if size != start+end {
		return nil, fmt.Errorf("damaged: %d bytes, want %d", size, start+end)
	}
	for i, t := range tensors {
		at := entries[i].Offsets
		if err := t.read(io.NewSectionReader(r, start+at[0], at[1]-at[0])); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return metadata, nil
}

// readHead returns the head of a file of that size, and where the data begin.
func readHead(r io.ReaderAt, size int64) (head map[string]json.RawMessage, start int64, err error) {
	var length [8]byte
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return nil, 0, fmt.Errorf("damaged: %d bytes are no safetensors file: %w", size, err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, 0, fmt.Errorf("damaged, or no safetensors file: a header of %d bytes in a file of %d", n, size)
	}
	text := make([]byte, n)
	if _, err := r.ReadAt(text, 8); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, err
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return nil, 0, fmt.Errorf("header: %w", err)
	}
	return head, 8 + int64(n), nil
}

// check says whether e is as t has to be.
func (t tensor) check(e entry) error {
	want := t.entry(e.Offsets[0])
	switch {
	case e.DType != want.DType:
		return fmt.Errorf("dtype is %s, want %s", e.DType, want.DType)
	case !slices.Equal(e.Shape, want.Shape):
		return fmt.Errorf("shape is %v, want %v", e.Shape, want.Shape)
	case e.Offsets[0] < 0 || e.Offsets != want.Offsets:
		return fmt.Errorf("damaged: it lies at %v, want %d bytes", e.Offsets, want.Offsets[1]-want.Offsets[0])
	}
	return nil
}

func (t tensor) read(r io.Reader) error {
	switch data := t.data.(type) {
	case *[]float32:
		if t.transposed {
			return readTransposed(r, *data, t.shape[0], t.shape[1])
		}
		return readValues(r, data, t.size())
	case *[]float64:
		return readValues(r, data, t.size())
	case *[]int64:
		return readValues(r, data, t.size())
	}
	return fmt.Errorf("a %T cannot be read", t.data)
}

func readValues[T any](r io.Reader, data *[]T, n int) error {
	if *data == nil {
		*data = make([]T, n)
	}
	for chunk := range slices.Chunk(*data, piece) {
		if err := binary.Read(r, binary.LittleEndian, chunk); err != nil {
			return err
		}
	}
	return nil
}

// readTransposed reads (rows, cols) into data, (cols, rows).
func readTransposed(r io.Reader, data []float32, rows, cols int) error {
	row := make([]float32, cols)
	for i := range rows {
		if err := binary.Read(r, binary.LittleEndian, row); err != nil {
			return err
		}
		for j, v := range row {
			data[j*rows+i] = v
		}
	}
	return nil
}
