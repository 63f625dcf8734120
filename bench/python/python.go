// Package python runs the peers' side of a benchmark: a script that reads commands from
// its standard input, one JSON object a line, and answers each with one on its standard
// output, as serve.py does it.
package python

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// ErrNone is the reason where there is no peer because nobody wants one.
var ErrNone = errors.New("measured without peers (--no-peers)")

// Process is a script at work.
type Process struct {
	script  string
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Reader
	stderr  bytes.Buffer
}

// Start starts a script, whose path is that from the root of the repository.
func Start(ctx context.Context, interpreter, script string) (*Process, error) {
	p := &Process{script: script, cmd: exec.CommandContext(ctx, interpreter, script)}
	p.cmd.Stderr = &p.stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.in, p.answers = in, bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: make .deps/venv-bench/.stamp installs the peers, --no-peers goes without", err)
	}
	return p, nil
}

// Do sends a command and reads the answer to it into answer, which may be nil.
func (p *Process) Do(op string, settings map[string]any, answer any) error {
	job := map[string]any{"op": op}
	for key, v := range settings {
		job[key] = v
	}
	line, err := json.Marshal(job)
	if err != nil {
		return err
	}
	if _, err = p.in.Write(append(line, '\n')); err == nil {
		line, err = p.answers.ReadBytes('\n')
	}
	if err != nil {
		return fmt.Errorf("%s ended: %w: %s", p.script, err, Tail(p.stderr.String()))
	}
	var fault struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(line, &fault); err != nil {
		return fmt.Errorf("%s: %s: %w", p.script, op, err)
	}
	if fault.Error != "" {
		return fmt.Errorf("%s: %s: %s", p.script, op, fault.Error)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(line, answer); err != nil {
		return fmt.Errorf("%s: %s: %w", p.script, op, err)
	}
	return nil
}

// Close ends the script.
func (p *Process) Close() error {
	err := p.in.Close()
	if err2 := p.cmd.Wait(); err2 != nil {
		err = errors.Join(err, fmt.Errorf("%s: %w: %s", p.script, err2, Tail(p.stderr.String())))
	}
	return err
}

// Tail is the end of what a process said.
func Tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], " | ")
}
