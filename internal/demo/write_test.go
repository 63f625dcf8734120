package demo_test

import (
	"bufio"
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/internal/demo"
)

// lines decodes a file of JSON lines.
func lines[T any](t *testing.T, path string) []T {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []T
	for scan := bufio.NewScanner(f); scan.Scan(); {
		var v T
		if err := json.Unmarshal(scan.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func TestWriteReviews(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "reviews")
	set := reviews(t, 25, 1)
	if err := set.Write(dir); err != nil {
		t.Fatal(err)
	}
	texts := lines[struct {
		ID, Text string
		Label    int
	}](t, filepath.Join(dir, "reviews.jsonl"))
	factors := lines[struct {
		ID    string
		Spans []demo.Span
	}](t, filepath.Join(dir, "factors.jsonl"))
	if len(texts) != set.Len() || len(factors) != set.Len() {
		t.Fatalf("%d texts and %d factors, want %d", len(texts), len(factors), set.Len())
	}
	for i := range texts {
		got := demo.Review{Text: texts[i].Text, Label: texts[i].Label, Spans: factors[i].Spans}
		if d := cmp.Diff(set.At(i), got); d != "" || texts[i].ID != factors[i].ID {
			t.Errorf("review %d differs:\n%s", i, d)
		}
	}
}

func TestWritePictures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pictures")
	set := pictures(t, 10, 1, 64)
	if err := set.Write(dir); err != nil {
		t.Fatal(err)
	}
	factors := lines[struct {
		Path, Shape, Colour, Texture, Quadrant string
		Grid                                   int
		Share                                  []float64
	}](t, filepath.Join(dir, "factors.jsonl"))
	if len(factors) != set.Len() {
		t.Fatalf("%d lines of factors, want %d", len(factors), set.Len())
	}
	for i, got := range factors {
		want := set.At(i)
		if got.Shape != want.Shape || got.Colour != want.Colour || got.Texture != want.Texture ||
			got.Quadrant != want.Quadrant || got.Grid != 8 || len(got.Share) != 64 || filepath.Dir(got.Path) != want.Shape {
			t.Errorf("factors of picture %d are %+v, want %+v", i, got, want.Scene)
		}
		f, err := os.Open(filepath.Join(dir, got.Path))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(f); err != nil {
			t.Errorf("%s: %v", got.Path, err)
		}
		f.Close()
	}
	for _, class := range demo.Shapes() { // an image folder has its classes even if empty
		if s, err := os.Stat(filepath.Join(dir, class)); err != nil || !s.IsDir() {
			t.Errorf("no folder for %s: %v", class, err)
		}
	}
}

func TestWriteLeavesNothingHalf(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "pictures")
	if err := pictures(t, 3, 1, 33).Write(dir); err == nil { // 8 does not divide 33
		t.Error("Write gave no error")
	}
	left, err := os.ReadDir(parent)
	if err != nil || len(left) > 0 {
		t.Errorf("%v is left behind (%v), want nothing", left, err)
	}
	if err := os.WriteFile(dir, []byte("mine"), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := pictures(t, 3, 1, 64).Write(dir); err == nil {
		t.Error("Write over something gave no error")
	}
	if b, err := os.ReadFile(dir); err != nil || string(b) != "mine" {
		t.Errorf("what was there is now %q (%v)", b, err)
	}
}
