package run

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/saego/saego/internal/atomic"
)

// manifestFile is written last into a checkpoint, which is whole if all files are as
// it says.
const manifestFile = "manifest.json"

// Format of a checkpoint's manifest.
const (
	checkpointFormat  = "saego checkpoint"
	checkpointVersion = 1
)

// manifest describes a checkpoint.
type manifest struct {
	Format    string          `json:"format"`
	Version   int             `json:"version"`
	Samples   int             `json:"n_training_samples"`
	Scheduled bool            `json:"scheduled"` // one of n_checkpoints, which stays
	Files     map[string]file `json:"files"`
}

type file struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// writeManifest describes all files in dir.
func writeManifest(dir string, samples int, scheduled bool) error {
	m := manifest{Format: checkpointFormat, Version: checkpointVersion, Samples: samples, Scheduled: scheduled, Files: map[string]file{}}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		m.Files[filepath.ToSlash(name)], err = describe(path)
		return err
	})
	if err != nil {
		return err
	}
	return atomic.WriteFile(filepath.Join(dir, manifestFile), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(m)
	})
}

// describe reads a file for its size and sum.
func describe(path string) (d file, err error) {
	in, err := os.Open(path)
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	sum := sha256.New()
	n, err := io.Copy(sum, in)
	return file{Bytes: n, SHA256: hex.EncodeToString(sum.Sum(nil))}, err
}

// Verify reports why c cannot be resumed from: a file is missing, was cut or changed,
// or another program wrote it.
func (c Checkpoint) Verify() error {
	m, err := c.manifest()
	if err != nil {
		return fmt.Errorf("run: checkpoint %s: %w", c.Path, err)
	}
	if m.Samples != c.Samples {
		return fmt.Errorf("run: checkpoint %s: it is of %d rows: it was renamed or copied over", c.Path, m.Samples)
	}
	for name, want := range m.Files {
		got, err := describe(filepath.Join(c.Path, filepath.FromSlash(name)))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("run: checkpoint %s: %s is missing", c.Path, name)
		case err != nil:
			return fmt.Errorf("run: checkpoint %s: %w", c.Path, err)
		case got.Bytes != want.Bytes:
			return fmt.Errorf("run: checkpoint %s: %s has %d bytes of %d", c.Path, name, got.Bytes, want.Bytes)
		case got != want:
			return fmt.Errorf("run: checkpoint %s: %s is damaged: its SHA-256 is not the one in %s", c.Path, name, manifestFile)
		}
	}
	return nil
}

func (c Checkpoint) manifest() (m manifest, err error) {
	data, err := os.ReadFile(filepath.Join(c.Path, manifestFile))
	if errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("no %s: it is not one of saego's, or not whole", manifestFile)
	}
	if err != nil {
		return m, err
	}
	if err := json.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("%s: %w", manifestFile, err)
	}
	if m.Format != checkpointFormat || m.Version != checkpointVersion {
		return m, fmt.Errorf("%s: format is %q %d, this program reads %q %d", manifestFile, m.Format, m.Version, checkpointFormat, checkpointVersion)
	}
	for name := range m.Files {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return m, fmt.Errorf("%s: %q is no name of a file in this folder", manifestFile, name)
		}
	}
	return m, nil
}
