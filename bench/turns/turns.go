// Package turns lets saego's trainer and its peers', sae-lens and eai-sparsify, train the
// same SAE in turns within one run: from the same weights, on the same rows.
package turns

import (
	"context"
	"errors"
	"fmt"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/suite"
)

// Bench is what measurements of training share.
type Bench struct {
	suite.Suite
	Rows Rows

	shared *Peer
}

// Peer returns the process that measurements share, and starts it when there is none, or
// when the one that was there has died.
func (b *Bench) Peer(ctx context.Context) (*Peer, error) {
	if b.shared != nil {
		if _, err := b.shared.Command("close", nil); err == nil {
			return b.shared, nil
		}
		_ = b.shared.Close() // it has failed already, and that was told
	}
	var err error
	if b.shared, err = b.NewPeer(ctx); err != nil {
		return nil, fmt.Errorf("no peer: %w", err)
	}
	return b.shared, nil
}

// ClosePeer ends that process.
func (b *Bench) ClosePeer() error {
	if b.shared == nil {
		return nil
	}
	return b.shared.Close()
}

// DescribePeer asks the peers who they are, on torch's device. Without them a run that
// wants them has nothing to measure.
func (b *Bench) DescribePeer(ctx context.Context, device string) error {
	p, err := b.Peer(ctx)
	if b.NoPeers {
		return nil
	}
	if err != nil {
		return err
	}
	a, err := p.Command("info", map[string]any{"device": device})
	if err != nil {
		return suite.NoPeer(err)
	}
	b.Machine.Peer = &a.Peer
	return nil
}

// Compete lets both sides of c take turns, in so many rounds of n steps each. missing says
// why theirs is empty, if it is.
func (b *Bench) Compete(ctx context.Context, c Contest, rounds, n int) (ours, theirs []Step, missing string, err error) {
	p, err := b.NewPair(ctx, c)
	if err != nil {
		return nil, nil, "", err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if ours, theirs, err = p.Rounds(rounds, n); err != nil {
		return nil, nil, "", err
	}
	if p.Missing != nil {
		return ours, nil, p.Missing.Error(), Failure(p.Missing)
	}
	return ours, theirs, "", nil
}

// Failure returns the reason why there is no peer, unless that was asked for.
func Failure(missing error) error {
	if errors.Is(missing, process.ErrNoPeers) {
		return nil
	}
	return missing
}
