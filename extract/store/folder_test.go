package store_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/saego/saego/extract/store"
)

// put writes a file of a folder.
func put(t *testing.T, d store.Folder, name, text string) store.File {
	t.Helper()
	f, err := d.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, text); err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFolder(t *testing.T) {
	d := store.Folder(filepath.Join(t.TempDir(), "a [b]", "*"))
	if there, err := d.List(t.Context()); err != nil || len(there) > 0 {
		t.Errorf("a folder that is not there has %v, %v", there, err)
	}
	if _, err := d.Open(t.Context(), "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v, want %v", err, fs.ErrNotExist)
	}
	if free, known := d.Free(t.Context()); !known || free <= 0 {
		t.Errorf("free: %d, %v", free, known)
	}
	f := put(t, d, "b", "old")
	if there, _ := d.List(t.Context()); len(there) > 0 {
		t.Error("a file is there before Close")
	}
	if err := errors.Join(f.Close(), put(t, d, "b", "newer").Close(), put(t, d, "a", "").Close()); err != nil {
		t.Fatal(err)
	}
	if err := put(t, d, "c", "never").Abort(); err != nil {
		t.Error(err)
	}
	if err := f.Abort(); err != nil {
		t.Error(err)
	}
	there, err := d.List(t.Context())
	if err != nil || len(there) != 2 || there[0] != (store.Info{Name: "a"}) || there[1] != (store.Info{Name: "b", Size: 5}) {
		t.Errorf("there are %v, %v", there, err)
	}
	for name, want := range map[string]string{"a": "", "b": "newer"} {
		r, err := d.Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size())); string(got) != want || err != nil {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
		if m, ok := r.(store.Mapped); ok && string(m.Bytes()) != want {
			t.Errorf("%s is mapped as %q", name, m.Bytes())
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := errors.Join(d.Remove(t.Context(), "b"), d.Remove(t.Context(), "b")); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"", "../x", "a/b", ".hidden", ".."} {
		if _, err := d.Create(t.Context(), name); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
}

func TestFolderLock(t *testing.T) {
	d := store.Folder(filepath.Join(t.TempDir(), "a [b]", "*"))
	put(t, d, "x", "of a process that was killed") // neither closed nor aborted
	unlock, err := d.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(string(d)); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	_, err = d.Lock(t.Context())
	wants(t, err, "another process is writing")
	_, err = store.Write(t.Context(), d, parts(60), config(store.F16, 20))
	wants(t, err, string(d), "another process is writing")
	if err := unlock(); err != nil {
		t.Error(err)
	}
	if _, err := store.Write(t.Context(), d, parts(60), config(store.F16, 200)); err != nil {
		t.Error(err)
	}
}

func TestFolderThatIsAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := store.Write(t.Context(), store.Folder(path), parts(60), config(store.F16, 20))
	wants(t, err, path, "not a directory")
	_, err = store.Open(t.Context(), store.Folder(filepath.Join(path, "y")))
	wants(t, err, "not a directory")
}
