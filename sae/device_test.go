package sae_test

import (
	"path/filepath"
	"testing"

	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/cuda/cudatest"
)

// TestEqualsSAELensOnADevice is [TestEqualsSAELens] with the kernels of a card: every
// architecture, to the same tolerance.
func TestEqualsSAELensOnADevice(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/steps/*-*.safetensors")
	if err != nil || len(files) < 21 {
		t.Fatalf("%d golden files (%v), want at least 21", len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) {
			cudatest.Each(t, func(t *testing.T, e *cuda.Engine) { testStep(t, path, e) })
		})
	}
}
