package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
)

// sweepKs are the SAEs of the sweep.
const sweepKs = "8,16,24,32,48,64,96,128"

// sweepRows are those that each of them is trained on: ten steps.
const sweepRows = 10 * batch

// sweep times the whole job, from texts to saved SAEs, for eight SAEs and for one, by
// the program that users run.
func (b *bench) sweep(ctx context.Context) ([]result.Entry, error) {
	program, err := filepath.Abs(filepath.Join(b.Work, "classifier-sae"))
	if err != nil {
		return nil, err
	}
	if _, err := output(ctx, "go", "build", "-o", program, "./cmd/classifier-sae"); err != nil {
		return nil, err
	}
	help, err := output(ctx, program, "train", "--help")
	if err != nil {
		return nil, err
	}
	if !strings.Contains(help, "--sweep") {
		return nil, fmt.Errorf("%s train has no --sweep", filepath.Base(program))
	}
	j := b.GPT2()
	if err := j.Prepare(ctx, b.Python); err != nil {
		return nil, err
	}
	one, err := b.whole(ctx, program, j, "--k", "64")
	if err != nil {
		return nil, err
	}
	eight, err := b.whole(ctx, program, j, "--sweep", "k="+sweepKs)
	if err != nil {
		return nil, err
	}
	e := result.Over("sweep/8-over-1", "s", []float64{eight}, []float64{one})
	e.Note = fmt.Sprintf("classifier-sae train --sweep k=%s over classifier-sae train --k 64, end to end: %s, %d rows, d_sae %d, batch %d",
		sweepKs, j.Words, sweepRows, dSAE, batch)
	return []result.Entry{e}, nil
}

// whole returns how many seconds one job takes.
func (b *bench) whole(ctx context.Context, program string, j turns.Job, args ...string) (seconds float64, err error) {
	folder := filepath.Join(b.Work, "sweep")
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	start := time.Now()
	_, err = output(ctx, program, append([]string{
		"train", "--model", j.Dir, "--data", j.Texts, "--hook", turns.Hook,
		"--context-size", strconv.Itoa(turns.ContextSize), "--training-tokens", strconv.Itoa(sweepRows), "--output", folder, "--overwrite",
	}, args...)...)
	return time.Since(start).Seconds(), err
}

// output runs a command and returns its standard output.
func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", filepath.Base(name), args[0], err, process.Tail(stderr.String()))
	}
	return out.String(), nil
}
