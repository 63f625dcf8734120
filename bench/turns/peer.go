package turns

import (
	"context"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
)

// script is the peers' side, from the root of the repository.
const script = "bench/turns/peer.py"

// Peer is a process of script.
type Peer struct{ *process.Process }

// Answer is what script says; each command sets some of it.
type Answer struct {
	Seconds  []float64 `json:"seconds"`
	Loss     []float64 `json:"loss"`
	L0       []float64 `json:"l0"`
	Variance []float64 `json:"explained_variance"`
	Peak     int64     `json:"peak"`
	result.Peer
}

// NewPeer starts a process.
func (b *Bench) NewPeer(ctx context.Context) (*Peer, error) {
	p, err := b.StartPeer(ctx, script)
	if err != nil {
		return nil, err
	}
	return &Peer{p}, nil
}

// Command sends a command and returns the answer to it.
func (p *Peer) Command(op string, settings map[string]any) (a Answer, err error) {
	return a, p.Do(op, settings, &a)
}

// Steps takes n steps, with l0 and variance where measure is set.
func (p *Peer) Steps(n int, measure bool) ([]Step, error) {
	a, err := p.Command("steps", map[string]any{"n": n, "measure": measure})
	if err != nil {
		return nil, err
	}
	out := make([]Step, n)
	for i := range out {
		out[i] = Step{Seconds: a.Seconds[i], Loss: a.Loss[i]}
		if measure {
			out[i].L0, out[i].Variance = a.L0[i], a.Variance[i]
		}
	}
	return out, nil
}
