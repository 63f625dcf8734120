package ort

import (
	"context"
	"errors"
	"fmt"
	"sync"

	onnx "github.com/yalue/onnxruntime_go"
)

// session is an ONNX Runtime session for one set of outputs.
type session struct {
	once sync.Once // guards open
	s    *onnx.DynamicAdvancedSession
	err  error
}

// open reads the graph and its weights, and plans the run.
func (s *session) open(r *Runner, outputs []string) (err error) {
	o, err := r.sessionOptions()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Destroy()) }()
	inputs := r.graph.inputNames()
	if r.graph.data != nil {
		s.s, err = onnx.NewDynamicAdvancedSessionWithONNXData(r.graph.data, inputs, outputs, o)
		return err
	}
	return r.graph.onDisk(func(path string) error {
		s.s, err = onnx.NewDynamicAdvancedSession(path, inputs, outputs, o)
		return err
	})
}

func (s *session) close() error {
	if s.s == nil {
		return nil
	}
	return s.s.Destroy()
}

// run computes the outputs of b. When ctx ends, ONNX Runtime is told to stop after
// the operator that it is in, and the error is ctx's cause.
func (s *session) run(ctx context.Context, b *binding) (err error) {
	o, err := onnx.NewRunOptions()
	if err != nil {
		return err
	}
	terminated := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { terminated <- o.Terminate() })
	err = s.s.RunWithOptions(b.inputs, b.outputs, o)
	if !stop() {
		// The function has been started and uses o: it must end before o does.
		if tErr := <-terminated; err != nil && tErr == nil {
			err = context.Cause(ctx)
		}
	} else if err != nil {
		err = fmt.Errorf("run: %w", err)
	}
	return errors.Join(err, o.Destroy())
}
