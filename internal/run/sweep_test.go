package run_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/saego/saego/internal/run"
)

// keptSweep makes a sweep of two members at path.
func keptSweep(t *testing.T, path string) {
	t.Helper()
	f := create(t, path, true)
	if err := f.WriteConfig(1); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"k=4", "k=8"} {
		dir, err := f.Member(name, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "metrics.jsonl"), []byte("{}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f.Keep()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestMembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sweep")
	keptSweep(t, path)
	member := filepath.Join(path, "k=8")
	if got, want := run.Members(path), []string{filepath.Join(path, "k=4"), member}; !slices.Equal(got, want) {
		t.Errorf("members are %v, want %v", got, want)
	}
	if got := run.SweepOf(member + "/"); got != path {
		t.Errorf("the sweep of a member is %q, want %q", got, path)
	}
	other := filepath.Join(path, "a=b") // not the sweep's
	if err := os.Mkdir(other, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{path, other, filepath.Join(path, "k=9")} {
		if got := run.SweepOf(dir); got != "" {
			t.Errorf("%s is a member of %q", dir, got)
		}
	}
	left := filepath.Join(member, ".sae.tmp-1")
	if err := errors.Join(os.Mkdir(left, 0o755), os.Mkdir(filepath.Join(path, ".k=9.tmp-1"), 0o755)); err != nil {
		t.Fatal(err)
	}
	f, err := run.Reopen(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Member("k=8", "again"); err != nil {
		t.Fatal(err)
	}
	if run.Finished(path) {
		t.Error("it is finished without a table")
	}
	if _, err := f.WriteTable(func(w io.Writer) error { _, err := io.WriteString(w, "member\n"); return err }); err != nil || !run.Finished(path) {
		t.Errorf("it is not finished with a table (%v)", err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, member), []string{"config.yaml", "metrics.jsonl"}; !slices.Equal(got, want) {
		t.Errorf("the member holds %v, want %v", got, want)
	}
	if got, want := names(t, path), []string{"a=b", "config.yaml", "k=4", "k=8", "sweep.csv"}; !slices.Equal(got, want) {
		t.Errorf("the folder holds %v, want %v", got, want)
	}
}

// TestOverwriteReplacesMembers has a run in the place of a sweep, kept, abandoned and
// killed.
func TestOverwriteReplacesMembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	keptRun(t, path)
	keptSweep(t, path)
	before := names(t, path)
	f := create(t, path, true)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = create(t, path, true)
	if _, err := f.Member("k=16", 2); err != nil {
		t.Fatal(err)
	}
	f.Kill()
	f = create(t, path, true)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := names(t, path); !slices.Equal(got, before) {
		t.Errorf("the folder holds %v, want %v", got, before)
	}
	f = create(t, path, true)
	if err := f.WriteConfig(2); err != nil {
		t.Fatal(err)
	}
	f.Keep()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got, want := names(t, path), []string{"config.yaml"}; !slices.Equal(got, want) {
		t.Errorf("the folder holds %v, want %v", got, want)
	}
}

// TestKeepMember takes one member out of a checkpoint that goes.
func TestKeepMember(t *testing.T) {
	root := t.TempDir()
	c := run.Checkpoints{Dir: filepath.Join(root, "checkpoints")}
	path, err := c.Write(64, false, func(dir string) error {
		part := run.CheckpointOfMember(dir, "k=4")
		return errors.Join(os.Mkdir(part, 0o755), fill(part))
	})
	if err != nil {
		t.Fatal(err)
	}
	one := run.Checkpoint{Path: path, Samples: 64}
	kept, err := one.KeepMember("k=4", filepath.Join(root, "k=4"))
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(root, "k=4", "checkpoints", "64"); kept != want {
		t.Errorf("it is in %s, want %s", kept, want)
	}
	if err := (run.Checkpoint{Path: kept, Samples: 64}).Verify(); err != nil {
		t.Error(err)
	}
	if got, want := run.SAE(kept), filepath.Join(kept, "sae"); got != want {
		t.Errorf("its SAE is in %s, want %s", got, want)
	}
	if err := os.Remove(filepath.Join(path, "k=4", "sae", "cfg.json")); err != nil {
		t.Fatal(err)
	}
	if err := one.Verify(); err == nil {
		t.Error("a checkpoint without a file of its member is whole")
	}
}
