package run_test

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/saego/saego/internal/run"
)

// fill writes two files, one in a folder.
func fill(dir string) error {
	return errors.Join(
		os.WriteFile(filepath.Join(dir, "weights"), []byte("weights"), 0o600),
		os.Mkdir(filepath.Join(dir, "sae"), 0o755),
		os.WriteFile(filepath.Join(dir, "sae", "cfg.json"), []byte("{}"), 0o600),
	)
}

func TestCheckpointsKeepTheLast(t *testing.T) {
	for _, tt := range []struct {
		keep      int
		scheduled []bool // of the checkpoints at 10, 20, …
		want      string
	}{
		{0, []bool{true, true, true}, "30 20 10"},
		{2, []bool{true, true, true}, "30 20"},
		{0, []bool{false, false, false}, "30"},
		{0, []bool{true, false, false}, "30 10"},
		{1, []bool{true, false, true, false}, "40 30"},
	} {
		c := run.Checkpoints{Dir: filepath.Join(t.TempDir(), "checkpoints"), Keep: tt.keep}
		for i, scheduled := range tt.scheduled {
			if _, err := c.Write(10*(i+1), scheduled, fill); err != nil {
				t.Fatal(err)
			}
		}
		if got := kept(t, c); got != tt.want {
			t.Errorf("keep %d of %v: %s stay, want %s", tt.keep, tt.scheduled, got, tt.want)
		}
	}
}

func kept(t *testing.T, c run.Checkpoints) string {
	t.Helper()
	all, err := c.List()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, one := range all {
		out = append(out, strconv.Itoa(one.Samples))
		if err := one.Verify(); err != nil {
			t.Error(err)
		}
	}
	return strings.Join(out, " ")
}

func TestFailedCheckpointLeavesTheLast(t *testing.T) {
	c := run.Checkpoints{Dir: t.TempDir()}
	if _, err := c.Write(10, false, fill); err != nil {
		t.Fatal(err)
	}
	boom := errors.New("boom")
	if _, err := c.Write(20, false, func(string) error { return boom }); !errors.Is(err, boom) {
		t.Errorf("error is %v", err)
	}
	if got := kept(t, c); got != "10" {
		t.Errorf("%s is left, want 10", got)
	}
}

func TestVerify(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(dir string) error
		want  string
	}{
		"cut":         {func(d string) error { return os.Truncate(filepath.Join(d, "weights"), 3) }, "weights has 3 bytes of 7"},
		"changed":     {func(d string) error { return os.WriteFile(filepath.Join(d, "weights"), []byte("wEights"), 0o600) }, "weights is damaged"},
		"gone":        {func(d string) error { return os.RemoveAll(filepath.Join(d, "sae")) }, "sae/cfg.json is missing"},
		"no manifest": {func(d string) error { return os.Remove(filepath.Join(d, "manifest.json")) }, "no manifest.json"},
		"foreign": {func(d string) error {
			return os.WriteFile(filepath.Join(d, "manifest.json"), []byte(`{"format": "other"}`), 0o600)
		}, `format is "other"`},
		"outside": {func(d string) error {
			text := `{"format": "saego checkpoint", "version": 1, "n_training_samples": 10, "files": {"../../x": {}}}`
			return os.WriteFile(filepath.Join(d, "manifest.json"), []byte(text), 0o600)
		}, "no name of a file in this folder"},
		"not JSON": {func(d string) error { return os.WriteFile(filepath.Join(d, "manifest.json"), []byte("{"), 0o600) }, "manifest.json"},
	} {
		t.Run(name, func(t *testing.T) {
			c := run.Checkpoints{Dir: t.TempDir()}
			dir, err := c.Write(10, true, fill)
			if err != nil {
				t.Fatal(err)
			}
			if err := tt.spoil(dir); err != nil {
				t.Fatal(err)
			}
			all, _ := c.List()
			if err := all[0].Verify(); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), dir) {
				t.Errorf("error is %v, want one about %s that says %q", err, dir, tt.want)
			}
		})
	}
	c := run.Checkpoints{Dir: t.TempDir()}
	dir, err := c.Write(10, true, fill)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir, filepath.Join(c.Dir, "20")); err != nil {
		t.Fatal(err)
	}
	all, _ := c.List()
	if err := all[0].Verify(); err == nil || !strings.Contains(err.Error(), "it is of 10 rows") {
		t.Errorf("renamed: error is %v", err)
	}
}
