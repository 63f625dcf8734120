package ort_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/models"
)

// TestSpelledOutAttention runs networks whose attention is spelled out, with a mask and
// without, by a runtime that knows both forms.
func TestSpelledOutAttention(t *testing.T) {
	for _, dir := range []string{"../../internal/demo/text", "../../internal/demo/vision"} {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			m, err := models.OpenFS(os.DirFS(dir), dir) // in memory, so that the part has its weights
			if err != nil {
				t.Skip(err)
			}
			g, err := m.Graph()
			if err != nil {
				t.Fatal(err)
			}
			outputs := []string{m.Spec.Logits}
			for _, h := range m.Spec.Hooks {
				tensor, err := g.Resolve(h.Name)
				if err != nil {
					t.Fatal(err)
				}
				outputs = append(outputs, tensor)
			}
			p, err := g.Part(outputs)
			if err != nil {
				t.Fatal(err)
			}
			operator := []byte("\x22\x09Attention") // op_type of a NodeProto
			if !bytes.Contains(p.Bytes, operator) {
				t.Fatal("the model has no operator Attention: export it with opset 23")
			}
			if err := p.SpellOutAttention(); err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(p.Bytes, operator) {
				t.Error("an operator Attention is left")
			}
			m.Dir = t.TempDir()
			if err := os.WriteFile(m.GraphPath(), p.Bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			checkGolden(t, m, openRunner(t, m, ort.DefaultOptions()), 1e-4)
		})
	}
}
