package datasets

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// tarred are the pictures in tar files as WebDataset writes them: of each sample the files
// stand together and have the same name up to its first point: 0001.jpg, 0001.cls. The
// class is the number in .cls; other fields are passed over. The pictures stay in the
// files, and are read from there in any order.
type tarred struct {
	files  []string
	labels []string
	found  []member
}

// member is a picture in a tar file.
type member struct {
	name       string
	file       int32 // of tarred.files
	label      int32 // -1 = none
	from, size int64 // where it lies
}

// maxClassBytes is more than the digits of any class, and the spaces around them.
const maxClassBytes = 32

// tarFiles returns the tar files that path names: it is one, or a folder of some with
// no folder among them. They are in the order of their names.
func tarFiles(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		if strings.HasSuffix(path, ".tar.gz") || strings.HasSuffix(path, ".tgz") {
			return nil, fmt.Errorf("%s: is compressed, so that its pictures cannot be read in any order: unpack it with gunzip", path)
		}
		if err == nil && strings.HasSuffix(path, ".tar") {
			return []string{path}, nil
		}
		return nil, nil
	}
	entries, err := os.ReadDir(path) // sorted
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		file := filepath.Join(path, e.Name())
		if isFolder(file, e) {
			return nil, nil
		}
		if strings.HasSuffix(e.Name(), ".tar") {
			files = append(files, file)
		}
	}
	return files, nil
}

// openTars reads the headers of all files.
func openTars(files []string) (*tarred, error) {
	t := &tarred{files: files}
	for i := range files {
		if err := t.index(int32(i)); err != nil {
			return nil, err
		}
	}
	if len(t.found) == 0 {
		return nil, fmt.Errorf("%s: no picture: want files that end with %s", files[0], strings.Join(imageExtensions, ", "))
	}
	top := int32(-1)
	for _, m := range t.found {
		top = max(top, m.label)
	}
	if top >= maxClasses {
		return nil, fmt.Errorf("%s: class %d: want less than %d", files[0], top, maxClasses)
	}
	t.labels = digits(int(top) + 1)
	return t, nil
}

// index notes the pictures of a file.
func (t *tarred) index(file int32) (err error) {
	f, err := os.Open(t.files[file])
	if err != nil {
		return err
	}
	defer f.Close() // read only: nothing is lost
	r := tar.NewReader(f)
	sample, label := "", int32(-1) // whose files come now, and its class
	first := len(t.found)          // its first picture
	end := func() {
		for i := range t.found[first:] {
			t.found[first+i].label = label
		}
		first, label = len(t.found), -1
	}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			end()
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w: the file is cut off or is no tar file", t.files[file], err)
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		key, field := fieldOf(h.Name)
		if key != sample {
			end()
			sample = key
		}
		switch {
		case field == "cls":
			if label, err = readClass(r); err != nil {
				return fmt.Errorf("%s: %s: %w", t.files[file], h.Name, err)
			}
		case slices.Contains(imageExtensions, "."+strings.ToLower(field)):
			from, err := f.Seek(0, io.SeekCurrent) // the reader takes whole blocks
			if err != nil {
				return err
			}
			t.found = append(t.found, member{name: h.Name, file: file, from: from, size: h.Size})
		}
	}
}

// fieldOf splits the name of a file in its sample's and its field's.
func fieldOf(name string) (sample, field string) {
	dir, base := path.Split(name)
	stem, field, _ := strings.Cut(base, ".")
	return dir + stem, field
}

func readClass(r io.Reader) (int32, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxClassBytes+1))
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 32)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("class is %.40q, want a number from 0", text)
	}
	return int32(n), nil
}

func (t *tarred) Labels() []string { return slices.Clone(t.labels) }

func (t *tarred) Pass(int) iter.Seq2[Image, error] { return inOrder[Image](t) }

// Len returns the number of pictures.
func (t *tarred) Len() int { return len(t.found) }

// At returns picture i. It opens nothing.
func (t *tarred) At(i int) (Image, error) {
	m := t.found[i]
	file := t.files[m.file]
	return Image{
		Index: i, ID: filepath.Base(file) + "/" + m.name, Label: int(m.label),
		Open: func() (io.ReadCloser, error) {
			f, err := os.Open(file)
			if err != nil {
				return nil, err
			}
			return stretch{io.NewSectionReader(f, m.from, m.size), f}, nil
		},
	}, nil
}

// stretch is a part of a file, which it closes.
type stretch struct {
	io.Reader
	io.Closer
}
