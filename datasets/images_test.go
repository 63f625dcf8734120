package datasets_test

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/saego/saego/datasets"
)

// folder makes files, each holding its own name, and returns the root.
func folder(t testing.TB, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range names {
		write(t, filepath.Join(root, filepath.FromSlash(name)), []byte(name))
	}
	return root
}

func openImages(t testing.TB, root string) datasets.Dataset[datasets.Image] {
	t.Helper()
	ds, err := datasets.OpenImages(root)
	if err != nil {
		t.Fatal(err)
	}
	return ds
}

func ids(images []datasets.Image) []string {
	var ids []string
	for _, m := range images {
		ids = append(ids, m.ID)
	}
	return ids
}

// The order is that of torchvision 0.29's make_dataset: sorted(os.walk(class)).
func TestOpenImagesOrder(t *testing.T) {
	root := folder(t,
		"b/10.jpg", "b/9.jpg", "b/B.JPG", "b/a.PnG", "b/notes.txt",
		"a/z.webp", "a/sub/1.tif", "a/sub-x/1.bmp", "a/sub/deep/0.ppm", "a/.jpg",
		"C/x.jpeg", "stray.jpg",
	)
	ds := openImages(t, root)
	if want := []string{"C", "a", "b"}; !slices.Equal(ds.Labels(), want) {
		t.Errorf("labels are %q, want %q", ds.Labels(), want)
	}
	got := all(t, ds, 0)
	want := []string{
		"C/x.jpeg",
		"a/.jpg", "a/z.webp", "a/sub/1.tif", "a/sub-x/1.bmp", "a/sub/deep/0.ppm",
		"b/10.jpg", "b/9.jpg", "b/B.JPG", "b/a.PnG",
	}
	if !slices.Equal(ids(got), want) {
		t.Errorf("order is %q, want %q", ids(got), want)
	}
	for i, m := range got {
		if m.Index != i || ds.Labels()[m.Label] != filepath.Dir(m.ID)[:1] {
			t.Errorf("picture %d is %+v", i, m)
		}
	}
}

func TestOpenImagesFollowsLinks(t *testing.T) {
	root := folder(t, "a/1.jpg")
	other := folder(t, "2.jpg", "down/3.jpg")
	for link, target := range map[string]string{"b": other, "a/more": other, "a/0.jpg": filepath.Join(other, "2.jpg")} {
		if err := os.Symlink(target, filepath.Join(root, link)); err != nil {
			t.Skip(err)
		}
	}
	want := []string{"a/0.jpg", "a/1.jpg", "a/more/2.jpg", "a/more/down/3.jpg", "b/2.jpg", "b/down/3.jpg"}
	if got := ids(all(t, openImages(t, root), 0)); !slices.Equal(got, want) {
		t.Errorf("pictures are %q, want %q", got, want)
	}
	if err := os.Symlink(root, filepath.Join(root, "a", "again")); err != nil {
		t.Fatal(err)
	}
	_, err := datasets.OpenImages(root)
	expect(t, err, "leads back")
}

func TestImageOpen(t *testing.T) {
	root := folder(t, "a/1.jpg", "a/2.jpg")
	for _, m := range all(t, openImages(t, root), 0) {
		f, err := m.Open()
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(f); err != nil || string(b) != m.ID {
			t.Errorf("%s holds %q, %v", m.ID, b, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenImagesErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		root string
		want []string
	}{
		"no such folder": {filepath.Join(t.TempDir(), "gone"), []string{"gone", "no such folder"}},
		"no class":       {folder(t, "a.jpg"), []string{"no class folder"}},
		"a file":         {filepath.Join(folder(t, "a.jpg"), "a.jpg"), []string{"want a folder"}},
		"empty classes":  {folder(t, "a/1.jpg", "b/readme", "c/x.gif"), []string{"no picture for class b, c", ".webp"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := datasets.OpenImages(tt.root)
			expect(t, err, tt.want...)
		})
	}
}
