package network_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/bench/network"
	"github.com/saego/saego/models"
)

func touch(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestMadeOnce checks that what is there is taken as it is, and else made by a script.
func TestMadeOnce(t *testing.T) {
	n := network.ViT(t.TempDir())
	python := filepath.Join(t.TempDir(), "no-python")
	if err := n.Export(t.Context(), python); err == nil || !strings.HasPrefix(err.Error(), "scripts/export_onnx.py: ") {
		t.Errorf("error %v, want one that names the script", err)
	}
	if _, err := n.Quantize(t.Context(), python); err == nil || !strings.HasPrefix(err.Error(), "scripts/quantize_onnx.py: ") {
		t.Errorf("error %v, want one that names the script", err)
	}
	touch(t, filepath.Join(n.Dir, models.SpecFile))
	touch(t, filepath.Join(n.Dir+"-int8", models.SpecFile))
	if err := n.Export(t.Context(), python); err != nil {
		t.Error(err)
	}
	if dir, err := n.Quantize(t.Context(), python); err != nil || dir != n.Dir+"-int8" {
		t.Errorf("Quantize = %q, %v", dir, err)
	}
}

func TestReviews(t *testing.T) {
	data := t.TempDir()
	if _, _, ok := network.Reviews(data); ok {
		t.Error("there are reviews in an empty folder")
	}
	for _, name := range []string{"imdb/train.jsonl.gz", "gpt2/tokenizer.json"} {
		touch(t, filepath.Join(data, filepath.FromSlash(name)))
	}
	if texts, tokenizer, ok := network.Reviews(data); !ok || !network.Exists(texts) || !network.Exists(tokenizer) {
		t.Errorf("Reviews = %q, %q, %t", texts, tokenizer, ok)
	}
}
