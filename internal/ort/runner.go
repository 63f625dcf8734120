package ort

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	onnx "github.com/yalue/onnxruntime_go"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/models"
)

// Runner runs one network. It implements extract.Runner; several goroutines may
// use it at once.
type Runner struct {
	name  string // of the model, for errors
	opts  Options
	graph graph

	mu       sync.RWMutex // held for reading by each Run, for writing by Close
	closed   bool
	sessions sync.Map // outputs joined by a NUL byte -> *session
}

var _ extract.Runner = (*Runner)(nil)

// Open loads ONNX Runtime, if it is not loaded yet, and reads the graph of m. Each
// hook point of the Spec, its logits if it has any, and its inputs must be in the graph. The
// model's files must stay in place until Close.
func Open(m *models.Model, opts Options) (*Runner, error) {
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("ort: %w", err)
	}
	if err := start(opts.Library); err != nil {
		return nil, fmt.Errorf("ort: %w", err)
	}
	r := &Runner{name: m.Path, opts: opts}
	if err := r.open(m); err != nil {
		return nil, fmt.Errorf("ort: %s: %w", m.Path, err)
	}
	return r, nil
}

func (r *Runner) open(m *models.Model) error {
	// The provider is tried here, so that one that is absent is known before any work.
	o, err := r.sessionOptions()
	if err != nil {
		return err
	}
	if err := o.Destroy(); err != nil {
		return err
	}
	if r.graph, err = readGraph(m); err != nil {
		return err
	}
	return r.graph.checkSpec(m.Spec)
}

// Run implements extract.Runner. The inputs are those of the graph, all of them,
// in any order. The first Run with a set of outputs makes a session for it, which
// reads the weights.
func (r *Runner) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	if err := r.run(ctx, inputs, outputs); err != nil {
		return fmt.Errorf("ort: %s: %w", r.name, err)
	}
	return nil
}

func (r *Runner) run(ctx context.Context, inputs, outputs []extract.Tensor) (err error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		return errors.New("the runner is closed")
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	inputs, err = r.graph.check(inputs, outputs)
	if err != nil {
		return err
	}
	s, err := r.session(outputs)
	if err != nil {
		return err
	}
	b, err := bind(inputs, outputs)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.release()) }()
	return s.run(ctx, b)
}

// session returns the session for a set of outputs in this order.
func (r *Runner) session(outputs []extract.Tensor) (*session, error) {
	names := make([]string, len(outputs))
	for i, t := range outputs {
		names[i] = t.Name
	}
	v, _ := r.sessions.LoadOrStore(strings.Join(names, "\x00"), &session{})
	s := v.(*session)
	s.once.Do(func() { s.err = s.open(r, names) })
	return s, s.err
}

// Close waits for runs in progress and frees the sessions. A second Close does nothing.
func (r *Runner) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	var errs []error
	for key, s := range r.sessions.Range {
		errs = append(errs, s.(*session).close())
		r.sessions.Delete(key)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("ort: %s: %w", r.name, err)
	}
	return nil
}

// sessionOptions returns fresh options with the provider in them. An error of
// the provider must end the caller: a session made after it would run on the CPU.
func (r *Runner) sessionOptions() (_ *onnx.SessionOptions, err error) {
	o, err := onnx.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.Destroy())
		}
	}()
	if err := o.SetIntraOpNumThreads(r.opts.threads()); err != nil {
		return nil, err
	}
	// Threads that wait for the next operator spin, which is quick; behind the last one
	// they would go on for a while, on the processors that the training step needs.
	if err := o.AddSessionConfigEntry("session.force_spinning_stop", "1"); err != nil {
		return nil, err
	}
	if r.opts.Provider == CUDA {
		return o, appendCUDA(o, r.opts)
	}
	return o, nil
}
