package run

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/saego/saego/internal/atomic"
)

// tableFile is the table of a finished sweep.
const tableFile = "sweep.csv"

// Member makes the folder of a member of a sweep, with the resolved configuration of the
// run that it stands for, and returns its path. One that is there is taken up. A member's
// name has an equals sign, by which its folder is known.
func (f *Folder) Member(name string, config any) (string, error) {
	dir := filepath.Join(f.path, name)
	if exists(Config(dir)) {
		if err := errors.Join(sweep(dir, saeDir), sweep(dir, "*.*")); err != nil {
			return "", fmt.Errorf("run: %w", err)
		}
		return dir, writeConfig(dir, config)
	}
	err := atomic.WriteFolder(dir, func(tmp string) error { return writeConfig(tmp, config) })
	if err != nil {
		return "", fmt.Errorf("run: %w", err)
	}
	return dir, nil
}

// WriteTable writes the table of a sweep, with which it is finished, and returns where
// it is.
func (f *Folder) WriteTable(write func(io.Writer) error) (string, error) {
	path := Table(f.path)
	if err := atomic.WriteFile(path, write); err != nil {
		return "", fmt.Errorf("run: %w", err)
	}
	return path, nil
}

// Table returns the path of the table of the sweep at path.
func Table(path string) string { return filepath.Join(path, tableFile) }

// Members returns the folders of the members of the sweep at path, none where it is no
// sweep.
func Members(path string) []string {
	var dirs []string
	for _, name := range members(path) {
		dirs = append(dirs, filepath.Join(path, name))
	}
	return dirs
}

// members returns the names of the members' folders in dir. That a folder has a
// configuration tells it from others: it appears with one.
func members(dir string) (names []string) {
	entries, _ := os.ReadDir(dir) // what cannot be read has none
	for _, e := range entries {
		if e.IsDir() && strings.Contains(e.Name(), "=") && exists(Config(filepath.Join(dir, e.Name()))) {
			names = append(names, e.Name())
		}
	}
	return names
}

// SweepOf returns the sweep of which the folder at path is a member, "" for none.
func SweepOf(path string) string {
	parent, name := filepath.Split(filepath.Clean(path))
	if parent = filepath.Clean(parent); exists(Config(parent)) && slices.Contains(members(parent), name) {
		return parent
	}
	return ""
}

// CheckpointOfMember returns the part of a member in the checkpoint of a sweep at path.
func CheckpointOfMember(path, name string) string { return filepath.Join(path, name) }

// KeepMember copies the part of a member in the checkpoint c, of a sweep, into the
// member's folder dir, among the checkpoints of which it stays when c goes. It returns
// where it is.
func (c Checkpoint) KeepMember(name, dir string) (string, error) {
	part := os.DirFS(CheckpointOfMember(c.Path, name))
	return Checkpoints{Dir: CheckpointsOf(dir)}.Write(c.Samples, true, func(tmp string) error { return os.CopyFS(tmp, part) })
}
