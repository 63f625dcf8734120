// Package process lets the sides of a benchmark take turns, each in a process of its own:
// one that reads commands from stdin and writes answers to stdout, a JSON object a line.
// serve.py is the other end for Python, [Serve] for Go.
package process

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// ErrNoPeers is the reason where there is no peer because nobody wants one.
var ErrNoPeers = errors.New("measured without peers (--no-peers)")

// OneThread is the environment of a side that may use one thread, and no setting that
// changes what is measured.
var OneThread = []string{
	"GOMAXPROCS=1", "GOGC=", "GOMEMLIMIT=", "OMP_NUM_THREADS=1", "MKL_NUM_THREADS=1",
	"RAYON_NUM_THREADS=1", "TOKENIZERS_PARALLELISM=false",
}

// Process is a side of a benchmark at work.
type Process struct {
	name    string
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Reader
	stderr  bytes.Buffer
}

// Start starts a program, with env beside the present environment. It has ended when
// [Process.Close] returns.
func Start(ctx context.Context, env []string, name string, args ...string) (*Process, error) {
	p := &Process{name: strings.Join(append([]string{name}, args...), " "), cmd: exec.CommandContext(ctx, name, args...)}
	p.cmd.Stderr = &p.stderr
	p.cmd.Env = append(os.Environ(), env...)
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
		return nil, err
	}
	return p, nil
}

// Do sends a command, the settings with op among them, and decodes what is answered
// into answer, unless that is nil. A key "error" of the answer is an error.
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
		return fmt.Errorf("%s ended: %w: %s", p.name, err, Tail(p.stderr.String()))
	}
	var failed struct{ Error string }
	if err := json.Unmarshal(line, &failed); err != nil {
		return fmt.Errorf("%s: %s: %w", p.name, op, err)
	}
	if failed.Error != "" {
		return fmt.Errorf("%s: %s: %s", p.name, op, failed.Error)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(line, answer); err != nil {
		return fmt.Errorf("%s: %s: %w", p.name, op, err)
	}
	return nil
}

// Close lets the process end and waits for it.
func (p *Process) Close() error {
	err := p.in.Close()
	if err2 := p.cmd.Wait(); err2 != nil {
		err = errors.Join(err, fmt.Errorf("%s: %w: %s", p.name, err2, Tail(p.stderr.String())))
	}
	return err
}

// Tail is the end of what a process said.
func Tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], " | ")
}

// Serve is the other end of a Process that is written in Go: it answers each command
// with what do returns for it, until in ends.
func Serve(in io.Reader, out io.Writer, do func(op string, job json.RawMessage) (any, error)) error {
	answers := json.NewEncoder(out)
	for jobs := json.NewDecoder(in); ; {
		var job json.RawMessage
		if err := jobs.Decode(&job); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		var head struct{ Op string }
		err := json.Unmarshal(job, &head)
		var answer any
		if err == nil {
			answer, err = do(head.Op, job)
		}
		if err != nil {
			answer = map[string]string{"error": err.Error()}
		}
		if err := answers.Encode(answer); err != nil {
			return err
		}
	}
}
