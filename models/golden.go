package models

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"math"

	"github.com/nlpodyssey/safetensors"
)

// Array is a dense array of a golden file, row-major. Exactly one of Float32 and
// Int64 is set.
type Array struct {
	Shape   []int64
	Float32 []float32
	Int64   []int64
}

// Golden reads the arrays that the exporter saw in PyTorch, by name: each input,
// and for these inputs each hook point and the logits.
func (m *Model) Golden() (map[string]Array, error) {
	if m.Spec.Golden == "" {
		return nil, fmt.Errorf("models: %s: %s names no golden file", m.Path, SpecFile)
	}
	data, err := fs.ReadFile(m.FS, m.Spec.Golden)
	if err != nil {
		return nil, fmt.Errorf("models: %s: %w", m.Path, err)
	}
	arrays, err := readArrays(data)
	if err != nil {
		return nil, fmt.Errorf("models: %s: %s: %w", m.Path, m.Spec.Golden, err)
	}
	return arrays, nil
}

func readArrays(data []byte) (map[string]Array, error) {
	file, err := safetensors.Deserialize(data)
	if err != nil {
		return nil, err
	}
	arrays := make(map[string]Array, file.Len())
	for _, t := range file.Tensors() {
		a, err := newArray(t.TensorView)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		arrays[t.Name] = a
	}
	return arrays, nil
}

// newArray copies a tensor out of the file's bytes, which need not be aligned.
func newArray(v safetensors.TensorView) (Array, error) {
	var a Array
	for _, n := range v.Shape() {
		a.Shape = append(a.Shape, int64(n))
	}
	b := v.Data()
	switch v.DType() {
	case safetensors.F32:
		a.Float32 = make([]float32, len(b)/4)
		for i := range a.Float32 {
			a.Float32[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
		}
	case safetensors.I64:
		a.Int64 = make([]int64, len(b)/8)
		for i := range a.Int64 {
			a.Int64[i] = int64(binary.LittleEndian.Uint64(b[8*i:]))
		}
	default:
		return Array{}, fmt.Errorf("dtype is %s, want F32 or I64", v.DType())
	}
	return a, nil
}
