package ort_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/demo"
	"github.com/saego/saego/models"
)

// rowsOf reads all rows of reviews by r.
func rowsOf(t *testing.T, m *models.Model, r *ort.Runner, reviews int) *extract.Batch {
	t.Helper()
	ds, err := demo.Reviews(reviews, 7)
	if err != nil {
		t.Fatal(err)
	}
	src := newTexts(t, m, r, ds, func(c *extract.TextConfig) { c.Hook, c.GroupByLength = "transformer.h.2", 2 })
	all := &extract.Batch{DIn: src.Info().DIn}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all.Data, all.Origin = append(all.Data, b.Data...), append(all.Origin, b.Origin...)
	}
	return all
}

func demoText(t *testing.T) *models.Model {
	t.Helper()
	m, err := models.OpenFS(demo.TextModel(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Rows are the same, in the same order, to the last bit, whatever the number of devices.
func TestDevicesChangeNothing(t *testing.T) {
	m := demoText(t)
	want := rowsOf(t, m, openRunner(t, m, ort.DefaultOptions()), 150)
	for n := 2; n <= 3; n++ {
		r := openRunner(t, m, ort.DefaultOptions())
		r.Split(n)
		if got := len(r.Devices()); got != n {
			t.Fatalf("%d devices, want %d", got, n)
		}
		got := rowsOf(t, m, r, 150)
		if !slices.Equal(got.Origin, want.Origin) || !slices.Equal(got.Data, want.Data) {
			t.Errorf("%d devices: other rows (%d, want %d; values differ by up to %g)", n, got.Len(), want.Len(), maxDiff(got.Data, want.Data))
		}
	}
}

// Each device has sessions of its own, and all of them end with the Runner.
func TestDevicesAreClosed(t *testing.T) {
	r := tiny(t)
	r.Split(2)
	for _, d := range r.Devices() {
		if err := d.Run(t.Context(), text(1, 2, 0), []extract.Tensor{output("emb", 1, 2, 16)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for _, d := range r.Devices() {
		err := d.Run(context.Background(), text(1, 2, 0), []extract.Tensor{output("emb", 1, 2, 16)})
		if err == nil || !strings.Contains(err.Error(), "ort: testdata/inline: the runner is closed") {
			t.Errorf("error %v", err)
		}
	}
}
