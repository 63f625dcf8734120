package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/bench/result"
)

func results(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	step := result.Alone("profile/topk/step", "s", 0.4, 0.5, 0.6)
	product := result.Alone("profile/topk/encoder's product", "s", 0.25)
	product.Details = map[string]float64{"times": 1, "share": 0.5}
	curve := result.Compare("curve/topk", "loss", []float64{10}, []float64{10})
	curve.Details = map[string]float64{"difference_mean": 0.001}
	err := result.Write(dir, "train", []result.Entry{
		result.Compare("train/topk", "s", []float64{0.25, 0.3, 0.35}, []float64{1.5, 1.8, 2.1}),
		result.Absent("train/gated", "it\nfails"),
		result.Compare("growth/k=8", "s", []float64{0.2}, []float64{2}),
		result.Compare("growth/k=16", "s", []float64{0.3}, []float64{2}),
		result.Compare("growth/k=32", "s", []float64{0.4}, nil),
		step, product, curve,
	}, result.Machine{Processor: "a processor", Peer: &result.Peer{Versions: map[string]string{"torch": "2"}}})
	if err != nil {
		t.Fatal(err)
	}
	rate := result.Rate("extract/gpt2-vs-guide", "rows/s", []float64{500}, []float64{200})
	rate.Details = map[string]float64{"max_abs": 1e-6}
	err = result.Write(dir, "extract", []result.Entry{rate, result.Absent("extract/gpt2-vs-guide-bf16", "no bf16")},
		result.Machine{Runtime: "a runtime", Quick: true})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestPage(t *testing.T) {
	out := t.TempDir()
	if err := run(results(t), out); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(out, "performance.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| train/topk | 300 ms (275–325) | 1.8 s (1.65–1.95) | 6.00 | 3 |",
		"| train/gated | – | – | – | 0 |",
		"- `train/gated`: missing: it fails",
		"| step | 500 ms (450–550) | 1 | 100 % |",
		"| encoder's product | 250 ms | 1 | 50 % |",
		"| curve/topk | 0.001 | – |",
		"a processor", "torch 2", "a runtime", "This was a quick run", "_Not measured in this run._",
		"| extract/gpt2-vs-guide | 500 rows/s | 200 rows/s | 2.50 | 2.5 | 1 |",
		"| extract/gpt2-vs-guide | 1e-06 | – |",
		"- `extract/gpt2-vs-guide-bf16`: missing: no bf16",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

// TestOnAGPU checks that the section is there where something was measured on a card.
func TestOnAGPU(t *testing.T) {
	dir, out := results(t), t.TempDir()
	page := func() string {
		t.Helper()
		if err := run(dir, out); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(out, "performance.md"))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	const nothing = "\n## On a GPU\n\nNothing was measured on a card yet: "
	if !strings.Contains(page(), nothing) {
		t.Errorf("the page lacks %q", nothing)
	}
	share := result.Over("gpu/step-share-tf32", "s", []float64{0.006}, []float64{0.004})
	share.Details = map[string]float64{"share_of_peak": 0.75}
	err := result.Write(dir, "gpu", []result.Entry{result.Rate("gpu/topk-tf32", "steps/s", []float64{300}, []float64{100}), share},
		result.Machine{Card: "a card"})
	if err != nil {
		t.Fatal(err)
	}
	text := page()
	for _, want := range []string{
		"| card | a card |", "| gpu/topk-tf32 | 300 steps/s | 100 steps/s | 3.00 | 2, at least 1.0 | 1 |",
		"| gpu/step-share-tf32 | 6 ms | 4 ms | 1.50 | 1 |", "| gpu/step-share-tf32 | – | – | 0.75 |",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(text, nothing) {
		t.Errorf("the page has %q", nothing)
	}
}

// TestPlots checks that the pictures are XML, and how many points they have.
func TestPlots(t *testing.T) {
	out := t.TempDir()
	if err := run(results(t), out); err != nil {
		t.Fatal(err)
	}
	for _, p := range plots {
		text, err := os.ReadFile(filepath.Join(out, p.file))
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int{"k": 5}[p.axis]
		if got := circles(t, string(text)); got != want {
			t.Errorf("%s has %d points, want %d", p.file, got, want)
		}
	}
}

func circles(t *testing.T, text string) (n int) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(text))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "circle" {
			n++
		}
	}
}

func TestNoResults(t *testing.T) {
	if err := run(t.TempDir(), t.TempDir()); err == nil || !strings.Contains(err.Error(), "make bench") {
		t.Errorf("error %v, want one that names make bench", err)
	}
}
