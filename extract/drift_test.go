package extract_test

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strings"
	"testing"

	"github.com/saego/saego/extract"
)

// given is a source of one batch.
type given extract.Batch

func (g given) Info() extract.Info { return extract.Info{DIn: g.DIn, DOut: g.DOut} }

func (g given) Batches(context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) { yield(extract.Batch(g), nil) }
}

func collected(t *testing.T, b extract.Batch) *extract.Memory {
	t.Helper()
	m, err := extract.Collect(t.Context(), given(b), 0)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDriftOf(t *testing.T) {
	for _, tc := range []struct {
		name       string
		rows, want []float32
		drift      extract.Drift
	}{
		{"equal", []float32{1, 2, 3, 4}, []float32{1, 2, 3, 4}, extract.Drift{Rows: 2, Cosine: 1}},
		{"longer", []float32{2, 0, 0, 4}, []float32{1, 0, 0, 2}, extract.Drift{Rows: 2, RelativeL2: 1, MaxAbs: 2, Cosine: 1}},
		{"turned", []float32{0, 3}, []float32{3, 0}, extract.Drift{Rows: 1, RelativeL2: math.Sqrt2, MaxAbs: 3}},
		{"zeros", []float32{0, 0, 1, 0}, []float32{0, 0, 1, 0}, extract.Drift{Rows: 2, Cosine: 1}},
		{"zero against one", []float32{0, 0}, []float32{1, 0}, extract.Drift{Rows: 1, RelativeL2: 1, MaxAbs: 1}},
		{"one against zero", []float32{1, 0}, []float32{0, 0}, extract.Drift{Rows: 1, RelativeL2: math.Inf(1), MaxAbs: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := extract.DriftOf(tc.rows, tc.want, 2)
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got.Cosine-tc.drift.Cosine) > 1e-12 {
				t.Errorf("cosine %v, want %v", got.Cosine, tc.drift.Cosine)
			}
			if got.Cosine = tc.drift.Cosine; got != tc.drift {
				t.Errorf("got %+v, want %+v", got, tc.drift)
			}
		})
	}
	for _, lengths := range [][3]int{{0, 0, 2}, {3, 3, 2}, {4, 2, 2}, {4, 4, 0}} {
		if _, err := extract.DriftOf(make([]float32, lengths[0]), make([]float32, lengths[1]), lengths[2]); err == nil {
			t.Errorf("%v: no error", lengths)
		}
	}
}

// TestMemoryDrift compares rows and targets, of the same positions alone.
func TestMemoryDrift(t *testing.T) {
	b := extract.Batch{
		DIn: 2, Data: []float32{1, 0, 0, 1}, DOut: 1, Target: []float32{2, 2},
		Origin: []extract.Origin{{Example: 1}, {Example: 2}},
	}
	other, moved, none := b, b, extract.Batch{DIn: 2, DOut: 1}
	other.Target = []float32{2, 1}
	moved.Origin = []extract.Origin{{Example: 1}, {Example: 3}}
	got, err := collected(t, b).Drift(collected(t, other))
	if want := (extract.Drift{Rows: 4, RelativeL2: math.Sqrt(1.0 / 7), MaxAbs: 1, Cosine: 1}); err != nil || got != want {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
	if _, err := collected(t, b).Drift(collected(t, moved)); err == nil || !strings.Contains(err.Error(), "other rows") {
		t.Errorf("rows of other examples: error %v", err)
	}
	if _, err := collected(t, none).Drift(collected(t, none)); err == nil || !strings.Contains(err.Error(), "no rows") {
		t.Errorf("no rows: error %v", err)
	}
}

func ExampleDriftOf() {
	d, err := extract.DriftOf([]float32{1, 2.5, 3, 4}, []float32{1, 2, 3, 4}, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("relative L2 %.3f, at most %.1f\n", d.RelativeL2, d.MaxAbs)
	// Output: relative L2 0.091, at most 0.5
}
