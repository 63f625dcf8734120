package run_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/internal/logs"
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

// log writes every log that a run can have.
func log(t *testing.T, f *run.Folder) {
	t.Helper()
	cfg := logs.DefaultConfig()
	cfg.LogToTensorBoard, cfg.LogToWandb = true, true
	l, err := logs.Open(f.Logs(), cfg, logs.Run{}, func(w string) { t.Error(w) })
	if err != nil {
		t.Fatal(err)
	}
	l.Log(logs.Record{Step: 1, Samples: 64, Values: map[string]float64{"losses/mse_loss": 0.5}})
	l.Close(0)
}

func TestAbandonedRunLeavesNothing(t *testing.T) {
	root := t.TempDir()
	f := create(t, filepath.Join(root, "a", "b", "run"), false)
	if err := f.WriteConfig(map[string]int{"k": 32}); err != nil {
		t.Fatal(err)
	}
	log(t, f)
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
	if err := f.WriteConfig(map[string]int{"k": 32}); err != nil {
		t.Fatal(err)
	}
	log(t, f)
	f.Keep()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, path), append([]string{"config.yaml"}, slices.Sorted(slices.Values(logs.Names()))...); !slices.Equal(got, want) {
		t.Errorf("the folder holds %v, want %v", got, want)
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

// keptRun makes a run at path with one checkpoint.
func keptRun(t *testing.T, path string) {
	t.Helper()
	f := create(t, path, false)
	if err := errors.Join(f.WriteConfig(1), os.MkdirAll(filepath.Join(f.Checkpoints(), "64"), 0o755)); err != nil {
		t.Fatal(err)
	}
	f.Keep()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, path string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestOverwriteReplacesARun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	keptRun(t, path)
	notes := filepath.Join(path, "notes.txt")
	if err := os.WriteFile(notes, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f := create(t, path, true)
	if err := f.WriteConfig(2); err != nil {
		t.Fatal(err)
	}
	f.Keep()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, path), []string{"config.yaml", "notes.txt"}; !slices.Equal(got, want) {
		t.Errorf("the folder holds %v, want %v", got, want)
	}
}

func TestAbandonedOverwriteRestores(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	keptRun(t, path)
	before := names(t, path)
	f := create(t, path, true)
	if err := f.WriteConfig(2); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(path, "config.yaml"))
	if err != nil || string(config) != "1\n" {
		t.Errorf("config.yaml is %q (%v), want that of the earlier run", config, err)
	}
	if got := names(t, path); !slices.Equal(got, before) {
		t.Errorf("the folder holds %v, want %v", got, before)
	}
}

// TestOverwriteAfterAKill replaces a run while another that was killed had set it
// aside.
func TestOverwriteAfterAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	keptRun(t, path)
	create(t, path, true).Kill()
	f := create(t, path, true)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(f.Checkpoints(), "64")); err != nil {
		t.Error("the run that was set aside is lost:", err)
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

func TestOneRunPerFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	f := create(t, path, false)
	if err := f.WriteConfig(1); err != nil {
		t.Fatal(err)
	}
	for name, take := range map[string]func() (*run.Folder, error){
		"overwrite": func() (*run.Folder, error) { return run.Create(path, true) },
		"resume":    func() (*run.Folder, error) { return run.Reopen(path) },
	} {
		if _, err := take(); err == nil || !strings.Contains(err.Error(), "another run is writing into it") {
			t.Errorf("%s: error is %v, want one that says that the folder is taken", name, err)
		}
	}
	f.Keep()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := run.Reopen(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func TestReopenAfterAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	keptRun(t, path)
	f := create(t, path, true)
	if err := f.WriteConfig(2); err != nil {
		t.Fatal(err)
	}
	f.Kill()
	for _, name := range []string{".sae.tmp-1", ".config.yaml.tmp-2", ".metrics.csv.tmp-3"} {
		if err := os.Mkdir(filepath.Join(path, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	again, err := run.Reopen(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(run.Config(path))
	if err != nil || string(config) != "2\n" {
		t.Errorf("config.yaml is %q (%v), want that of the run that goes on", config, err)
	}
	if got := names(t, path); !slices.Equal(got, []string{"config.yaml"}) {
		t.Errorf("the folder holds %v: what was replaced, or half written, is still there", got)
	}
	if _, err := run.Reopen(t.TempDir()); err == nil || !strings.Contains(err.Error(), "there is no run") {
		t.Errorf("an empty folder: error is %v", err)
	}
}

// TestCreateAfterAKillBeforeTheConfiguration: a run that was killed so early is none.
func TestCreateAfterAKillBeforeTheConfiguration(t *testing.T) {
	path := t.TempDir()
	left := filepath.Join(path, ".config.yaml.tmp-123")
	if err := os.WriteFile(left, []byte("k: "), 0o600); err != nil {
		t.Fatal(err)
	}
	f := create(t, path, false)
	if _, err := os.Stat(left); err == nil {
		t.Error("what was left is still there")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}
