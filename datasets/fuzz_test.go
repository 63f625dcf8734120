package datasets_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
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

// FuzzImages holds OpenImages to what it promises for files of any names, one a line: an
// error, or pictures of classes that are there, each with its own content.
func FuzzImages(f *testing.F) {
	f.Add("a/1.jpg\na/2.png\nb/x/y.webp\nb/readme")
	f.Fuzz(func(t *testing.T, names string) {
		root := t.TempDir()
		lines := strings.Split(names, "\n")
		for _, name := range lines[:min(len(lines), 30)] {
			if name = filepath.FromSlash(name); !filepath.IsLocal(name) || len(name) > 200 {
				continue
			}
			// A name that the system refuses, or that is taken, is no file.
			if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err == nil {
				_ = os.WriteFile(filepath.Join(root, name), []byte(filepath.ToSlash(filepath.Clean(name))), 0o600)
			}
		}
		ds, err := datasets.OpenImages(root)
		if err != nil {
			return
		}
		found := all(t, ds, 0)
		for i, m := range found {
			if m.Index != i || !strings.HasPrefix(m.ID, ds.Labels()[m.Label]+"/") || i > 0 && m.Label < found[i-1].Label {
				t.Fatalf("picture %d is %+v, labels are %q", i, m, ds.Labels())
			}
			r, err := m.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if r.Close(); err != nil || string(content) != m.ID {
				t.Fatalf("picture %q holds %q, %v", m.ID, content, err)
			}
		}
	})
}
