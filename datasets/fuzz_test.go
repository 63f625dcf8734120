package datasets_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/datasets"
)

// fuzz holds every reader to what it promises for any bytes: an error or examples,
// never a panic; equal passes; an index that counts and a label that has a name.
func fuzz(f *testing.F, name string) {
	f.Fuzz(func(t *testing.T, data []byte) {
		path := write(t, filepath.Join(t.TempDir(), name), data)
		ds, err := datasets.OpenTexts(path, datasets.TextConfig{})
		if err != nil {
			return
		}
		var passes [2][]datasets.Text
		for n := range passes {
			for e, err := range ds.Pass(n) {
				if err != nil {
					break // labels that a file declares do not make OpenTexts read it
				}
				if e.Index != len(passes[n]) || e.Label < -1 || e.Label >= len(ds.Labels()) {
					t.Fatalf("example %d is %+v, labels are %q", len(passes[n]), e, ds.Labels())
				}
				passes[n] = append(passes[n], e)
			}
		}
		if diff := cmp.Diff(passes[0], passes[1]); diff != "" {
			t.Errorf("passes differ:\n%s", diff)
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add(asTable(',')(f, rows[:4]))
	fuzz(f, "a.csv")
}

func FuzzJSONL(f *testing.F) {
	f.Add(asLines(f, rows[:4]))
	fuzz(f, "a.jsonl")
}

func FuzzParquet(f *testing.F) {
	f.Add(asParquet(f, rows[:4]))
	fuzz(f, "a.parquet")
}
