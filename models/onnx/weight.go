package onnx

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// weight is an initializer, a TensorProto, of which the file has the values.
type weight struct {
	name     string
	body     [2]int64 // where the message lies in the graph's file
	raw      [2]int64 // where its raw_data lie; both 0 for none
	external bool     // its values are in a file of their own
}

// Values of fewer bytes are copied into a part: a shape that ONNX Runtime needs at
// hand, a scale.
const smallWeight = 1024

func readWeight(file io.ReaderAt, s span) (weight, error) {
	w := weight{body: [2]int64{s.body, s.to}}
	err := eachSpan(file, s.body, s.to, func(s span) error {
		switch s.num {
		case 8:
			name, err := read(file, s.body, s.to)
			w.name = string(name)
			return err
		case 9:
			w.raw = [2]int64{s.body, s.to}
		case 14:
			w.external = s.n == 1
		}
		return nil
	})
	if err == nil && w.name == "" {
		err = errors.New("a weight has no name")
	}
	return w, err
}

// places finds the files in which weights lie. ONNX Runtime follows no symbolic link
// out of the folder that it is told, and caches of models are made of links: so it is
// told of the real files.
type places struct {
	graph *Graph
	real  map[string]string // by location; "" is the graph's file
}

// find notes where the file at location, relative to the graph's, really is.
func (p *places) find(location string) error {
	if _, known := p.real[location]; known {
		return nil
	}
	path := p.graph.path
	if location != "" {
		if path == "" {
			return fmt.Errorf("has weights in a file of their own, %s, but is in memory: open it from its folder", location)
		}
		if !filepath.IsLocal(filepath.FromSlash(location)) {
			return fmt.Errorf("has weights in %s, outside its folder: export it again", location)
		}
		path = filepath.Join(filepath.Dir(path), filepath.FromSlash(location))
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return fmt.Errorf("weights: %w", err)
	}
	if real, err = filepath.Abs(real); err != nil {
		return err
	}
	p.real[location] = real
	return nil
}

// folder returns the nearest folder that all files are below.
func (p *places) folder() string {
	folder := ""
	for _, file := range p.real {
		dir := filepath.Dir(file)
		if folder == "" {
			folder = dir
		}
		for dir != folder && !isBelow(dir, folder) {
			folder = filepath.Dir(folder)
		}
	}
	return folder
}

func isBelow(path, dir string) bool {
	return strings.HasPrefix(path, strings.TrimSuffix(dir, string(filepath.Separator))+string(filepath.Separator))
}

// relative returns the name of a file in folder, as the format has it.
func (p *places) relative(folder, location string) (string, error) {
	name, err := filepath.Rel(folder, p.real[location])
	return filepath.ToSlash(name), err
}

// location returns where an external weight says that its values are.
func location(tensor []byte) (path string, err error) {
	err = eachField(tensor, func(x field) error {
		if x.num != 13 {
			return nil
		}
		key, value, err := entry(x.val)
		if key == "location" {
			path = value
		}
		return err
	})
	if err == nil && path == "" {
		err = errors.New("a weight in a file of its own does not say which")
	}
	return path, err
}

// moved returns an external weight whose values are at another location.
func moved(tensor []byte, location string) (to []byte, err error) {
	err = eachField(tensor, func(x field) error {
		if x.num == 13 {
			key, _, err := entry(x.val)
			switch {
			case err != nil:
				return err
			case key == "location":
				to = appendEntry(to, 13, key, location)
				return nil
			}
		}
		to = append(to, x.raw...)
		return nil
	})
	return to, err
}

// reference returns the weight w, whose values lie in the graph's own file, as one whose
// values are at location.
func (g *Graph) reference(w weight, location string) (to []byte, err error) {
	err = eachSpan(g.file, w.body[0], w.body[1], func(s span) error {
		if s.num == 9 || s.num == 14 {
			return nil
		}
		return g.keep(&to, s)
	})
	to = appendEntry(to, 13, "location", location)
	to = appendEntry(to, 13, "offset", strconv.FormatInt(w.raw[0], 10))
	to = appendEntry(to, 13, "length", strconv.FormatInt(w.raw[1]-w.raw[0], 10))
	return appendInt(to, 14, 1), err
}
