package atomic_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/saego/saego/internal/atomic"
)

var errBoom = errors.New("boom")

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.txt")
	write := func(text string, fail error) error {
		return atomic.WriteFile(path, func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return errors.Join(err, fail)
		})
	}
	if err := write("old", nil); err != nil {
		t.Fatal(err)
	}
	if err := write("half", errBoom); !errors.Is(err, errBoom) {
		t.Errorf("error is %v, want %v", err, errBoom)
	}
	if got, _ := os.ReadFile(path); string(got) != "old" {
		t.Errorf("file holds %q after a failed write, want %q", got, "old")
	}
	if err := write("new", nil); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "new" {
		t.Errorf("file holds %q, want %q", got, "new")
	}
	if n := names(t, filepath.Dir(path)); len(n) != 1 {
		t.Errorf("folder holds %v, want the file alone", n)
	}
}

func TestWriteFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "sae")
	write := func(name string, fail error) error {
		return atomic.WriteFolder(dir, func(path string) error {
			return errors.Join(os.WriteFile(filepath.Join(path, name), nil, 0o644), fail)
		})
	}
	if err := write("old", nil); err != nil {
		t.Fatal(err)
	}
	if err := write("half", errBoom); !errors.Is(err, errBoom) {
		t.Errorf("error is %v, want %v", err, errBoom)
	}
	if n := names(t, dir); len(n) != 1 || n[0] != "old" {
		t.Errorf("folder holds %v after a failed write, want old", n)
	}
	if err := write("new", nil); err != nil {
		t.Fatal(err)
	}
	if n := names(t, dir); len(n) != 1 || n[0] != "new" {
		t.Errorf("folder holds %v, want new", n)
	}
	if n := names(t, filepath.Dir(dir)); len(n) != 1 {
		t.Errorf("beside the folder lies %v", n)
	}
}
