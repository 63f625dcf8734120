package models

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/saego/saego/models/onnx"
)

// SpecFile is the name of the Spec in a model folder.
const SpecFile = "model.json"

// maxSpecBytes bounds model.json: a Spec with thousands of labels and hooks takes
// some hundred kilobytes, so more than this is another file by that name.
const maxSpecBytes = 16 << 20

// exportHint ends errors that a fresh export mends.
const exportHint = "make the folder with scripts/export_onnx.py"

// Model is an exported network: its Spec and the files of its folder.
type Model struct {
	Spec Spec
	FS   fs.FS  // the files of the folder at its root
	Dir  string // folder on disk; "" for an embedded model
	Path string // how errors name the model: Dir, or the name given to [OpenFS]
}

// Open reads the model folder dir. It reads model.json and the sizes of the
// files, not their content; see [Model.Verify].
func Open(dir string) (*Model, error) {
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("models: %s: no such folder: %s", dir, exportHint)
	case err != nil:
		return nil, fmt.Errorf("models: %w", err)
	case !info.IsDir():
		return nil, fmt.Errorf("models: %s: is a file, want a model folder: %s", dir, exportHint)
	}
	m, err := OpenFS(os.DirFS(dir), dir)
	if err != nil {
		return nil, err
	}
	m.Dir = dir
	return m, nil
}

// OpenFS reads the model folder at the root of fsys; name stands for it in errors.
func OpenFS(fsys fs.FS, name string) (*Model, error) {
	f, err := fsys.Open(SpecFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("models: %s: no %s: %s", name, SpecFile, exportHint)
	}
	if err != nil {
		return nil, fmt.Errorf("models: %s: %w", name, err)
	}
	defer f.Close() // read only: nothing is lost
	spec, err := ReadSpec(f)
	if err != nil {
		return nil, fmt.Errorf("models: %s: %s: %w", name, SpecFile, err)
	}
	m := &Model{Spec: spec, FS: fsys, Path: name}
	if err := m.checkSizes(); err != nil {
		return nil, fmt.Errorf("models: %s: %w", name, err)
	}
	return m, nil
}

// ReadSpec reads a model.json strictly: an unknown key, another version or any
// fault that [Spec.Validate] finds is an error.
func ReadSpec(r io.Reader) (Spec, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSpecBytes+1))
	if err != nil {
		return Spec{}, err
	}
	if len(data) > maxSpecBytes {
		return Spec{}, fmt.Errorf("larger than %d bytes", maxSpecBytes)
	}
	if err := checkVersion(data); err != nil {
		return Spec{}, err
	}
	var s Spec
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&s); err != nil {
		return Spec{}, err
	}
	if _, err := dec.Token(); err != io.EOF {
		return Spec{}, errors.New("text after the closing brace")
	}
	return s, s.Validate()
}

// checkVersion comes before the strict reading, so that a newer file is called
// newer and not misspelt.
func checkVersion(data []byte) error {
	var v struct {
		Version *int `json:"version"`
	}
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	if v.Version == nil {
		return errors.New("no version: " + exportHint)
	}
	if *v.Version != Version {
		return fmt.Errorf("format version %d, this program reads %d: export again with its scripts/export_onnx.py", *v.Version, Version)
	}
	return nil
}

// GraphPath returns the graph's path on disk, or "" for an embedded model.
func (m *Model) GraphPath() string {
	if m.Dir == "" {
		return ""
	}
	return filepath.Join(m.Dir, m.Spec.Graph)
}

// Graph reads the graph, without its weights. The caller closes it.
func (m *Model) Graph() (*onnx.Graph, error) {
	if m.Dir != "" {
		return onnx.Open(m.GraphPath())
	}
	data, err := fs.ReadFile(m.FS, m.Spec.Graph)
	if err != nil {
		return nil, fmt.Errorf("models: %s: %w", m.Path, err)
	}
	return onnx.Read(m.Path, data)
}

// Hook returns the hook point by that name: one of the Spec, or else one that the graph
// has for it; see [onnx.Graph.Resolve].
func (m *Model) Hook(name string) (_ Hook, err error) {
	names := make([]string, len(m.Spec.Hooks))
	for i, h := range m.Spec.Hooks {
		if h.Name == name {
			return h, nil
		}
		names[i] = h.Name
	}
	h, err := m.find(name)
	if err != nil {
		return Hook{}, fmt.Errorf("models: %s: no hook point %q: there are %s; nor has the graph one: %w",
			m.Path, name, strings.Join(names, ", "), err)
	}
	return h, nil
}

// find looks for a hook point in the graph.
func (m *Model) find(name string) (_ Hook, err error) {
	g, err := m.Graph()
	if err != nil {
		return Hook{}, err
	}
	defer func() { err = errors.Join(err, g.Close()) }()
	tensor, err := g.Resolve(name)
	if err != nil {
		return Hook{}, err
	}
	v, _ := g.Value(tensor)
	if len(v.Shape) != 3 || v.Width() == 0 {
		return Hook{}, fmt.Errorf("it is a tensor %s: want rows (batch, position, d_in) of a fixed d_in; where the graph "+
			"gives no shape, run shape inference on it (onnx.shape_inference.infer_shapes_path in Python)", v.Axes())
	}
	return Hook{Name: name, DIn: v.Width()}, nil
}

// Use returns the hook point by that name and adds it to the Spec, where sources look
// for it, unless it is there.
func (m *Model) Use(name string) (Hook, error) {
	h, err := m.Hook(name)
	if err == nil && !slices.Contains(m.Spec.Hooks, h) {
		m.Spec.Hooks = append(slices.Clip(m.Spec.Hooks), h)
	}
	return h, err
}
