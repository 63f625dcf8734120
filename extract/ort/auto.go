package ort

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/models"
)

// exactDiff is how far golden activations may be off, absolutely, where a provider is
// called exact: what the exporter allows between PyTorch and ONNX Runtime.
const exactDiff = 1e-4

// startAuto settles for the fastest provider that the library has and that gives m's golden
// activations, or the CPU's. The library is that with CUDA where there is a card for it.
func (r *Runner) startAuto(m *models.Model) error {
	opts := r.opts
	opts.Provider = CUDA
	cards, err := startCUDA(opts)
	if err == nil && !isFetched(opts) {
		err = errors.New("provider cuda: " + opts.library().Title + " is missing: " + opts.library().Hint())
	}
	if err != nil {
		opts.Provider = CPU
	}
	if err := opts.guarded(func() error { return start(opts) }); err != nil {
		return err
	}
	opts.Provider = CUDA
	if err == nil {
		err = exact(m, opts)
	}
	if err == nil {
		r.opts, r.cards = opts, cards
		return nil
	}
	r.passed = append(r.passed, oneLine(err))
	r.opts.DeviceIDs = nil // what comes now has none
	r.opts.Provider = OpenVINO
	if err := exact(m, r.opts); err != nil {
		if strings.Contains(err.Error(), "Failed to load shared library") { // as in most builds
			err = errors.New("provider openvino: this build of ONNX Runtime has none")
		}
		r.passed = append(r.passed, oneLine(err))
		r.opts.Provider = CPU
	}
	return nil
}

// oneLine is an error, maybe of several joined, for a list.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

// exact runs m on its golden inputs, since a provider may open and fail on the device, and
// says why it cannot be called exact.
func exact(m *models.Model, opts Options) (err error) {
	golden, err := m.Golden()
	if err != nil {
		return fmt.Errorf("provider %s: whether it is exact is not known: %w", opts.Provider, err)
	}
	r := &Runner{name: m.Path, opts: opts}
	if err := r.open(m); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	outputs := goldenOutputs(m.Spec, golden)
	for device := range opts.devices() {
		if err := r.run(context.Background(), onDevice{runner: r, at: device}, extract.GoldenInputs(&m.Spec, golden), outputs); err != nil {
			return err
		}
		for _, t := range outputs {
			if d := maxDiff(t.Float32, golden[t.Name].Float32); !(d <= exactDiff) { // also false for NaN
				return fmt.Errorf("provider %s: output %q differs from the golden activations by %g", opts.Provider, t.Name, d)
			}
		}
	}
	return nil
}

// goldenOutputs returns memory for each hook point that golden has.
func goldenOutputs(s models.Spec, golden map[string]models.Array) (outputs []extract.Tensor) {
	for _, h := range s.Hooks {
		if a, ok := golden[h.Name]; ok {
			outputs = append(outputs, extract.Tensor{Name: h.Name, Shape: a.Shape, Float32: make([]float32, len(a.Float32))})
		}
	}
	return outputs
}

// maxDiff returns the largest absolute difference, NaN if there is one.
func maxDiff(a, b []float32) float64 {
	worst := 0.0
	for i := range a {
		worst = max(worst, math.Abs(float64(a[i])-float64(b[i])))
	}
	return worst
}
