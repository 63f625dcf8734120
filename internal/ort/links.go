package ort

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// onDisk calls open with a path of the graph that ONNX Runtime accepts. It
// refuses weights whose real path lies outside the graph's real folder, as they do
// where a folder is made of symbolic links into a store, like a Hugging Face cache.
// For such a folder open gets one of hard links, which lasts as long as the call:
// a session has its files mapped or read by then.
func (g *graph) onDisk(open func(path string) error) (err error) {
	if !g.anyLink() {
		path, err := filepath.EvalSymlinks(g.path)
		if err != nil {
			return err
		}
		return open(path)
	}
	target, err := filepath.EvalSymlinks(g.path)
	if err != nil {
		return err
	}
	// Beside the real file: hard links do not cross file systems.
	stage, err := os.MkdirTemp(filepath.Dir(target), ".saego-*")
	if err != nil {
		return linkError(err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(stage)) }()
	for _, name := range g.files {
		if err := hardLink(filepath.Join(g.dir, name), filepath.Join(stage, name)); err != nil {
			return linkError(err)
		}
	}
	rel, err := filepath.Rel(g.dir, g.path)
	if err != nil {
		return err
	}
	return open(filepath.Join(stage, rel))
}

// anyLink tells whether a file of the folder is a symbolic link. One to the folder
// itself does no harm.
func (g *graph) anyLink() bool {
	for _, name := range g.files {
		info, err := os.Lstat(filepath.Join(g.dir, name))
		if err == nil && info.Mode()&os.ModeSymlink != 0 {
			return true
		}
	}
	return false
}

// hardLink makes to a second name of the file behind from.
func hardLink(from, to string) error {
	target, err := filepath.EvalSymlinks(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.Link(target, to)
}

func linkError(err error) error {
	return fmt.Errorf("the folder is made of symbolic links, which ONNX Runtime does not follow: copy it with `cp -rL`: %w", err)
}
