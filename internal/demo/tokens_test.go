package demo_test

import (
	"testing"

	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/internal/demo"
	"github.com/saego/saego/models"
)

// The embedded text model carries golden ids, and they are ours.
func TestGoldenTokens(t *testing.T) {
	m, err := models.OpenFS(demo.TextModel(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	if texts, err := m.GoldenTokens(); err != nil || len(texts) < 20 {
		t.Errorf("%d golden texts, %v, want at least 20", len(texts), err)
	}
	if err := m.Verify(); err != nil {
		t.Error(err)
	}
	if _, err := tokens.ForModel(m); err != nil {
		t.Error(err)
	}
}
