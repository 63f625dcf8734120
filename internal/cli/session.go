package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"

	"gonum.org/v1/gonum/blas/blas32"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/extract/store"
	"github.com/saego/saego/internal/kernels/blas"
	"github.com/saego/saego/models"
)

// session is what training and evaluation both open.
type session struct {
	kind    Kind
	kinds   []Kind // all, of members
	cfg     *Config
	stored  *store.Store  // the rows; nil where the network computes them
	model   *models.Model // nil where the rows are stored, as is runner
	runner  *ort.Runner
	network network // of the sources: the runner
	train   Source
	held    Source         // nil for none
	drift   *extract.Drift // of the rows from float32; nil where they are exact, or it is not known
}

// open checks the settings against the model and opens everything that reads: once for
// all where there are several, the members of a sweep.
func open(ctx context.Context, log io.Writer, kinds ...Kind) (*session, error) {
	k := kinds[0]
	s := &session{kind: k, kinds: kinds, cfg: k.Config()}
	describe, read := s.openModel, s.openNetwork
	if s.cfg.Activations != "" {
		describe, read = s.openStore, s.openRows
	}
	if err := describe(ctx, kinds); err != nil {
		return nil, err
	}
	s.useThreads()
	if err := useBLAS(s.cfg.BLASLib, log); err != nil {
		return nil, err
	}
	return s, read(ctx, log)
}

// useThreads makes the goroutines that train as many as ONNX Runtime's threads.
func (s *session) useThreads() {
	if n := s.cfg.Runtime.Threads; n > 0 {
		runtime.GOMAXPROCS(n)
	}
}

// openNetwork opens what computes rows of the data.
func (s *session) openNetwork(ctx context.Context, log io.Writer) (err error) {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s.runner, err = ort.Open(s.model, s.cfg.Runtime); err != nil {
		return err
	}
	s.network.Runner = s.runner
	s.settle(log)
	if ctx.Err() == nil {
		s.train, s.held, err = s.kind.Sources(s.model, &s.network, log)
	}
	if err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return errors.Join(err, s.Close())
	}
	return nil
}

func (s *session) openModel(_ context.Context, kinds []Kind) (err error) {
	if s.model, err = s.kind.OpenModel(); err != nil {
		return err
	}
	hook, err := s.model.Use(s.kind.Hook())
	if err != nil {
		return err
	}
	dOut := 0
	if out := s.kind.HookOut(); out != "" {
		target, err := s.model.Use(out)
		if err != nil {
			return fmt.Errorf("hook_out: %w", err)
		}
		dOut = target.DIn
	}
	errs := make([]error, len(kinds))
	for i, k := range kinds {
		k.Config().SAE.DOut = dOut
		errs[i] = k.Resolve(s.model, hook.DIn)
	}
	return errors.Join(ofMembers(kinds, errs), s.checkPrecision())
}

// ofMembers joins the errors of members, with their names where they are not the same.
func ofMembers(kinds []Kind, errs []error) error {
	same := func(err error) bool { return err != nil && errs[0] != nil && err.Error() == errs[0].Error() }
	if !slices.ContainsFunc(errs, func(err error) bool { return !same(err) }) {
		return errs[0]
	}
	for i, err := range errs {
		if err != nil {
			errs[i] = fmt.Errorf("%s: %w", memberName(kinds[i]), err)
		}
	}
	return errors.Join(errs...)
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
	if c.Activations == "" {
		need(c.Model, "model", "name a model folder (scripts/export_onnx.py makes one), or try --preset demo")
		need(c.Data, "data", "name the data set")
		need(k.Hook(), "hook", "name a hook point of the model, such as transformer.h.6 or blocks.6")
	}
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

// origin names the model that the rows come from.
func (s *session) origin() (name, digest string) {
	model := s.train.Info().Model
	at := strings.LastIndexByte(model, '@')
	if at < 0 {
		return model, ""
	}
	return model[:at], model[at+1:]
}

func (s *session) Close() error {
	if s.runner == nil {
		return nil
	}
	return s.runner.Close()
}
