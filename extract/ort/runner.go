package ort

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/internal/native/nvidia"
	"github.com/saego/saego/models/onnx"
)

// Runner runs one network. It implements extract.Runner; several goroutines may
// use it at once.
type Runner struct {
	name   string // of the model, for errors
	opts   Options
	cards  []nvidia.Device // of CUDA: those of opts.devices
	passed []string        // why Auto did not take another provider
	graph  *onnx.Graph
	half   bool // the graph is of float16

	mu       sync.RWMutex // held for reading by each Run, for writing by Close
	closed   bool
	sessions sync.Map // device, threads, names of given tensors and outputs -> *session
}

var _ extract.Fan = (*Runner)(nil)

// Run implements extract.Runner, on the first device. Outputs are named as [onnx.Graph.Resolve] has it. The
// inputs are those of the graph that the outputs depend on, in any order; others may be
// there. An input may also be a tensor within the graph: it is taken as it is, and only
// what lies behind it is run. So a reconstruction is spliced in at a hook point.
//
// The first Run with a set of outputs makes a session for it, of the part of the graph
// that it needs, and reads the weights of that.
func (r *Runner) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	return onDevice{runner: r}.Run(ctx, inputs, outputs)
}

// run computes on one of the devices.
func (r *Runner) run(ctx context.Context, on onDevice, inputs, outputs []extract.Tensor) (err error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		return errors.New("the runner is closed")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := errors.Join(once("input", inputs), once("output", outputs)); err != nil {
		return err
	}
	s, err := r.session(on, inputs, outputs)
	if err != nil {
		return err
	}
	if inputs, err = s.check(inputs, outputs); err != nil {
		return err
	}
	b, err := bind(inputs, outputs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.release()) }()
	return r.opts.guarded(func() error { return s.run(ctx, b) })
}

// once sees that no tensor is named twice.
func once(kind string, tensors []extract.Tensor) error {
	for i, t := range tensors {
		if _, again := byName(tensors[:i], t.Name); again {
			return fmt.Errorf("%s %q is given twice", kind, t.Name)
		}
	}
	return nil
}

// session returns a device's session for a set of outputs in this order, and the tensors
// among the inputs that are none of the graph's.
func (r *Runner) session(on onDevice, inputs, outputs []extract.Tensor) (*session, error) {
	var given, names []string
	for _, t := range inputs {
		if _, ok := find(r.graph.Inputs(), t.Name); !ok {
			given = append(given, t.Name)
		}
	}
	for _, t := range outputs {
		names = append(names, t.Name)
	}
	key := fmt.Sprintf("%d\x00%d\x00", on.at, on.threads) + strings.Join(given, "\x00") + "\x00\x00" + strings.Join(names, "\x00")
	v, _ := r.sessions.LoadOrStore(key, &session{device: r.opts.devices()[on.at], threads: on.threads})
	s := v.(*session)
	s.once.Do(func() {
		s.err = r.opts.sessionError(r.opts.guarded(func() error { return s.open(r, given, names) }))
	})
	return s, s.err
}

// Close waits for runs in progress and frees the sessions. A second Close does nothing.
func (r *Runner) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	var errs []error
	for key, s := range r.sessions.Range {
		errs = append(errs, s.(*session).close())
		r.sessions.Delete(key)
	}
	errs = append(errs, r.graph.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("ort: %s: %w", r.name, err)
	}
	return nil
}
