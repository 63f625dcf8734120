package ort_test

import (
	"cmp"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/models"
)

// inTurn computes small forward passes one after another, each with all threads.
type inTurn struct{ extract.Runner }

func (r inTurn) Lanes() []extract.Runner { return []extract.Runner{r.Runner} }

// eachWay measures rows per second of a model that make bench has exported: by forward
// passes of whole batches, by small ones in turn, and by small ones at once.
func eachWay(b *testing.B, name string, read func(m *models.Model, r extract.Runner) (rows int, err error)) {
	b.Helper()
	m, err := models.Open(filepath.Join("../../out/bench", name))
	if err != nil {
		b.Skip(err)
	}
	r := openRunner(b, m, ort.DefaultOptions())
	for _, way := range []struct {
		name string
		r    extract.Runner
	}{{"whole", whole{r}}, {"small", inTurn{r}}, {"at-once", r}} {
		b.Run(way.name, func(b *testing.B) {
			rows := 0
			turn := func() {
				n, err := read(m, way.r)
				if err != nil {
					b.Fatal(err)
				}
				rows += n
			}
			turn() // opens the session
			rows = 0
			for b.Loop() {
				turn()
			}
			b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func benchmarkTexts(b *testing.B, name string) {
	data := cmp.Or(os.Getenv("SAEGO_DATA"), "../../../shared/data")
	reviews, err := datasets.OpenTexts(filepath.Join(data, "imdb", "train.jsonl.gz"), datasets.TextConfig{})
	if err != nil {
		b.Skip(err)
	}
	reviews = datasets.Limit(datasets.Shuffle(reviews, 0), 64)
	eachWay(b, name, func(m *models.Model, r extract.Runner) (int, error) {
		rows, err := extract.Collect(b.Context(), newTexts(b, m, r, reviews, func(c *extract.TextConfig) {
			c.Hook, c.ContextSize = "transformer.h.6", 256
		}), 0)
		if err != nil {
			return 0, err
		}
		return rows.Len(), nil
	})
}

func BenchmarkLanesOfTexts(b *testing.B) { benchmarkTexts(b, "gpt2") }

func BenchmarkLanesOfTextsInInt8(b *testing.B) { benchmarkTexts(b, "gpt2-int8") }

func BenchmarkLanesOfPictures(b *testing.B) {
	const pictures = 32
	eachWay(b, "vit", func(m *models.Model, r extract.Runner) (int, error) {
		v, hook := m.Spec.Vision, m.Spec.Hooks[6]
		positions := v.PrefixTokens + v.Grid[0]*v.Grid[1]
		in := output(m.Spec.Inputs[0].Name, pictures, 3, int64(v.Crop[0]), int64(v.Crop[1]))
		rng := rand.New(rand.NewPCG(1, 2))
		for i := range in.Float32 {
			in.Float32[i] = float32(rng.NormFloat64())
		}
		out := output(hook.Name, pictures, int64(positions), int64(hook.DIn))
		return pictures * positions, extract.Forward(b.Context(), r, positions, []extract.Tensor{in}, []extract.Tensor{out})
	})
}
