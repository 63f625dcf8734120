package datasets_test

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/saego/saego/datasets"
)

// realData returns a folder of the real data, which are not part of the repository.
func realData(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("SAEGO_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "shared", "data")
	}
	path := filepath.Join(root, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("set SAEGO_DATA to a folder that holds %s", name)
	}
	return path
}

func TestRealReviews(t *testing.T) {
	ds := open(t, realData(t, "imdb"), datasets.TextConfig{})
	if fmt.Sprint(ds.Labels()) != "[0 1]" {
		t.Errorf("labels are %q", ds.Labels())
	}
	var counts [2]int
	bytes := 0
	for e, err := range datasets.Shuffle(ds, 1).Pass(0) {
		if err != nil {
			t.Fatal(err)
		}
		counts[e.Label]++
		bytes += len(e.Text)
	}
	if counts != [2]int{12_500, 12_500} {
		t.Errorf("%v reviews, want 12,500 of each class", counts)
	}
	t.Logf("%d bytes of text", bytes)
}

func TestRealPictures(t *testing.T) {
	ds := openImages(t, realData(t, "imagenet"))
	pictures := all(t, ds, 0)
	if len(pictures) != 500 || len(ds.Labels()) != 500 {
		t.Errorf("%d pictures of %d classes, want 500 of 500", len(pictures), len(ds.Labels()))
	}
	for i, m := range pictures {
		if m.Label != i || m.Index != i {
			t.Errorf("picture %d is %+v", i, m)
		}
	}
	f, err := pictures[499].Open()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if n, err := io.Copy(io.Discard, f); err != nil || n == 0 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func BenchmarkReviews(b *testing.B) {
	path := realData(b, "imdb")
	ds := open(b, path, datasets.TextConfig{Labels: []string{"neg", "pos"}})
	for name, ds := range map[string]datasets.Dataset[datasets.Text]{"plain": ds, "shuffled": datasets.Shuffle(ds, 1)} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			texts := 0
			for b.Loop() {
				for _, err := range ds.Pass(0) {
					if err != nil {
						b.Fatal(err)
					}
					texts++
				}
			}
			b.ReportMetric(float64(texts)/b.Elapsed().Seconds(), "texts/s")
		})
	}
}
