package ort

import (
	"errors"
	"fmt"
	"runtime"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/saego/saego/extract"
)

// binding lends the callers' slices to ONNX Runtime for one run, so that outputs are written,
// and copied from a GPU, where they are wanted. The wrapped library's IoBinding would bind no
// other tensors, and its runs could not be stopped; memory that a GPU reads faster (pinned)
// it cannot allocate: see docs/adr/0017.
type binding struct {
	inputs, outputs []onnx.Value
	pinner          runtime.Pinner // ONNX Runtime keeps the addresses from bind to release
}

func bind(inputs, outputs []extract.Tensor) (_ *binding, err error) {
	b := &binding{}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.release())
		}
	}()
	if b.inputs, err = b.values(inputs); err != nil {
		return nil, err
	}
	b.outputs, err = b.values(outputs)
	return b, err
}

// values returns what it made so far beside an error, so that it can be released.
func (b *binding) values(tensors []extract.Tensor) ([]onnx.Value, error) {
	values := make([]onnx.Value, 0, len(tensors))
	for _, t := range tensors {
		v, err := b.value(t)
		if err != nil {
			return values, fmt.Errorf("tensor %q: %w", t.Name, err)
		}
		values = append(values, v)
	}
	return values, nil
}

// value wraps the memory of t; check has seen that it is there and long enough.
func (b *binding) value(t extract.Tensor) (onnx.Value, error) {
	if t.Int64 != nil {
		b.pinner.Pin(&t.Int64[0])
		return onnx.NewTensor(t.Shape, t.Int64)
	}
	b.pinner.Pin(&t.Float32[0])
	return onnx.NewTensor(t.Shape, t.Float32)
}

// release frees ONNX Runtime's handles; the memory goes back to the caller.
func (b *binding) release() error {
	var errs []error
	for _, v := range b.inputs {
		errs = append(errs, v.Destroy())
	}
	for _, v := range b.outputs {
		errs = append(errs, v.Destroy())
	}
	b.pinner.Unpin()
	return errors.Join(errs...)
}
