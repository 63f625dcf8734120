package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"github.com/nlpodyssey/safetensors"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/internal/atomic"
)

// array is a tensor of a file; exactly one of floats and ints is set.
type array struct {
	name   string
	shape  []int64
	floats []float32
	ints   []int32
}

// rowTensors gathers rows in the form that check_rows.py reads.
type rowTensors struct {
	dIn                 int
	acts                []float32 // (n, d_in)
	example, pos, token []int32   // (n)
}

func newRowTensors(dIn int) *rowTensors { return &rowTensors{dIn: dIn} }

// add copies the rows of b.
func (r *rowTensors) add(b extract.Batch) {
	r.acts = append(r.acts, b.Data...)
	for _, o := range b.Origin {
		r.example = append(r.example, o.Example)
		r.pos = append(r.pos, o.Position)
		r.token = append(r.token, o.Token)
	}
}

func (r *rowTensors) tensors() []array {
	n := int64(len(r.example))
	return []array{
		{"acts", []int64{n, int64(r.dIn)}, r.acts, nil},
		{"example", []int64{n}, nil, r.example},
		{"pos", []int64{n}, nil, r.pos},
		{"token", []int64{n}, nil, r.token},
	}
}

// writeTensors writes the safetensors file at path, whole or not at all, and the
// folders above it.
func writeTensors(path string, arrays []array) error {
	views := make(map[string]safetensors.TensorView, len(arrays))
	for _, a := range arrays {
		v, err := a.view()
		if err != nil {
			return fmt.Errorf("%s: tensor %s: %w", path, a.name, err)
		}
		views[a.name] = v
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return atomic.WriteFile(path, func(w io.Writer) error {
		return safetensors.SerializeToWriter(views, nil, w)
	})
}

func (a array) view() (safetensors.TensorView, error) {
	shape := make([]uint64, len(a.shape))
	for i, n := range a.shape {
		shape[i] = uint64(n)
	}
	data := make([]byte, 0, 4*(len(a.floats)+len(a.ints)))
	for _, v := range a.floats {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	for _, v := range a.ints {
		data = binary.LittleEndian.AppendUint32(data, uint32(v))
	}
	if a.ints != nil {
		return safetensors.NewTensorView(safetensors.I32, shape, data)
	}
	return safetensors.NewTensorView(safetensors.F32, shape, data)
}
