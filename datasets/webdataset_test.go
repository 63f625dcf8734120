package datasets_test

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/datasets"
)

// archive returns a tar file of names and contents, in turn.
func archive(t testing.TB, pairs ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := 0; i < len(pairs); i += 2 {
		h := &tar.Header{Name: pairs[i], Size: int64(len(pairs[i+1])), Mode: 0o644, Format: tar.FormatPAX}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// told is what a test compares of a picture.
type told struct {
	Index, Label int
	ID, Content  string
}

func tell(t *testing.T, ds datasets.Dataset[datasets.Image]) (list []told) {
	t.Helper()
	for m, err := range ds.Pass(0) {
		if err != nil {
			t.Fatal(err)
		}
		r, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil || r.Close() != nil {
			t.Fatal(err)
		}
		list = append(list, told{m.Index, m.Label, m.ID, string(content)})
	}
	return list
}

func TestOpenTar(t *testing.T) {
	dir := t.TempDir()
	long := strings.Repeat("x", 5000)
	write(t, filepath.Join(dir, "b-001.tar"), archive(t, "s/0.cls", "2\n", "s/0.jpg", "zero", "s/0.json", "{}", "s/1.png", long, "s/2.seg.png", "no picture"))
	write(t, filepath.Join(dir, "a-000.tar"), archive(t, "9.jpg", "nine", "9.cls", "0"))
	write(t, filepath.Join(dir, "notes.txt"), nil)
	ds := openImages(t, dir)
	want := []told{
		{0, 0, "a-000.tar/9.jpg", "nine"},
		{1, 2, "b-001.tar/s/0.jpg", "zero"},
		{2, -1, "b-001.tar/s/1.png", long},
	}
	if diff := cmp.Diff(want, tell(t, ds)); diff != "" {
		t.Error(diff)
	}
	if got := ds.Labels(); !slices.Equal(got, []string{"0", "1", "2"}) {
		t.Errorf("labels are %q", got)
	}
	one := openImages(t, filepath.Join(dir, "a-000.tar"))
	if got := tell(t, one); len(got) != 1 || got[0] != want[0] {
		t.Errorf("one file gives %v", got)
	}
}

func TestOpenTarFaults(t *testing.T) {
	whole := archive(t, "0.jpg", strings.Repeat("x", 5000), "1.jpg", "y")
	for name, tt := range map[string]struct {
		data []byte
		want string
	}{
		"cut.tar":    {whole[:2000], "cut off"},
		"text.tar":   {[]byte(strings.Repeat("not a tar file ", 100)), "is no tar file"},
		"empty.tar":  {archive(t, "0.cls", "1"), "no picture"},
		"class.tar":  {archive(t, "0.cls", "cat", "0.jpg", "x"), `0.cls: class is "cat", want a number`},
		"large.tar":  {archive(t, "0.cls", "99999", "0.jpg", "x"), "class 99999: want less than"},
		"pix.tar.gz": {nil, "unpack it with gunzip"},
	} {
		path := write(t, filepath.Join(t.TempDir(), name), tt.data)
		if _, err := datasets.OpenImages(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q in it", name, err, tt.want)
		}
	}
}

// FuzzTar holds the reader of tar files to an error or pictures that lie in the file.
func FuzzTar(f *testing.F) {
	f.Add(archive(f, "0.cls", "1", "0.jpg", "x"))
	f.Add(archive(f, "a/b.c.png", "x", "a/b.cls", "0", strings.Repeat("n", 200)+".jpg", "y"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "x.tar")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		ds, err := datasets.OpenImages(path)
		if err != nil {
			return
		}
		for m, err := range ds.Pass(0) {
			if err != nil || m.Label < -1 || m.Label >= len(ds.Labels()) {
				t.Fatalf("%+v, %v, labels are %q", m, err, ds.Labels())
			}
			r, err := m.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r)
			if err != nil || r.Close() != nil || len(content) > len(data) {
				t.Fatalf("%s: %d bytes, %v", m.ID, len(content), err)
			}
		}
	})
}
