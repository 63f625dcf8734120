package datasets

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// imageExtensions are those that torchvision takes for pictures, in any case.
var imageExtensions = []string{".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"}

// OpenImages opens a folder with one folder of pictures per class, root/class/…/x.jpg,
// with the classes, indices and order of torchvision's ImageFolder: classes sorted by
// name, in each class the folders below it sorted by path and the files in them by
// name, symbolic links followed. Like torchvision it refuses a root without class
// folders and a class without pictures; unlike it, also a link that leads back
// above itself. It reads names only, and keeps them.
//
// root may also be a tar file of WebDataset's form, or a folder of such files: their
// samples come in the order of the files' names, then as they lie.
func OpenImages(root string) (Dataset[Image], error) {
	files, err := tarFiles(root)
	if err == nil && files != nil {
		var t *tarred
		if t, err = openTars(files); err == nil {
			return t, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("datasets: images: %w", err)
	}
	classes, err := findClasses(root)
	if err != nil {
		return nil, fmt.Errorf("datasets: images: %w", err)
	}
	m := &images{root: root, classes: classes}
	var empty []string
	for label, class := range classes {
		paths, err := findImages(root, class)
		if err != nil {
			return nil, fmt.Errorf("datasets: images: %w", err)
		}
		if len(paths) == 0 {
			empty = append(empty, class)
		}
		for _, path := range paths {
			m.found = append(m.found, found{path, int32(label)})
		}
	}
	if empty != nil {
		return nil, fmt.Errorf("datasets: images: %s: no picture for class %s: remove the folder, or add files that end with %s",
			root, strings.Join(empty, ", "), strings.Join(imageExtensions, ", "))
	}
	return m, nil
}

// findClasses returns the names of the folders in root, sorted.
func findClasses(root string) ([]string, error) {
	entries, err := os.ReadDir(root) // sorted
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: no such folder: want one that holds a folder of pictures per class", root)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: want a folder that holds a folder of pictures per class", err)
	}
	var classes []string
	for _, e := range entries {
		if isFolder(filepath.Join(root, e.Name()), e) {
			classes = append(classes, e.Name())
		}
	}
	if classes == nil {
		return nil, fmt.Errorf("%s: no class folder: want a folder that holds a folder of pictures per class", root)
	}
	return classes, nil
}

// isFolder reports whether an entry is a folder or a link to one.
func isFolder(path string, e fs.DirEntry) bool {
	if e.Type()&fs.ModeSymlink == 0 {
		return e.IsDir()
	}
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// findImages returns the pictures of a class, by path below root.
func findImages(root, class string) ([]string, error) {
	w := walk{root: root, files: make(map[string][]string)}
	if err := w.folder(class); err != nil {
		return nil, err
	}
	slices.Sort(w.folders) // by path, not by level: a-b comes before a/b
	var paths []string
	for _, dir := range w.folders {
		for _, name := range w.files[dir] {
			paths = append(paths, dir+"/"+name)
		}
	}
	return paths, nil
}

// walk collects the folders of a class, with slashes and below root, and the
// pictures in each.
type walk struct {
	root    string
	above   []fs.FileInfo // the folders that lead to the present one
	folders []string
	files   map[string][]string
}

func (w *walk) folder(dir string) error {
	path := filepath.Join(w.root, filepath.FromSlash(dir))
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(w.above, func(a fs.FileInfo) bool { return os.SameFile(a, info) }) {
		return fmt.Errorf("%s: the link leads back to a folder above it: remove it", path)
	}
	entries, err := os.ReadDir(path) // sorted
	if err != nil {
		return err
	}
	w.above = append(w.above, info)
	w.folders = append(w.folders, dir)
	for _, e := range entries {
		if isFolder(filepath.Join(path, e.Name()), e) {
			if err := w.folder(dir + "/" + e.Name()); err != nil {
				return err
			}
		} else if isImage(e.Name()) {
			w.files[dir] = append(w.files[dir], e.Name())
		}
	}
	w.above = w.above[:len(w.above)-1]
	return nil
}

func isImage(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc(imageExtensions, func(ext string) bool { return strings.HasSuffix(name, ext) })
}

// found is a picture's place and class.
type found struct {
	path  string // below root, with slashes
	label int32
}

// images is an ImageFolder.
type images struct {
	root    string
	classes []string
	found   []found
}

func (m *images) Labels() []string { return slices.Clone(m.classes) }

func (m *images) Pass(int) iter.Seq2[Image, error] { return inOrder[Image](m) }

// Len returns the number of pictures.
func (m *images) Len() int { return len(m.found) }

// At returns picture i. It opens nothing.
func (m *images) At(i int) (Image, error) {
	f := m.found[i]
	path := filepath.Join(m.root, filepath.FromSlash(f.path))
	return Image{
		Index: i,
		ID:    f.path,
		Label: int(f.label),
		Open:  func() (io.ReadCloser, error) { return os.Open(path) },
	}, nil
}
