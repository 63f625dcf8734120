package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/internal/kernels/blas"
	"github.com/saego/saego/internal/ort"
	"github.com/saego/saego/models"
)

// session is what training and evaluation both open.
type session struct {
	kind   Kind
	cfg    *Config
	model  *models.Model
	runner *ort.Runner
	train  Source
	held   Source // nil for none
}

// open checks the settings against the model and opens everything that reads.
func open(ctx context.Context, k Kind, log io.Writer) (*session, error) {
	s := &session{kind: k, cfg: k.Config()}
	if err := s.openModel(); err != nil {
		return nil, err
	}
	if n := s.cfg.Runtime.Threads; n > 0 {
		runtime.GOMAXPROCS(n) // the goroutines that train are as many as ONNX Runtime's threads
	}
	if err := useBLAS(s.cfg.BLASLib, log); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var err error
	if s.runner, err = ort.Open(s.model, s.cfg.Runtime); err != nil {
		return nil, err
	}
	if ctx.Err() == nil {
		s.train, s.held, err = k.Sources(s.model, s.runner, log)
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *session) openModel() (err error) {
	if s.model, err = s.kind.OpenModel(); err != nil {
		return err
	}
	hook, err := s.model.Hook(s.kind.Hook())
	if err != nil {
		return err
	}
	s.cfg.SAE.DOut = 0
	if out := s.kind.HookOut(); out != "" {
		target, err := s.model.Hook(out)
		if err != nil {
			return fmt.Errorf("hook_out: %w", err)
		}
		s.cfg.SAE.DOut = target.DIn
	}
	return s.kind.Resolve(s.model, hook.DIn)
}

// required checks what no default can stand for; a training run needs an output, too.
func required(k Kind, training bool) error {
	c := k.Config()
	var errs []error
	need := func(value, flag, hint string) {
		if value == "" {
			errs = append(errs, fmt.Errorf("--%s is missing: %s", flag, hint))
		}
	}
	need(c.Model, "model", "name a model folder (scripts/export_onnx.py makes one), or try --preset demo")
	need(c.Data, "data", "name the data set")
	need(k.Hook(), "hook", "name a hook point of the model, such as transformer.h.6 or blocks.6")
	if training {
		need(c.Output, "output", "name a folder for this run")
	}
	return usage(errors.Join(errs...))
}

// useBLAS installs the fastest BLAS there is for the whole process.
func useBLAS(path string, log io.Writer) error {
	b, warning, err := blas.Default(path)
	if err != nil {
		return err
	}
	if warning != "" {
		_, _ = fmt.Fprintln(log, "warning:", warning)
	}
	blas32.Use(b)
	return nil
}

// heldRows reads the rows to evaluate on, once.
func (s *session) heldRows(ctx context.Context) (*extract.Memory, error) {
	if s.held == nil {
		return nil, nil
	}
	rows, err := extract.Collect(ctx, s.held, s.cfg.EvalRows)
	switch {
	case errors.Is(err, extract.ErrNoRows):
		return nil, fmt.Errorf("held-out rows: %w, or raise held_out_fraction", errors.Unwrap(err)) // without its prefix
	case err != nil:
		return nil, fmt.Errorf("held-out rows: %w", errors.Unwrap(err))
	}
	return rows, nil
}

func (s *session) Close() error { return s.runner.Close() }
