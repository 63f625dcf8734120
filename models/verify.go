package models

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
)

// checkSizes reports every file that is absent or has another size than stated.
func (m *Model) checkSizes() error {
	var errs []error
	for _, name := range m.fileNames() {
		info, err := fs.Stat(m.FS, name)
		switch want := m.Spec.Files[name].Bytes; {
		case errors.Is(err, fs.ErrNotExist):
			errs = append(errs, fmt.Errorf("no %s: %s", name, exportHint))
		case err != nil:
			errs = append(errs, err)
		case !info.Mode().IsRegular():
			errs = append(errs, fmt.Errorf("%s is not a file", name))
		case info.Size() != want:
			errs = append(errs, fmt.Errorf("%s has %d bytes, %s says %d: the copy is broken or the file was changed", name, info.Size(), SpecFile, want))
		}
	}
	return errors.Join(errs...)
}

// Verify reads every file and reports those whose SHA-256 is not the one that
// model.json states.
func (m *Model) Verify() error {
	var errs []error
	for _, name := range m.fileNames() {
		got, err := fileSum(m.FS, name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if want := m.Spec.Files[name].SHA256; got != want {
			errs = append(errs, fmt.Errorf("%s has sha256 %s, %s says %s: the copy is broken or the file was changed", name, got, SpecFile, want))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("models: %s: %w", m.Path, err)
	}
	return nil
}

func fileSum(fsys fs.FS, name string) (string, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close() // read only: nothing is lost
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Digest returns 12 hex digits that stand for everything in the folder that
// decides the activations: the SHA-256 over the names and hashes, as model.json
// states them, of the graph, its external data, and the tokenizer. The golden
// files decide nothing and are left out.
func (m *Model) Digest() string {
	h := sha256.New()
	for _, name := range m.fileNames() {
		if name != m.Spec.Golden && (m.Spec.Text == nil || name != m.Spec.Text.GoldenTokens) {
			h.Write(fmt.Appendf(nil, "%s %s\n", m.Spec.Files[name].SHA256, name))
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

func (m *Model) fileNames() []string { return slices.Sorted(maps.Keys(m.Spec.Files)) }
