package train

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/saego/saego/internal/atomic"
)

// tensor is an array in a safetensors file, which is written from its data and read
// into it: the arrays of a run are too large for a second copy.
type tensor struct {
	name  string
	shape []int
	data  any // *[]float32, *[]float64 or *[]int64; what it points to may be nil before it is read
	// transposed says that data is held as (shape[1], shape[0]). Such a float32 tensor
	// can be read, not written.
	transposed bool
}

// entry is a tensor in the head of a file.
type entry struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"` // bytes, behind the head
}

const metadataKey = "__metadata__"

// entry returns what the head says of t, with its data at an offset.
func (t tensor) entry(offset int64) entry {
	dtype, width := "F32", int64(4)
	switch t.data.(type) {
	case *[]float64:
		dtype, width = "F64", 8
	case *[]int64:
		dtype, width = "I64", 8
	}
	return entry{dtype, t.shape, [2]int64{offset, offset + width*int64(t.size())}}
}

func (t tensor) size() int {
	n := 1
	for _, d := range t.shape {
		n *= d
	}
	return n
}

// writeTensors writes a safetensors file.
func writeTensors(path string, metadata map[string]string, tensors []tensor) error {
	head, offset := map[string]any{}, int64(0)
	if metadata != nil {
		head[metadataKey] = metadata
	}
	for _, t := range tensors {
		e := t.entry(offset)
		head[t.name], offset = e, e.Offsets[1]
	}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	return atomic.WriteFile(path, func(w io.Writer) error {
		if err := binary.Write(w, binary.LittleEndian, uint64(len(text))); err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
		for _, t := range tensors {
			if err := t.write(w); err != nil {
				return fmt.Errorf("%s: %w", t.name, err)
			}
		}
		return nil
	})
}

func (t tensor) write(w io.Writer) error {
	switch data := t.data.(type) {
	case *[]float32:
		return writeValues(w, *data)
	case *[]float64:
		return writeValues(w, *data)
	case *[]int64:
		return writeValues(w, *data)
	}
	return fmt.Errorf("a %T cannot be written", t.data)
}

// piece is how many values are turned into bytes, or back, at once.
const piece = 16 << 10

func writeValues[T any](w io.Writer, values []T) error {
	var buf []byte
	for chunk := range slices.Chunk(values, piece) {
		var err error
		if buf, err = binary.Append(buf[:0], binary.LittleEndian, chunk); err != nil {
			return err
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}
