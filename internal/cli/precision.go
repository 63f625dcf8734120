package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/models"
)

const (
	// driftRows is how many rows are computed twice where they are not exact: enough for
	// two figures of the drift, and seconds of work.
	driftRows = 2048
	// floatDrift is what no bfloat16 keeps below: its numbers have 8 bits, an error of 2^-9.
	floatDrift = 1e-4
)

// network runs the session's model. While drift is measured, another runner stands in.
type network struct{ extract.Runner }

// Devices implements extract.Fan.
func (n *network) Devices() []extract.Runner {
	if f, ok := n.Runner.(extract.Fan); ok {
		return f.Devices()
	}
	return []extract.Runner{n.Runner}
}

// checkPrecision says what is wrong with the precision that is asked of the model.
func (s *session) checkPrecision() error {
	is, c := s.model.Spec.Precision(), s.cfg
	switch {
	case is != models.Float32 && c.Runtime.Precision != ort.Float32:
		return usage(fmt.Errorf("precision is %s, but model %s is %s: take that alone, or the network it was made of", c.Runtime.Precision, s.model.Path, is))
	case is == models.Float32 && c.ReferenceModel != "":
		return usage(fmt.Errorf("reference_model is given, but model %s is not %s or %s: leave it out", s.model.Path, models.Int8, models.Float16))
	}
	return nil
}

// settle writes into the settings which provider runs.
func (s *session) settle(log io.Writer) {
	c := &s.cfg.Runtime
	if c.Provider == ort.Auto {
		_, _ = fmt.Fprintf(log, "provider auto: %s\n", s.runner.Provider())
		for _, why := range s.runner.Passed() {
			_, _ = fmt.Fprintf(log, "  passed by: %s\n", why)
		}
	}
	if set := s.runner.Settings(); set != nil {
		_, _ = fmt.Fprintf(log, "provider %s: %s\n", s.runner.Provider(), strings.Join(s.runner.Hardware(), ", "))
	}
	if err := ort.SlowBF16(); c.Precision == ort.BF16 && err != nil {
		_, _ = fmt.Fprintf(log, "warning: bf16: %s\n", err)
	}
	for _, k := range s.kinds {
		r := &k.Config().Runtime
		r.Provider = s.runner.Provider()
		if r.Provider != ort.CUDA {
			r.DeviceIDs = nil // that auto did not come to
		}
	}
}

// precision is that of the rows: of the graph's weights, or in which these are computed.
func (s *session) precision() string {
	if s.stored != nil && s.stored.Manifest().Precision != "" {
		return s.stored.Manifest().Precision
	}
	if s.model != nil && s.model.Spec.Precision() != ort.Float32 {
		return s.model.Spec.Precision()
	}
	return s.cfg.Runtime.Precision
}

// exact tells whether rows are what the processor computes in float32. Other providers
// add up in another order, if nothing else.
func (s *session) exact() bool {
	return s.precision() == ort.Float32 && s.cfg.Runtime.Provider == ort.CPU
}

// measureDrift computes some rows a second time in float32 on the CPU, where they are not
// exact, and tells how far they are off. What turns out to be float32 is called so. Of
// stored rows that was told when they were computed.
func (s *session) measureDrift(ctx context.Context, log io.Writer) error {
	if s.stored != nil || s.exact() {
		return nil
	}
	d, err := s.driftFrom(ctx)
	if err != nil {
		return fmt.Errorf("drift from float32: %w", err)
	}
	s.drift = d
	if d == nil {
		_, _ = fmt.Fprintf(log, "warning: %s: the drift from float32 is not known: model %s has no golden activations of %s: name the network it was made of by --reference-model\n",
			s.precision(), s.model.Path, s.kind.Hook())
		return nil
	}
	_, _ = fmt.Fprintf(log, "%s by %s, %d rows against float32: relative L2 %.2g, at most %.2g, cosine %.6f\n",
		s.precision(), s.cfg.Runtime.Provider, d.Rows, d.RelativeL2, d.MaxAbs, d.Cosine)
	if s.precision() == ort.Float32 && d.RelativeL2 > floatDrift {
		_, _ = fmt.Fprintf(log, "warning: that is more than float32's rounding: %s computes in another precision\n", s.cfg.Runtime.Provider)
	}
	if s.cfg.Runtime.Precision == ort.BF16 && d.RelativeL2 < floatDrift {
		_, _ = fmt.Fprintln(log, "warning: bf16: OpenVINO computes in float32 on this processor, and the run says so")
		for _, k := range s.kinds {
			k.Config().Runtime.Precision = ort.Float32
		}
	}
	return nil
}

// driftFrom returns the drift from float32; nil where an int8 or float16 model comes without
// what to compare it with.
func (s *session) driftFrom(ctx context.Context) (*extract.Drift, error) {
	if s.model.Spec.Precision() == ort.Float32 {
		return s.driftOn(ctx, s.model)
	}
	if s.cfg.ReferenceModel == "" {
		return s.driftFromGolden(ctx)
	}
	k := s.kind.Clone()
	k.Config().Model = s.cfg.ReferenceModel
	m, err := k.OpenModel()
	if err != nil {
		return nil, err
	}
	if is, want := m.Spec.Name+"@"+m.Digest(), s.model.Spec.QuantizedFrom(); is != want {
		return nil, fmt.Errorf("reference_model %s is %s, but model %s was made of %s", m.Path, is, s.model.Path, want)
	}
	return s.driftOn(ctx, m)
}

// driftOn compares the first rows that the run reads with those of a reference.
func (s *session) driftOn(ctx context.Context, reference *models.Model) (_ *extract.Drift, err error) {
	opts := s.cfg.Runtime
	opts.Provider, opts.Precision, opts.DeviceIDs = ort.CPU, ort.Float32, nil
	r, err := ort.Open(reference, opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	rows, err := extract.Collect(ctx, s.train, driftRows)
	if err != nil {
		return nil, errors.Unwrap(err) // without its prefix
	}
	s.network.Runner = r
	defer func() { s.network.Runner = s.runner }()
	want, err := extract.Collect(ctx, s.train, driftRows)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	d, err := rows.Drift(want)
	return &d, err
}

// driftFromGolden compares with what PyTorch computed on the inputs that lie in the model's
// folder.
func (s *session) driftFromGolden(ctx context.Context) (*extract.Drift, error) {
	hook := s.kind.Hook()
	if s.model.Spec.Golden == "" {
		return nil, nil
	}
	golden, err := s.model.Golden()
	if err != nil {
		return nil, err
	}
	want, ok := golden[hook]
	if !ok || len(want.Float32) == 0 {
		return nil, nil
	}
	got := extract.Tensor{Name: hook, Shape: want.Shape, Float32: make([]float32, len(want.Float32))}
	if err := s.runner.Run(ctx, extract.GoldenInputs(&s.model.Spec, golden), []extract.Tensor{got}); err != nil {
		return nil, err
	}
	d, err := extract.DriftOf(got.Float32, want.Float32, int(want.Shape[len(want.Shape)-1]))
	return &d, err
}
