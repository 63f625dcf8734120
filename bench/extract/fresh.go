package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"

	"github.com/saego/saego/bench/result"
)

// freshCommand is this program's first argument where it is to measure one part in a
// fresh process.
const freshCommand = "measure-fresh"

// fresh measures a part in a process of its own: OpenVINO comes with a build of ONNX
// Runtime, and a process loads one library of that name.
func (b *bench) fresh(ctx context.Context, name string) (entries []result.Entry, err error) {
	path, err := os.Executable()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "saego-bench-*")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cmd := exec.CommandContext(ctx, path, freshCommand, "--only", "^"+regexp.QuoteMeta(name)+"$", "--output", dir,
		"--data", b.Data, "--work", b.Work, "--python", b.Python, fmt.Sprintf("--no-peers=%t", b.NoPeers))
	cmd.Stderr = os.Stderr
	failed := cmd.Run()
	entries, _, err = result.Read(dir, b.Name)
	return entries, errors.Join(failed, err)
}
