package sae

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/nlpodyssey/safetensors"

	"github.com/saego/saego/internal/atomic"
)

// thresholdTensor is a BatchTopK's running mean in a checkpoint: one float64.
const thresholdTensor = "topk_threshold"

// writeTensors writes a safetensors file of params, whose Data are in the order of
// their Shape, and of the threshold unless it is nil.
func writeTensors(path string, params []Param, threshold *float64) error {
	views := make(map[string]safetensors.TensorView, len(params)+1)
	add := func(name string, dtype safetensors.DType, shape []int, data []byte) error {
		dims := make([]uint64, len(shape))
		for i, n := range shape {
			dims[i] = uint64(n)
		}
		v, err := safetensors.NewTensorView(dtype, dims, data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		views[name] = v
		return nil
	}
	for _, p := range params {
		if err := add(p.Name, safetensors.F32, p.Shape, bytesOf(p.Data)); err != nil {
			return err
		}
	}
	if threshold != nil {
		bits := binary.LittleEndian.AppendUint64(nil, math.Float64bits(*threshold))
		if err := add(thresholdTensor, safetensors.F64, nil, bits); err != nil {
			return err
		}
	}
	return atomic.WriteFile(path, func(w io.Writer) error {
		return safetensors.SerializeToWriter(views, nil, w)
	})
}

func bytesOf(x []float32) []byte {
	b := make([]byte, 0, 4*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}
