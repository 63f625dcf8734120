package main

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
	"slices"
	"strings"

	"github.com/saego/saego/bench/result"
)

// script is the peers' side, from the root of the repository.
const script = "bench/train/peer.py"

// peer is a process of script.
type peer struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Reader
	stderr  bytes.Buffer
}

// answer is what script says; each command sets some of it.
type answer struct {
	Error    string    `json:"error"`
	Seconds  []float64 `json:"seconds"`
	Loss     []float64 `json:"loss"`
	L0       []float64 `json:"l0"`
	Variance []float64 `json:"explained_variance"`
	Peak     int64     `json:"peak"`
	result.Peer
}

// errNoPeers is the reason where there is none because nobody wants one.
var errNoPeers = errors.New("measured without peers (--no-peers)")

// startPeer starts a process.
func (b *bench) startPeer(ctx context.Context) (*peer, error) {
	if b.noPeers {
		return nil, errNoPeers
	}
	p := &peer{cmd: exec.CommandContext(ctx, b.python, script)}
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

// do sends a command and returns the answer to it.
func (p *peer) do(op string, settings map[string]any) (a answer, err error) {
	job := map[string]any{"op": op}
	for key, v := range settings {
		job[key] = v
	}
	line, err := json.Marshal(job)
	if err != nil {
		return a, err
	}
	if _, err = p.in.Write(append(line, '\n')); err == nil {
		line, err = p.answers.ReadBytes('\n')
	}
	if err != nil {
		return a, fmt.Errorf("%s ended: %w: %s", script, err, tail(p.stderr.String()))
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return a, fmt.Errorf("%s: %w", script, err)
	}
	if a.Error != "" {
		return a, fmt.Errorf("%s: %s: %s", script, op, a.Error)
	}
	return a, nil
}

// steps takes n steps, with l0 and variance where measure is set.
func (p *peer) steps(n int, measure bool) ([]step, error) {
	a, err := p.do("steps", map[string]any{"n": n, "measure": measure})
	if err != nil {
		return nil, err
	}
	out := make([]step, n)
	for i := range out {
		out[i] = step{seconds: a.Seconds[i], loss: a.Loss[i]}
		if measure {
			out[i].l0, out[i].variance = a.L0[i], a.Variance[i]
		}
	}
	return out, nil
}

// close ends the process.
func (p *peer) close() error {
	err := p.in.Close()
	if err2 := p.cmd.Wait(); err2 != nil {
		err = errors.Join(err, fmt.Errorf("%s: %w: %s", script, err2, tail(p.stderr.String())))
	}
	return err
}

// tail is the end of what a process said.
func tail(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-5):], " | ")
}

// hidden are variables that change what is measured on either side.
var hidden = []string{
	"OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OMP_WAIT_POLICY",
	"MKL_NUM_THREADS", "ATEN_CPU_CAPABILITY", "ONEDNN_MAX_CPU_ISA", "GOGC", "GOMEMLIMIT", "GOMAXPROCS",
}

// clean starts this program anew where such variables are set: the runtime and
// libraries have read some of them.
func clean() error {
	set := slices.DeleteFunc(slices.Clone(hidden), func(name string) bool { return os.Getenv(name) == "" })
	if len(set) == 0 {
		return nil
	}
	fmt.Fprintln(os.Stderr, "train: taken out of the environment:", strings.Join(set, ", "))
	for _, name := range set {
		if err := os.Unsetenv(name); err != nil {
			return err
		}
	}
	return again()
}
