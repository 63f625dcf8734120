package cli_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/saego/saego/internal/cli"
	"github.com/saego/saego/internal/native/nativetest"
	"github.com/saego/saego/sae"
)

// measured are the lines that train and eval both print.
var measured = []string{"held out", "explained variance", "L0", "MSE", "cosine", "norm out/in", "silent"}

func TestTrainWritesARun(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			output := filepath.Join(t.TempDir(), "a", "run")
			r := p.must(t, p.small(t, output)...)
			checkReport(t, r, output)
			checkRun(t, output)
			e := p.must(t, "eval", "--run", output)
			for _, name := range measured {
				if got, want := e.row(name), r.row(name); got != want || got == "" {
					t.Errorf("eval says %s %q, train %q", name, got, want)
				}
			}
			checkJSON(t, p.must(t, "eval", "--run", output, "--json"), output)
		})
	}
}

// TestDemo is make demo, shortened.
func TestDemo(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			if _, err := os.Stat("../demo/" + p.embedded + "/model.json"); err != nil {
				t.Skip(err)
			}
			output := filepath.Join(t.TempDir(), "run")
			r := p.must(t, "train", "--preset", "demo", "--output", output,
				"--training-tokens", "4096", "--train-batch-size-samples", "512", "--buffer-size", "2048", "--eval-rows", "512")
			checkReport(t, r, output)
			checkRun(t, output)
		})
	}
}

func checkReport(t *testing.T, r result, output string) {
	t.Helper()
	for _, name := range append([]string{"model", "architecture", "rows", "rows/s", "read", "dead"}, measured...) {
		if r.row(name) == "" {
			t.Errorf("no line %q in the report:\n%s", name, r.stdout)
		}
	}
	if got, want := r.row("SAE"), filepath.Join(output, "sae"); got != want {
		t.Errorf("the report says that the SAE is at %q, want %q", got, want)
	}
	for line := range strings.Lines(r.stdout) {
		if len([]rune(line)) > 100 && !strings.HasPrefix(line, "SAE") {
			t.Errorf("longer than 100 columns: %s", line)
		}
	}
}

func checkRun(t *testing.T, output string) {
	t.Helper()
	for _, name := range []string{"config.yaml", "metrics.jsonl", "sae/cfg.json", "sae/sae_weights.safetensors", "sae/sparsity.safetensors"} {
		if info, err := os.Stat(filepath.Join(output, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s is absent or empty (%v)", name, err)
		}
	}
	var cfg struct {
		Metadata struct {
			Trainer map[string]any `json:"trainer_config"`
			Details map[string]any `json:"training_architecture_details"`
		}
	}
	if err := json.Unmarshal([]byte(read(t, output, "sae/cfg.json")), &cfg); err != nil {
		t.Fatal(err)
	}
	if _, ok := cfg.Metadata.Trainer["train_batch_size_samples"]; !ok {
		t.Errorf("trainer_config has not the keys of the configuration: %v", cfg.Metadata.Trainer)
	}
	if got := cfg.Metadata.Details["normalize_activations"]; got != sae.NormalizeExpectedNorm {
		t.Errorf("training_architecture_details say normalize_activations %v, want what was trained with", got)
	}
}

// checkJSON compares eval --json with the last evaluation in metrics.jsonl.
func checkJSON(t *testing.T, r result, output string) {
	t.Helper()
	var got struct {
		Variance float64 `json:"explained_variance"`
	}
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil {
		t.Fatalf("not JSON: %v:\n%s", err, r.stdout)
	}
	want := 0.0
	for line := range strings.Lines(read(t, output, "metrics.jsonl")) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if v, ok := entry["eval/reconstruction_quality/explained_variance"].(float64); ok {
			want = v
		}
	}
	if got.Variance != want || want == 0 {
		t.Errorf("eval --json says explained variance %v, metrics.jsonl ends with %v", got.Variance, want)
	}
}

func TestEqualSeedsGiveEqualBytes(t *testing.T) {
	nativetest.RequireORT(t)
	for _, p := range programs {
		t.Run(p.name, func(t *testing.T) {
			data, root := p.data(t), t.TempDir()
			folder := func(name, seed string) map[string]string {
				output := filepath.Join(root, name)
				p.must(t, p.small(t, output, "--data", data, "--seed", seed)...)
				return files(t, filepath.Join(output, "sae"))
			}
			first, again, other := folder("first", "1"), folder("again", "1"), folder("other", "2")
			if !maps.Equal(first, again) || len(first) != 3 {
				t.Error("equal seeds gave other files")
			}
			if first["sae_weights.safetensors"] == other["sae_weights.safetensors"] {
				t.Error("another seed gave equal weights")
			}
		})
	}
}

// files returns the files of a folder by name.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		out[e.Name()] = read(t, dir, e.Name())
	}
	return out
}

func TestCheckpointsLoad(t *testing.T) {
	nativetest.RequireORT(t)
	p, output := programs[0], filepath.Join(t.TempDir(), "run")
	p.must(t, p.small(t, output, "--n-checkpoints", "2")...)
	dirs, err := os.ReadDir(filepath.Join(output, "checkpoints"))
	if err != nil || len(dirs) != 2 {
		t.Fatalf("there are %d checkpoints (%v), want 2", len(dirs), err)
	}
	for _, d := range dirs {
		dir := filepath.Join(output, "checkpoints", d.Name())
		if _, _, err := sae.Load(dir); err != nil {
			t.Error(err)
		}
		p.must(t, "eval", "--run", output, "--sae", dir)
	}
}

func TestOverwrite(t *testing.T) {
	nativetest.RequireORT(t)
	p, output := programs[0], filepath.Join(t.TempDir(), "run")
	p.must(t, p.small(t, output)...)
	before := files(t, filepath.Join(output, "sae"))
	for _, wrong := range [][]string{{}, {"--overwrite", "--hook", "nowhere"}, {"--overwrite", "--hook", p.nan}} {
		if r := p.call(t.Context(), nil, p.small(t, output, wrong...)...); r.code != 1 {
			t.Errorf("%v: exit code %d, want 1", wrong, r.code)
		}
		if !maps.Equal(files(t, filepath.Join(output, "sae")), before) {
			t.Fatalf("%v: the earlier run was changed", wrong)
		}
	}
	p.must(t, p.small(t, output, "--overwrite", "--seed", "7")...)
	if maps.Equal(files(t, filepath.Join(output, "sae")), before) {
		t.Error("--overwrite replaced nothing")
	}
}

func TestEvalWarnsOfAnotherModel(t *testing.T) {
	nativetest.RequireORT(t)
	p, output := programs[0], filepath.Join(t.TempDir(), "run")
	p.must(t, p.small(t, output)...)
	cfg := filepath.Join(output, "sae", "cfg.json")
	var all map[string]any
	if err := json.Unmarshal([]byte(read(t, cfg)), &all); err != nil {
		t.Fatal(err)
	}
	all["metadata"].(map[string]any)["model_digest"] = "0123456789ab"
	data, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	write(t, cfg, string(data))
	if r := p.must(t, "eval", "--run", output); !strings.Contains(r.stderr, "warning: the SAE was trained on model") {
		t.Errorf("no warning of another model: %s", r.stderr)
	}
}

func TestVersion(t *testing.T) {
	for _, p := range programs {
		if r := p.must(t, "version"); !strings.HasPrefix(r.stdout, p.name+" "+cli.Version) {
			t.Errorf("version prints %q", r.stdout)
		}
	}
}
