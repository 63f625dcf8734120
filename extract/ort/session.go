package ort

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	onnxruntime "github.com/yalue/onnxruntime_go"

	"github.com/saego/saego/models/onnx"
)

// session is an ONNX Runtime session for one part of the graph: what leads to a set of
// outputs, from the graph's inputs or from tensors that are given.
type session struct {
	device  int       // of CUDA
	threads int       // within an operator; 0 = those of the options
	once    sync.Once // guards open
	part    *onnx.Part
	inputs  []string // what the caller calls the inputs of the part
	s       *onnxruntime.DynamicAdvancedSession
	err     error
}

// open cuts the part out of the graph, reads its weights and plans the run.
func (s *session) open(r *Runner, given, outputs []string) error {
	tensors, err := resolve(r.graph, outputs)
	if err != nil {
		return err
	}
	fed, err := resolve(r.graph, given)
	if err != nil {
		return fmt.Errorf("%w; nor within it: %w", unknown("input", strings.Join(given, ", "), r.graph.Inputs()), err)
	}
	if s.part, err = r.graph.Part(tensors, fed...); err != nil {
		return err
	}
	own := len(s.part.Inputs) - len(given) // of the graph, before what is given
	for i, v := range s.part.Inputs {
		name := v.Name
		if i >= own {
			name = given[i-own]
		}
		s.inputs = append(s.inputs, name)
	}
	return s.start(r)
}

func (s *session) start(r *Runner) (err error) {
	if err := r.opts.prepare(s.part); err != nil {
		return err
	}
	o, err := r.sessionOptions(s.device, s.threads)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Destroy()) }()
	if s.part.Folder != "" {
		if err := o.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", s.part.Folder); err != nil {
			return err
		}
	}
	s.s, err = onnxruntime.NewDynamicAdvancedSessionWithONNXData(s.part.Bytes, namesOf(s.part.Inputs), namesOf(s.part.Outputs), o)
	s.part.Bytes = nil // it has its own
	return err
}

// resolve returns the tensors of the graph that names stand for.
func resolve(g *onnx.Graph, names []string) ([]string, error) {
	tensors := make([]string, len(names))
	var err error
	for i, name := range names {
		if tensors[i], err = g.Resolve(name); err != nil {
			return nil, err
		}
	}
	return tensors, nil
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
	o, err := onnxruntime.NewRunOptions()
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
