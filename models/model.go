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
	"strings"
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

// GraphBytes reads the graph whole.
func (m *Model) GraphBytes() ([]byte, error) {
	data, err := fs.ReadFile(m.FS, m.Spec.Graph)
	if err != nil {
		return nil, fmt.Errorf("models: %s: %w", m.Path, err)
	}
	return data, nil
}

// Hook returns the hook point by that name, or an error that lists those that exist.
func (m *Model) Hook(name string) (Hook, error) {
	names := make([]string, len(m.Spec.Hooks))
	for i, h := range m.Spec.Hooks {
		if h.Name == name {
			return h, nil
		}
		names[i] = h.Name
	}
	return Hook{}, fmt.Errorf("models: %s: no hook point %q: there are %s", m.Path, name, strings.Join(names, ", "))
}
