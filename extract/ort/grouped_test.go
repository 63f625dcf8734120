package ort_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/internal/demo"
	"github.com/saego/saego/models"
)

// newTexts returns the rows of m on ds.
func newTexts(t testing.TB, m *models.Model, r extract.Runner, ds datasets.Dataset[datasets.Text], change func(*extract.TextConfig)) *extract.Text {
	t.Helper()
	tok, err := tokens.Open(m.FS, m.Spec.Text.Tokenizer)
	if err != nil {
		t.Fatal(err)
	}
	cfg := extract.DefaultTextConfig()
	change(&cfg)
	src, err := extract.NewText(&m.Spec, m.Digest(), r, tok, ds, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// A real network computes the same rows for texts that are grouped by length, in the
// same order, but for the rounding of another shape.
func TestGroupedRows(t *testing.T) {
	reviews, err := demo.Reviews(150, 7)
	if err != nil {
		t.Fatal(err)
	}
	m, err := models.OpenFS(demo.TextModel(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	r := openRunner(t, m, ort.DefaultOptions())
	read := func(group int) (data, target []float32, origin []extract.Origin, padding int64) {
		src := newTexts(t, m, r, reviews, func(c *extract.TextConfig) {
			c.Hook, c.HookOut = "transformer.h.0", "transformer.h.3"
			c.GroupByLength, c.ExcludeFirstPosition = group, false
		})
		for b, err := range src.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			data, target, origin = append(data, b.Data...), append(target, b.Target...), append(origin, b.Origin...)
		}
		return data, target, origin, src.Counts().Padding
	}
	data, target, origin, padding := read(0)
	got, gotTarget, gotOrigin, less := read(8)
	if !slices.Equal(origin, gotOrigin) {
		t.Fatalf("%d rows have other origins than %d without grouping", len(gotOrigin), len(origin))
	}
	if d := max(maxDiff(got, data), maxDiff(gotTarget, target)); !(d <= 1e-5) {
		t.Errorf("rows differ by up to %g, want at most 1e-5", d)
	} else {
		t.Logf("%d rows differ by up to %g; %d positions of padding instead of %d", len(origin), d, less, padding)
	}
	if 2*less > padding {
		t.Errorf("%d positions of padding are computed, %d without grouping: want at most half", less, padding)
	}
}

// Rows of real reviews per second, by how many forward passes are grouped, and the share of
// padding in what is computed. The model is what make bench exports; without it and the
// reviews there is nothing to measure.
func BenchmarkGroupByLength(b *testing.B) {
	dir := cmp.Or(os.Getenv("SAEGO_BENCH_MODEL"), "../../out/bench/gpt2")
	m, err := models.Open(dir)
	if err != nil {
		b.Skip(err)
	}
	data := cmp.Or(os.Getenv("SAEGO_DATA"), "../../../shared/data")
	reviews, err := datasets.OpenTexts(filepath.Join(data, "imdb", "train.jsonl.gz"), datasets.TextConfig{})
	if err != nil {
		b.Skip(err)
	}
	r := openRunner(b, m, ort.DefaultOptions())
	reviews = datasets.Limit(datasets.Shuffle(reviews, 0), 256)
	for _, group := range []int{0, 2, 4, 8, 16} {
		b.Run(fmt.Sprint("group=", group), func(b *testing.B) {
			src := newTexts(b, m, r, reviews, func(c *extract.TextConfig) {
				c.Hook, c.ContextSize, c.GroupByLength = "transformer.h.6", 256, group
			})
			rows, c := 0, extract.Counts{}
			for b.Loop() {
				for batch, err := range src.Batches(b.Context()) {
					if err != nil {
						b.Fatal(err)
					}
					rows += batch.Len()
				}
				c = src.Counts()
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(100*float64(c.Padding)/float64(c.Tokens+c.Padding), "%padding")
		})
	}
}
