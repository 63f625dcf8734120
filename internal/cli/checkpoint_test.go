package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/saego/saego/internal/native/nativetest"
	"github.com/saego/saego/sae"
)

func TestCheckpointsWhereAndAsManyAsAsked(t *testing.T) {
	nativetest.RequireORT(t)
	p, output, where := programs[0], filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "elsewhere")
	p.must(t, p.small(t, output, "--n-checkpoints", "3", "--keep-checkpoints", "2", "--save-final-checkpoint",
		"--checkpoint-path", where, "--architecture", "batchtopk", "--d-sae", "32")...)
	entries, err := os.ReadDir(where)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
		m, _, err := sae.Load(filepath.Join(where, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		inner, _, err := sae.Load(filepath.Join(where, e.Name(), "sae"))
		if err != nil {
			t.Fatal(err)
		}
		if m.Config().Architecture != sae.BatchTopK || m.TopKThreshold() <= 0 || inner.Config().Architecture != sae.JumpReLU {
			t.Errorf("%s holds a %s with the threshold %g, and in sae/ a %s", e.Name(), m.Config().Architecture, m.TopKThreshold(), inner.Config().Architecture)
		}
	}
	if want := []string{"1280", "1792", "final_2048"}; !slices.Equal(names, want) {
		t.Errorf("checkpoints are %v, want %v", names, want)
	}
}

// TestTranscoder reads two hook points of the embedded model.
func TestTranscoder(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			block := map[string]string{"classifier-sae": "transformer.h.", "vision-sae": "blocks."}[p.name]
			output := filepath.Join(t.TempDir(), "run")
			p.must(t, "train", "--preset", "demo", "--output", output, "--hook", block+"0", "--hook-out", block+"1",
				"--architecture", sae.SkipTranscoder, "--training-tokens", "4096", "--train-batch-size-samples", "512", "--buffer-size", "2048", "--eval-rows", "512")
			m, from, err := sae.Load(filepath.Join(output, "sae"))
			if err != nil {
				t.Fatal(err)
			}
			if !m.Transcodes() || from["hook_name"] != block+"0" || from["hook_name_out"] != block+"1" {
				t.Errorf("a %s from %v to %v", m.Config().Architecture, from["hook_name"], from["hook_name_out"])
			}
			var e struct {
				ExplainedVariance float64 `json:"explained_variance"`
			}
			if err := json.Unmarshal([]byte(p.must(t, "eval", "--run", output, "--json").stdout), &e); err != nil || e.ExplainedVariance < 0.1 {
				t.Errorf("explained variance is %g (%v)", e.ExplainedVariance, err)
			}
		})
	}
}
