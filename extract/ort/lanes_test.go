package ort_test

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/demo"
	"github.com/saego/saego/models"
)

// whole hides that a Runner has lanes.
type whole struct{ extract.Runner }

// rows are the rows of a source.
type rows struct {
	data   []float32
	origin []extract.Origin
}

func readRows(t *testing.T, src extract.Source, err error) (r rows) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		r.data, r.origin = append(r.data, b.Data...), append(r.origin, b.Origin...)
	}
	return r
}

// wantLaned compares the rows of a model as its lanes compute them with those of whole
// batches, and to the bit with each other, whatever the number of lanes.
func wantLaned(t *testing.T, m *models.Model, read func(r extract.Runner) rows) {
	t.Helper()
	want, one := read(whole{openRunner(t, m, ort.DefaultOptions())}), rows{}
	for _, threads := range []int{1, 2, 5} {
		opts := ort.DefaultOptions()
		opts.Threads = threads
		r := openRunner(t, m, opts)
		got := read(r)
		if threads == 1 {
			one = got
		}
		if !slices.Equal(got.origin, want.origin) {
			t.Fatalf("%d threads: other rows than of whole batches", threads)
		}
		if d := maxDiff(got.data, want.data); !(d <= 1e-5) {
			t.Errorf("%d threads: rows differ from those of whole batches by %g, want at most 1e-5", threads, d)
		}
		if !slices.Equal(got.data, one.data) {
			t.Errorf("%d threads: rows differ from those of one", threads)
		}
	}
}

func TestLanesOfTexts(t *testing.T) {
	m, err := models.OpenFS(demo.TextModel(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	reviews, err := demo.Reviews(60, 7)
	if err != nil {
		t.Fatal(err)
	}
	wantLaned(t, m, func(r extract.Runner) rows {
		src := newTexts(t, m, r, reviews, func(c *extract.TextConfig) { c.Hook = "transformer.h.3" })
		return readRows(t, src, nil)
	})
}

func TestLanesOfPictures(t *testing.T) {
	m, err := models.OpenFS(demo.VisionModel(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	pictures, err := demo.Pictures(40, 7, m.Spec.Vision.Crop[0])
	if err != nil {
		t.Fatal(err)
	}
	cfg := extract.DefaultVisionConfig()
	cfg.Hook = m.Spec.Hooks[len(m.Spec.Hooks)-1].Name
	wantLaned(t, m, func(r extract.Runner) rows {
		src, err := extract.NewVision(&m.Spec, m.Digest(), r, datasets.Dataset[datasets.Image](pictures), cfg)
		return readRows(t, src, err)
	})
}

// A lane for each thread, up to eight; none for a network that takes batches of one size.
func TestLanes(t *testing.T) {
	m := openModel(t, "testdata/inline")
	for threads, want := range map[int]int{1: 1, 2: 2, 8: 8, 20: 8} {
		opts := ort.DefaultOptions()
		opts.Threads = threads
		if got := openRunner(t, m, opts).Lanes(); len(got) != want {
			t.Errorf("%d threads: %d lanes, want %d", threads, len(got), want)
		}
	}
	data, err := os.ReadFile(m.GraphPath())
	if err != nil {
		t.Fatal(err)
	}
	m.Dir = t.TempDir()
	dynamic, fixed := []byte("\x0a\x07\x12\x05batch"), []byte("\x0a\x07\x08\x82\x80\x80\x80\x80\x00") // dim_param, dim_value 2
	if data = bytes.ReplaceAll(data, dynamic, fixed); !bytes.Contains(data, fixed) {
		t.Fatal("the graph has no axis of that name")
	}
	if err := os.WriteFile(m.GraphPath(), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := openRunner(t, m, ort.DefaultOptions()).Lanes(); len(got) > 0 {
		t.Errorf("%d lanes for batches of 2, want none", len(got))
	}
}
