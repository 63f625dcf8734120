package ort_test

import (
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/models"
)

// halfDrift runs the float16 network of testdata, in which each value is a sum of a thousand.
func halfDrift(t *testing.T, r *ort.Runner, m *models.Model) extract.Drift {
	t.Helper()
	golden, err := m.Golden()
	if err != nil {
		t.Fatal(err)
	}
	want := golden["mid"]
	got := output("mid", want.Shape...)
	if err := r.Run(t.Context(), extract.GoldenInputs(&m.Spec, golden), []extract.Tensor{got}); err != nil {
		t.Fatal(err)
	}
	d, err := extract.DriftOf(got.Float32, want.Float32, 16)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestFloat16 wants the rounding of float16's numbers, not that of their sums.
func TestFloat16(t *testing.T) {
	m := openModel(t, "testdata/float16")
	if err := m.Verify(); err != nil {
		t.Error(err)
	}
	if d := halfDrift(t, openRunner(t, m, ort.DefaultOptions()), m); !(d.RelativeL2 < 1e-3) || d.RelativeL2 == 0 {
		t.Errorf("drift %+v, want at most 1e-3", d)
	}
	delete(m.Spec.ExportedBy, "precision") // then nobody knows
	t.Logf("with sums of float16: drift %+v", halfDrift(t, openRunner(t, m, ort.DefaultOptions()), m))
}
