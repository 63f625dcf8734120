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
	"slices"
	"strconv"

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

// Checkpoint is a moment of a run from which it can go on: a folder ROWS/ among those
// of its run.
type Checkpoint struct {
	Path    string
	Samples int // rows trained on
}

// Checkpoints are the checkpoints of a run, in one folder.
type Checkpoints struct {
	Dir  string
	Keep int // scheduled ones that stay, the newest; 0 = all
}

// Write keeps a moment of the run, after so many rows, by fill, which writes files
// into the folder that it is given. The checkpoint appears whole or not at all. Older
// ones go then: those that were not scheduled, and of the scheduled all but the last
// Keep.
func (s Checkpoints) Write(samples int, scheduled bool, fill func(dir string) error) (string, error) {
	dir, err := s.write(strconv.Itoa(samples), samples, scheduled, fill)
	if err != nil {
		return "", err
	}
	return dir, s.prune(samples)
}

// WriteFinal keeps the end of a run as sae-lens does, in final_ROWS/. It stays.
func (s Checkpoints) WriteFinal(samples int, fill func(dir string) error) (string, error) {
	return s.write(fmt.Sprintf("final_%d", samples), samples, true, fill)
}

func (s Checkpoints) write(name string, samples int, scheduled bool, fill func(dir string) error) (string, error) {
	dir := filepath.Join(s.Dir, name)
	err := atomic.WriteFolder(dir, func(tmp string) error {
		if err := fill(tmp); err != nil {
			return err
		}
		return writeManifest(tmp, samples, scheduled)
	})
	if err != nil {
		return "", fmt.Errorf("run: checkpoint %s: %w", dir, err)
	}
	return dir, nil
}

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

// prune removes the checkpoints that newer ones replace.
func (s Checkpoints) prune(newest int) error {
	all, err := s.List()
	if err != nil {
		return err
	}
	scheduled := 0
	var errs []error
	for _, c := range all {
		if c.Samples > newest {
			continue
		}
		m, err := c.manifest()
		if err == nil && m.Scheduled {
			scheduled++
		}
		if c.Samples < newest && (err != nil || !m.Scheduled || s.Keep > 0 && scheduled > s.Keep) {
			errs = append(errs, os.RemoveAll(c.Path))
		}
	}
	return errors.Join(errs...)
}

// List returns the checkpoints, the newest first, whole or not.
func (s Checkpoints) List() ([]Checkpoint, error) {
	entries, err := os.ReadDir(s.Dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("run: %w", err)
	}
	var out []Checkpoint
	for _, e := range entries {
		if samples, err := strconv.Atoi(e.Name()); err == nil && e.IsDir() {
			out = append(out, Checkpoint{filepath.Join(s.Dir, e.Name()), samples})
		}
	}
	slices.SortFunc(out, func(a, b Checkpoint) int { return b.Samples - a.Samples })
	return out, nil
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

// Sweep removes what a process left that was killed while it wrote a checkpoint.
func (s Checkpoints) Sweep() error {
	left, err := filepath.Glob(filepath.Join(s.Dir, ".*.tmp-*"))
	if err != nil {
		return err
	}
	var errs []error
	for _, dir := range left {
		errs = append(errs, os.RemoveAll(dir))
	}
	return errors.Join(errs...)
}
