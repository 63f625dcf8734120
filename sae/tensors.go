package sae

import (
	"encoding/binary"
	"io"
	"math"

	"github.com/nlpodyssey/safetensors"

	"github.com/saego/saego/internal/atomic"
)

// thresholdTensor is a BatchTopK's running mean in a checkpoint: one float64.
const thresholdTensor = "topk_threshold"

// view is a tensor to be written. The library's own TensorView takes a tensor without
// dimensions for an empty one.
type view struct {
	dtype safetensors.DType
	shape []uint64
	data  []byte
}

func (v view) DType() safetensors.DType { return v.dtype }
func (v view) Shape() []uint64          { return v.shape }
func (v view) Data() []byte             { return v.data }
func (v view) DataLen() uint64          { return uint64(len(v.data)) }

// writeTensors writes a safetensors file of params, whose Data are in the order of
// their Shape, and of the threshold unless it is nil.
func writeTensors(path string, params []Param, threshold *float64) error {
	views := make(map[string]view, len(params)+1)
	for _, p := range params {
		shape := make([]uint64, len(p.Shape))
		for i, n := range p.Shape {
			shape[i] = uint64(n)
		}
		views[p.Name] = view{safetensors.F32, shape, bytesOf(p.Data)}
	}
	if threshold != nil {
		bits := binary.LittleEndian.AppendUint64(nil, math.Float64bits(*threshold))
		views[thresholdTensor] = view{safetensors.F64, []uint64{}, bits}
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
