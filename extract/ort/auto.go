package ort

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/models"
)

// exactDiff is how far golden activations may be off, absolutely, where a provider is
// called exact: what the exporter allows between PyTorch and ONNX Runtime.
const exactDiff = 1e-4

// auto returns the fastest provider that the loaded library has and that gives m's golden
// activations; the CPU's where none does.
func auto(m *models.Model, opts Options) string {
	for _, p := range []string{CUDA, OpenVINO} {
		opts.Provider = p
		if exact(m, opts) == nil {
			return p
		}
	}
	return CPU
}

// exact runs m on its golden inputs, since a provider may open and fail on the device, and
// says why it cannot be called exact.
func exact(m *models.Model, opts Options) (err error) {
	golden, err := m.Golden()
	if err != nil {
		return err
	}
	r := &Runner{name: m.Path, opts: opts}
	if err := r.open(m); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	outputs := goldenOutputs(m.Spec, golden)
	if err := r.run(context.Background(), extract.GoldenInputs(&m.Spec, golden), outputs); err != nil {
		return err
	}
	for _, t := range outputs {
		if d := maxDiff(t.Float32, golden[t.Name].Float32); !(d <= exactDiff) { // also false for NaN
			return fmt.Errorf("output %q differs from the golden activations by %g", t.Name, d)
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
