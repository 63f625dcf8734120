// Package golden reads the files of numbers that scripts/ made with the reference
// implementations. Tests use it.
package golden

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/nlpodyssey/safetensors"
)

// File is a golden file: named arrays and the configuration that they belong to.
type File struct {
	Config    []byte // JSON
	Generator string // the command that makes the file again
	tensors   safetensors.SafeTensors
}

// Read reads the file at path, or fails t.
func Read(t testing.TB, path string) File {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := safetensors.Deserialize(data)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	_, header, err := safetensors.ReadMetadata(data)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	meta := header.Metadata()
	return File{Config: []byte(meta["config"]), Generator: meta["generator"], tensors: tensors}
}

// Decode fills v from the file's configuration, or fails t.
func (f File) Decode(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(f.Config, v); err != nil {
		t.Fatalf("golden config: %v", err)
	}
}

// Has says whether there is an array of that name.
func (f File) Has(name string) bool {
	_, ok := f.tensors.Tensor(name)
	return ok
}

// Floats returns the array of that name as float32, or fails t.
func (f File) Floats(t testing.TB, name string) []float32 {
	t.Helper()
	v, ok := f.tensors.Tensor(name)
	if !ok {
		t.Fatalf("golden file has no %q; make it again with %q", name, f.Generator)
	}
	out, err := floats(v)
	if err != nil {
		t.Fatalf("golden %q: %v", name, err)
	}
	return out
}

func floats(v safetensors.TensorView) ([]float32, error) {
	size := int(v.DType().Size())
	out := make([]float32, 0, len(v.Data())/size)
	for b := v.Data(); len(b) > 0; b = b[size:] {
		switch v.DType() {
		case safetensors.F32:
			out = append(out, math.Float32frombits(binary.LittleEndian.Uint32(b)))
		case safetensors.F64:
			out = append(out, float32(math.Float64frombits(binary.LittleEndian.Uint64(b))))
		case safetensors.I64:
			out = append(out, float32(int64(binary.LittleEndian.Uint64(b))))
		case safetensors.I32:
			out = append(out, float32(int32(binary.LittleEndian.Uint32(b))))
		default:
			return nil, fmt.Errorf("dtype %s", v.DType())
		}
	}
	return out, nil
}

// Float64s returns the float64 array of that name, or fails t.
func (f File) Float64s(t testing.TB, name string) []float64 {
	t.Helper()
	v, ok := f.tensors.Tensor(name)
	if !ok || v.DType() != safetensors.F64 {
		t.Fatalf("golden file has no float64 %q; make it again with %q", name, f.Generator)
	}
	out := make([]float64, len(v.Data())/8)
	for i := range out {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(v.Data()[8*i:]))
	}
	return out
}

// Near fails t unless got equals want within tolerance times want's largest
// magnitude.
func Near(t testing.TB, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, want %d", what, len(got), len(want))
	}
	var largest, worst float64
	for i := range want {
		largest = max(largest, math.Abs(float64(want[i])))
		worst = max(worst, math.Abs(float64(got[i])-float64(want[i])))
	}
	if math.IsNaN(worst) || worst > tolerance*largest {
		t.Errorf("%s: differs by up to %.3g from values of up to %.3g, want within %g of them",
			what, worst, largest, tolerance)
	}
}
