package main

import (
	"context"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
)

// script is the peers' side, from the root of the repository.
const script = "bench/train/peer.py"

// peer is a process of script.
type peer struct{ *process.Process }

// answer is what script says; each command sets some of it.
type answer struct {
	Seconds  []float64 `json:"seconds"`
	Loss     []float64 `json:"loss"`
	L0       []float64 `json:"l0"`
	Variance []float64 `json:"explained_variance"`
	Peak     int64     `json:"peak"`
	result.Peer
}

// startPeer starts a process.
func (b *bench) startPeer(ctx context.Context) (*peer, error) {
	p, err := b.StartPeer(ctx, script)
	if err != nil {
		return nil, err
	}
	return &peer{p}, nil
}

// do sends a command and returns the answer to it.
func (p *peer) do(op string, settings map[string]any) (a answer, err error) {
	return a, p.Do(op, settings, &a)
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
