package bucket_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	_ "gocloud.dev/blob/memblob" // mem://

	"github.com/saego/saego/extract/store"
	"github.com/saego/saego/extract/store/bucket"
)

const block = 4 << 20 // in which files are fetched

func open(t *testing.T, url string) *bucket.Place {
	t.Helper()
	p, err := bucket.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// places are one place of each driver that needs no server.
func places(t *testing.T) map[string]*bucket.Place {
	return map[string]*bucket.Place{
		"mem":    open(t, "mem://any"),
		"prefix": open(t, "mem://any/deep/folder?prefix=top/"),
		"file":   open(t, "file://"+t.TempDir()+"/not/yet"),
	}
}

// random returns n bytes that differ from block to block.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

func write(t *testing.T, p store.Place, name string, content []byte) {
	t.Helper()
	f, err := p.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(f, bytes.NewReader(content)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Abort(); err != nil {
		t.Errorf("Abort after Close: %v", err)
	}
}

func read(t *testing.T, p store.Place, name string) []byte {
	t.Helper()
	r, err := p.Open(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	got, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func list(t *testing.T, p store.Place) []store.Info {
	t.Helper()
	files, err := p.List(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// testPlace is what every place must do.
func testPlace(t *testing.T, p store.Place) {
	if files := list(t, p); len(files) != 0 {
		t.Fatalf("%s has %v at the start", p, files)
	}
	sizes := map[string]int{"a": 0, "b.json": 1, "c": block - 1, "d": block, "e.safetensors": 5*block + 17}
	content := random(6 * block)
	var want []store.Info
	for name, size := range sizes {
		write(t, p, name, content[:size])
		want = append(want, store.Info{Name: name, Size: int64(size)})
	}
	slices.SortFunc(want, func(a, b store.Info) int { return strings.Compare(a.Name, b.Name) })
	if diff := cmp.Diff(want, list(t, p)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for name, size := range sizes {
		if !bytes.Equal(read(t, p, name), content[:size]) {
			t.Errorf("%s differs from what was written", name)
		}
	}
	write(t, p, "d", content[7:9])
	if got := read(t, p, "d"); !bytes.Equal(got, content[7:9]) {
		t.Errorf("a file that replaces another has %d bytes, want 2", len(got))
	}
	for range 2 { // the second time there is nothing to remove
		if err := p.Remove(t.Context(), "d"); err != nil {
			t.Error(err)
		}
	}
	if _, err := p.Open(t.Context(), "d"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening what is not there: %v, want fs.ErrNotExist", err)
	} else if !strings.Contains(err.Error(), "read d") {
		t.Errorf("error %q does not say what was read", err)
	}
	if _, known := p.Free(t.Context()); known {
		t.Error("free space is known")
	}
}

func TestPlace(t *testing.T) {
	for name, p := range places(t) {
		t.Run(name, func(t *testing.T) { testPlace(t, p) })
	}
}

// testUnfinished gives files up in each way there is: none of them may appear.
func testUnfinished(t *testing.T, p store.Place) {
	old := []byte("old")
	write(t, p, "there", old)
	for _, size := range []int{0, 1, 20 << 20} { // the last one goes to S3 in parts
		for _, name := range []string{"there", "new"} {
			for _, way := range []string{"abort", "context"} {
				ctx, cancel := context.WithCancel(t.Context())
				f, err := p.Create(ctx, name)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := f.Write(make([]byte, size)); err != nil {
					t.Fatal(err)
				}
				if way == "context" {
					cancel()
					if err := f.Close(); !errors.Is(err, context.Canceled) {
						t.Errorf("Close after the context: %v, want context.Canceled", err)
					}
				}
				if err := f.Abort(); err != nil {
					t.Errorf("Abort: %v", err)
				}
				cancel()
			}
		}
	}
	if diff := cmp.Diff([]store.Info{{Name: "there", Size: 3}}, list(t, p)); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	if got := read(t, p, "there"); !bytes.Equal(got, old) {
		t.Errorf("the old file has %d bytes, want %q", len(got), old)
	}
}

func TestUnfinished(t *testing.T) {
	for name, p := range places(t) {
		t.Run(name, func(t *testing.T) { testUnfinished(t, p) })
	}
}

// TestReadAt reads from several goroutines, in order and here and there.
func TestReadAt(t *testing.T) {
	p := open(t, "mem://any")
	content := random(20*block + 5)
	write(t, p, "file", content)
	r, err := p.Open(t.Context(), "file")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for seed := range uint64(4) {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, 0))
			at := 0
			for range 100 {
				if rng.IntN(4) == 0 {
					at = rng.IntN(len(content))
				}
				got := make([]byte, rng.IntN(3*block/2))
				n, err := r.ReadAt(got, int64(at))
				if want := min(len(got), len(content)-at); n != want || (err != nil) != (n < len(got)) || (err != nil && !errors.Is(err, io.EOF)) {
					t.Errorf("ReadAt(%d bytes, %d): %d, %v, want %d", len(got), at, n, err, want)
				}
				if !bytes.Equal(got[:n], content[at:at+n]) {
					t.Errorf("ReadAt(%d bytes, %d) differs", len(got), at)
				}
				at = (at + n) % len(content)
			}
		})
	}
	wg.Wait()
	if _, err := r.ReadAt(make([]byte, 1), -1); err == nil {
		t.Error("a negative offset is read")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := r.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("ReadAt after Close: %v, want fs.ErrClosed", err)
	}
}

// TestFiles looks at what file:// leaves on the disk: the files, and nothing else.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	write(t, open(t, "file://./relative/store"), "a", []byte("a"))
	write(t, open(t, "file://"+dir+"/relative/store"), "b", []byte("b"))
	// What a writer left that was killed.
	left := filepath.Join("relative", "store", "c.18a1b2c3d4e5f607.tmp")
	if err := os.WriteFile(left, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(filepath.Join("relative", "store"))
	if err != nil || len(entries) != 3 {
		t.Errorf("the folder has %v (%v), want a, b and what was left", entries, err)
	}
	want := []store.Info{{Name: "a", Size: 1}, {Name: "b", Size: 1}}
	if diff := cmp.Diff(want, list(t, open(t, "file://localhost"+dir+"/relative/store"))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	open(t, "file://./typo")
	if _, err := os.Stat("typo"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening made a folder: %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", filepath.Join(t.TempDir(), "absent.json"))
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AZURE_STORAGE_ACCOUNT"} {
		t.Setenv(name, "")
	}
	tests := []struct{ url, want string }{
		{"file://data/store", `"data" stands where a host would: write file:///ABSOLUTE/PATH or file://./RELATIVE/PATH`},
		{"file:///data?mode=1", `invalid query parameter "mode"`},
		{"mem://any?key=a", "the parameter key names one object"},
		{"ftp://host/x", `no driver registered for "ftp"`},
		{"s3://name/%zz", "invalid URL escape"},
		{"s3://name", "name the bucket's region by ?region= or AWS_REGION"},
		{"s3://name?region=us-east-1", "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"},
		{"s3://name?regoin=us-east-1", `unknown query parameter "regoin"`},
		{"s3://?region=us-east-1", "bucketName is required"},
		{"s3://name?anonymous=true&region=us-east-1&use_path_style=true&endpoint=http://127.0.0.1:1", "check ?endpoint="},
		{"gs://name", "GOOGLE_APPLICATION_CREDENTIALS"},
		{"azblob://name", "AccountName is required"},
	}
	for _, test := range tests {
		p, err := bucket.Open(t.Context(), test.url)
		if err == nil || p != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Open(%s): %v, want %q", test.url, err, test.want)
		}
	}
}
