package datasets

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// aclClasses are the folders of aclImdb in label order. Its third one, unsup, has no
// labels and is not read.
var aclClasses = []string{"neg", "pos"}

// aclFolder reads one split of aclImdb: a text file per review, in a folder per class.
type aclFolder struct {
	root string // as the user gave it
	dir  string // split below root, "." if root is the split
}

// found reports whether the folder has aclImdb's layout.
func (a aclFolder) found() bool {
	for _, class := range aclClasses {
		info, err := os.Stat(filepath.Join(a.root, a.dir, class))
		if err != nil || !info.IsDir() {
			return false
		}
	}
	return true
}

// classes implements part: the folders are named by class.
func (a aclFolder) classes() ([]string, bool, error) { return aclClasses, true, nil }

func (a aclFolder) records() iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		for _, class := range aclClasses {
			for r, err := range a.class(class) {
				r.label = class
				if !yield(r, err) || err != nil {
					return
				}
			}
		}
	}
}

// class yields the reviews of one class, sorted by file name.
func (a aclFolder) class(class string) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		dir := filepath.Join(a.root, a.dir, class)
		entries, err := os.ReadDir(dir)
		if err != nil {
			yield(record{}, err)
			return
		}
		some := false
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".txt") {
				continue
			}
			some = true
			text, err := readText(filepath.Join(dir, e.Name()))
			if !yield(record{id: path.Join(a.dir, class, e.Name()), text: text}, err) || err != nil {
				return
			}
		}
		if !some {
			yield(record{}, fmt.Errorf("%s: no .txt file: unpack aclImdb again", dir))
		}
	}
}

// readText reads a file of at most maxRecord bytes.
func readText(name string) (text string, err error) {
	in, err := openFile(name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	b, err := io.ReadAll(in.record())
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return string(b), nil
}
