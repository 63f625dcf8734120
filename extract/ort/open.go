package ort

import (
	"cmp"
	"errors"
	"fmt"

	onnxruntime "github.com/yalue/onnxruntime_go"

	"github.com/saego/saego/models"
)

// Open loads ONNX Runtime, if it is not loaded yet, and reads the graph of m. Each
// hook point of the Spec, its logits if it has any, and its inputs must be in the graph. The
// model's files must stay in place until Close.
func Open(m *models.Model, opts Options) (*Runner, error) {
	if err := opts.Validate(); err != nil {
		return nil, fmt.Errorf("ort: %w", err)
	}
	r := &Runner{name: m.Path, opts: opts.resolve()}
	if err := r.start(m); err != nil {
		return nil, fmt.Errorf("ort: %w", err)
	}
	if err := r.open(m); err != nil {
		return nil, fmt.Errorf("ort: %s: %w", m.Path, err)
	}
	return r, nil
}

// start loads ONNX Runtime and what the provider takes beside it.
func (r *Runner) start(m *models.Model) (err error) {
	switch r.opts.Provider {
	case Auto:
		return r.startAuto(m)
	case CUDA:
		if r.cards, err = startCUDA(r.opts); err != nil {
			return fmt.Errorf("%w: or take provider cpu", err)
		}
	}
	return r.opts.guarded(func() error { return start(r.opts) })
}

func (r *Runner) open(m *models.Model) (err error) {
	// The provider is tried here, so that one that is absent is known before any work.
	for _, device := range r.opts.devices() {
		if err := r.opts.guarded(func() error { return r.try(device) }); err != nil {
			return err
		}
	}
	r.half = m.Spec.Precision() == models.Float16
	if r.graph, err = m.Graph(); err != nil {
		return err
	}
	if err := checkSpec(r.graph, m.Spec); err != nil {
		return errors.Join(err, r.graph.Close())
	}
	return nil
}

// try makes the options of a session, and lets them go.
func (r *Runner) try(device int) error {
	o, err := r.sessionOptions(device, 0)
	if err != nil {
		return err
	}
	return o.Destroy()
}

// sessionOptions returns fresh options with the provider in them. 0 threads are those of r.
func (r *Runner) sessionOptions(device, threads int) (_ *onnxruntime.SessionOptions, err error) {
	o, err := onnxruntime.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.Destroy())
		}
	}()
	if err := o.SetIntraOpNumThreads(cmp.Or(threads, r.opts.threads())); err != nil {
		return nil, err
	}
	// Threads that wait for the next operator spin, which is quick; behind the last one
	// they would go on for a while, on the processors that the training step needs.
	if err := o.AddSessionConfigEntry("session.force_spinning_stop", "1"); err != nil {
		return nil, err
	}
	// The processor's Gemm of float16 sums in float16, which a thousand numbers do not bear. Its
	// MatMul sums in float32, unless it is made a Gemm with the addition behind it.
	if r.half && r.opts.Provider == CPU {
		if err := o.AddSessionConfigEntry("optimization.disable_specified_optimizers", "MatMulAddFusion"); err != nil {
			return nil, err
		}
	}
	return o, appendProvider(o, r.opts, device)
}
