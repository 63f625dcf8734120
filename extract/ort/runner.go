package ort

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	onnxruntime "github.com/yalue/onnxruntime_go"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/models"
	"github.com/saego/saego/models/onnx"
)

// Runner runs one network. It implements extract.Runner; several goroutines may
// use it at once.
type Runner struct {
	name  string // of the model, for errors
	opts  Options
	graph *onnx.Graph

	mu       sync.RWMutex // held for reading by each Run, for writing by Close
	closed   bool
	sessions sync.Map // names of given tensors and outputs -> *session
}

var _ extract.Runner = (*Runner)(nil)

// Open loads ONNX Runtime, if it is not loaded yet, and reads the graph of m. Each
// hook point of the Spec, its logits if it has any, and its inputs must be in the graph. The
// model's files must stay in place until Close.
func Open(m *models.Model, opts Options) (*Runner, error) {
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("ort: %w", err)
	}
	opts = opts.resolve()
	if err := start(opts); err != nil {
		return nil, fmt.Errorf("ort: %w", err)
	}
	if opts.Provider == Auto {
		opts.Provider = auto(m, opts)
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
	if r.graph, err = m.Graph(); err != nil {
		return err
	}
	if err := checkSpec(r.graph, m.Spec); err != nil {
		return errors.Join(err, r.graph.Close())
	}
	return nil
}

// Run implements extract.Runner. Outputs are named as [onnx.Graph.Resolve] has it. The
// inputs are those of the graph that the outputs depend on, in any order; others may be
// there. An input may also be a tensor within the graph: it is taken as it is, and only
// what lies behind it is run. So a reconstruction is spliced in at a hook point.
//
// The first Run with a set of outputs makes a session for it, of the part of the graph
// that it needs, and reads the weights of that.
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
	if err := errors.Join(once("input", inputs), once("output", outputs)); err != nil {
		return err
	}
	s, err := r.session(inputs, outputs)
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
	return s.run(ctx, b)
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

// session returns the session for a set of outputs in this order, and the tensors among
// the inputs that are none of the graph's.
func (r *Runner) session(inputs, outputs []extract.Tensor) (*session, error) {
	var given, names []string
	for _, t := range inputs {
		if _, ok := find(r.graph.Inputs(), t.Name); !ok {
			given = append(given, t.Name)
		}
	}
	for _, t := range outputs {
		names = append(names, t.Name)
	}
	key := strings.Join(given, "\x00") + "\x00\x00" + strings.Join(names, "\x00")
	v, _ := r.sessions.LoadOrStore(key, &session{})
	s := v.(*session)
	s.once.Do(func() { s.err = r.opts.sessionError(s.open(r, given, names)) })
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

// sessionOptions returns fresh options with the provider in them.
func (r *Runner) sessionOptions() (_ *onnxruntime.SessionOptions, err error) {
	o, err := onnxruntime.NewSessionOptions()
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
	return o, appendProvider(o, r.opts)
}
