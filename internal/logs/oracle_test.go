package logs_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/saego/saego/internal/logs"
)

// TestReadersOfOthers has runs read by pandas, by TensorBoard and, through the real
// `wandb sync`, by a server, and compares what they read with what was logged. It is
// skipped where make parity has not fetched them, unless SAEGO_REQUIRE has "logs".
func TestReadersOfOthers(t *testing.T) {
	if testing.Short() {
		t.Skip("the readers take ten seconds")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	python := filepath.Join(root, ".deps/venv-logs/bin/python")
	if _, err := os.Stat(python); err != nil && !strings.Contains(os.Getenv("SAEGO_REQUIRE"), "logs") {
		t.Skip("no readers: make .deps/venv-logs/.stamp")
	}
	dir := t.TempDir()
	plain(t, filepath.Join(dir, "plain"))
	resumed(t, filepath.Join(dir, "resumed"))
	synced(t, filepath.Join(dir, "synced"))
	killed(t, filepath.Join(dir, "killed"))
	writeExpected(t, filepath.Join(dir, "expected.json"))
	out, err := exec.CommandContext(t.Context(), python, filepath.Join(root, "scripts/check_logs.py"), dir).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		t.Log(strings.TrimSuffix(line, "\n"))
	}
	if err != nil {
		t.Error(err)
	}
}

// synced is a run that is killed after step 275, sent to the server so far, and taken
// up at step 240.
func synced(t *testing.T, dir string) {
	t.Helper()
	log(open(t, dir, every(), 0), 1, 275)
	marker := one(t, dir, "wandb/*/*.wandb") + ".synced" // what wandb sync leaves
	if err := os.WriteFile(marker, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	l := open(t, dir, every(), 240)
	log(l, 241, steps)
	l.Close(0)
}

// killed is a run that ends with a kill -9.
func killed(t *testing.T, dir string) {
	t.Helper()
	log(open(t, dir, every(), 0), 1, steps)
}

// writeExpected writes what each run should have logged.
func writeExpected(t *testing.T, path string) {
	t.Helper()
	type record struct {
		Step       int                  `json:"step"`
		Samples    int                  `json:"n_training_samples"`
		Values     map[string]string    `json:"values"` // as text: JSON has no NaN
		Histograms map[string][]float32 `json:"histograms"`
	}
	var all []record
	for step := 1; step <= steps; step++ {
		for _, r := range recordsOf(step) {
			values := map[string]string{}
			for key, v := range r.Values {
				values[key] = strconv.FormatFloat(v, 'g', -1, 64)
			}
			all = append(all, record{r.Step, r.Samples, values, r.Histograms})
		}
	}
	data, err := json.Marshal(map[string]any{"records": all, "project": logs.DefaultConfig().WandbProject, "name": "a name"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
