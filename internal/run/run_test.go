package run_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/saego/saego/internal/run"
)

func create(t *testing.T, path string, overwrite bool) *run.Folder {
	t.Helper()
	f, err := run.Create(path, overwrite)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestAbandonedRunLeavesNothing(t *testing.T) {
	root := t.TempDir()
	f := create(t, filepath.Join(root, "a", "b", "run"), false)
	if err := f.WriteConfig(map[string]int{"k": 32}); err != nil {
		t.Fatal(err)
	}
	if err := f.Log(1, 64, map[string]float64{"losses/mse_loss": math.NaN()}); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if entries, _ := os.ReadDir(root); len(entries) != 0 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestKeptRunStays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	f := create(t, path, false)
	if err := errors.Join(f.WriteConfig(map[string]int{"k": 32}), f.Log(1, 64, map[string]float64{"a": math.Inf(1), "b": 0.5})); err != nil {
		t.Fatal(err)
	}
	f.Keep()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(path, "metrics.jsonl"))
	if want := `{"a":null,"b":0.5,"n_training_samples":64,"step":1}` + "\n"; err != nil || string(got) != want {
		t.Errorf("metrics.jsonl is %q (%v), want %q", got, err, want)
	}
}

func TestCreateProtectsWhatIsThere(t *testing.T) {
	path := t.TempDir()
	other := filepath.Join(path, "thesis.tex")
	if err := os.WriteFile(other, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, overwrite := range []bool{false, true} {
		if _, err := run.Create(path, overwrite); !errors.Is(err, run.ErrExists) {
			t.Errorf("overwrite %v: error is %v, want ErrExists", overwrite, err)
		}
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
}

func TestOverwriteReplacesARun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	f := create(t, path, false)
	if err := errors.Join(f.WriteConfig(1), os.MkdirAll(f.Checkpoint(64), 0o755)); err != nil {
		t.Fatal(err)
	}
	f.Keep()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = create(t, path, true)
	f.Keep()
	defer f.Close()
	if _, err := os.Stat(f.Checkpoint(64)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old checkpoint is still there (%v)", err)
	}
}

func TestCreateInUnwritableFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Create(filepath.Join(file, "run"), false); err == nil {
		t.Error("made a folder below a file")
	}
}
