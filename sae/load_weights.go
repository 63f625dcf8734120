package sae

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/nlpodyssey/safetensors"
)

// readWeights returns the model of cfg with the parameters in the file at path.
// Memory is taken only once the file is known to hold that many values.
func readWeights(path string, cfg Config) (*Model, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	file, err := safetensors.Deserialize(data)
	if err != nil {
		return nil, fmt.Errorf("not a safetensors file: %w", err)
	}
	arch, err := Lookup(cfg.Architecture)
	if err != nil {
		return nil, err
	}
	for _, p := range specs(arch, cfg) {
		if err := p.check(file); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	m, err := empty(cfg)
	if err != nil {
		return nil, err
	}
	for _, p := range m.Params() {
		p.Set(values(file, p.Name))
	}
	if t, ok := file.Tensor(thresholdTensor); ok && decoders[t.DType()] != nil && len(t.Shape()) == 0 {
		m.threshold = scalarOf(t)
	}
	return m, nil
}

// find returns the tensor of that name. JumpReLU thresholds of older sae-lens are
// there as their logarithms.
func find(file safetensors.SafeTensors, name string) (t safetensors.TensorView, log, ok bool) {
	if t, ok = file.Tensor(name); !ok && name == "threshold" {
		t, ok = file.Tensor("log_threshold")
		return t, true, ok
	}
	return t, false, ok
}

// values returns a tensor that was checked.
func values(file safetensors.SafeTensors, name string) []float32 {
	t, log, _ := find(file, name)
	v := decoders[t.DType()](t.Data())
	if log {
		for i := range v {
			v[i] = float32(math.Exp(float64(v[i])))
		}
	}
	return v
}

// scalarOf returns the one number of t, whole where it is a float64.
func scalarOf(t safetensors.TensorView) float64 {
	if t.DType() == safetensors.F64 {
		return math.Float64frombits(binary.LittleEndian.Uint64(t.Data()))
	}
	return float64(decoders[t.DType()](t.Data())[0])
}

// check says whether file has p, in p's shape and as numbers that can be read.
func (p Spec) check(file safetensors.SafeTensors) error {
	t, _, ok := find(file, p.Name)
	if !ok {
		return fmt.Errorf("no such tensor; there are %q", file.Names())
	}
	if decoders[t.DType()] == nil {
		return fmt.Errorf("dtype is %s, want F32, F16, BF16 or F64", t.DType())
	}
	if !slices.EqualFunc(t.Shape(), p.Shape, func(a uint64, b int) bool { return a == uint64(b) }) {
		return fmt.Errorf("shape is %v, cfg.json says %v", t.Shape(), p.Shape)
	}
	return nil
}

// decoders turn the bytes of a tensor into float32, by dtype.
var decoders = map[safetensors.DType]func([]byte) []float32{
	safetensors.F32: func(b []byte) []float32 {
		return decode(b, 4, func(b []byte) float32 { return math.Float32frombits(binary.LittleEndian.Uint32(b)) })
	},
	safetensors.F64: func(b []byte) []float32 {
		return decode(b, 8, func(b []byte) float32 { return float32(math.Float64frombits(binary.LittleEndian.Uint64(b))) })
	},
	safetensors.BF16: func(b []byte) []float32 {
		return decode(b, 2, func(b []byte) float32 { return math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16) })
	},
	safetensors.F16: func(b []byte) []float32 {
		return decode(b, 2, func(b []byte) float32 { return half(binary.LittleEndian.Uint16(b)) })
	},
}

// decode applies f to each size bytes of b.
func decode(b []byte, size int, f func([]byte) float32) []float32 {
	out := make([]float32, len(b)/size)
	for i := range out {
		out[i] = f(b[i*size:])
	}
	return out
}

// half returns the value of an IEEE 754 binary16.
func half(b uint16) float32 {
	sign, exponent, fraction := uint32(b>>15)<<31, uint32(b>>10)&0x1f, uint32(b&0x3ff)
	switch exponent {
	case 0: // subnormal: fraction · 2⁻²⁴
		v := float32(fraction) * 0x1p-24
		return math.Float32frombits(sign | math.Float32bits(v))
	case 0x1f: // infinite, or not a number
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+112)<<23 | fraction<<13)
}
