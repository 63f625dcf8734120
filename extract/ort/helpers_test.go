package ort_test

import (
	"math"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/native/nativetest"
	"github.com/saego/saego/models"
)

func openModel(t testing.TB, dir string) *models.Model {
	t.Helper()
	m, err := models.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func openRunner(t testing.TB, m *models.Model, opts ort.Options) *ort.Runner {
	t.Helper()
	nativetest.RequireORT(t)
	return opened(t, m, opts)
}

// opened opens m, until the test ends.
func opened(t testing.TB, m *models.Model, opts ort.Options) *ort.Runner {
	t.Helper()
	r, err := ort.Open(m, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// tiny is a Runner of the network that scripts/make_ort_testdata.py makes.
func tiny(t testing.TB) *ort.Runner {
	t.Helper()
	return openRunner(t, openModel(t, "testdata/inline"), ort.DefaultOptions())
}

// text returns the inputs of the tiny network: ids counted from first, nothing masked.
func text(batch, sequence, first int64) []extract.Tensor {
	ids, mask := make([]int64, batch*sequence), make([]int64, batch*sequence)
	for i := range ids {
		ids[i], mask[i] = (first+int64(i))%32, 1
	}
	shape := []int64{batch, sequence}
	return []extract.Tensor{
		{Name: models.InputIDs, Shape: shape, Int64: ids},
		{Name: models.AttentionMask, Shape: shape, Int64: mask},
	}
}

func output(name string, shape ...int64) extract.Tensor {
	n := int64(1)
	for _, s := range shape {
		n *= s
	}
	return extract.Tensor{Name: name, Shape: shape, Float32: make([]float32, n)}
}

// checkGolden runs m on its golden inputs and compares each golden output.
func checkGolden(t *testing.T, m *models.Model, r *ort.Runner, tolerance float64) {
	t.Helper()
	golden, err := m.Golden()
	if err != nil {
		t.Fatal(err)
	}
	var outputs []extract.Tensor
	for _, h := range m.Spec.Hooks {
		outputs = append(outputs, output(h.Name, golden[h.Name].Shape...))
	}
	outputs = append(outputs, output(m.Spec.Logits, golden[m.Spec.Logits].Shape...))
	if err := r.Run(t.Context(), extract.GoldenInputs(&m.Spec, golden), outputs); err != nil {
		t.Fatal(err)
	}
	for _, out := range outputs {
		want := golden[out.Name].Float32
		if d := maxDiff(out.Float32, want); !(d <= tolerance) {
			t.Errorf("%s: output %q differs from the golden file by %g, want at most %g: if the export changed, make the folder again with its script", m.Path, out.Name, d, tolerance)
		}
	}
}

// maxDiff returns the largest absolute difference, NaN if there is one in got.
func maxDiff(got, want []float32) float64 {
	if len(got) != len(want) || len(got) == 0 {
		return math.Inf(1)
	}
	worst := 0.0
	for i := range got {
		worst = max(worst, math.Abs(float64(got[i])-float64(want[i])))
	}
	return worst
}
