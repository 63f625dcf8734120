package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// contest is an SAE that both sides train from the same weights on the same rows.
type contest struct {
	model *sae.Model
	train train.Config
	rows  int            // of the file, from its start; 0 = all
	peer  map[string]any // what open is told beyond that
}

// saeLens returns the contest of a new SAE with sae-lens as it is.
func (r rows) saeLens(c sae.Config, t train.Config) (contest, error) {
	m, err := r.model(c)
	return contest{model: m, train: t, peer: asSAELens(c, t, false, false)}, err
}

// model returns a new SAE whose b_dec is the mean of the rows, so that its codes need
// not learn that first.
func (r rows) model(c sae.Config) (*sae.Model, error) {
	m, err := sae.New(c)
	if err != nil {
		return nil, err
	}
	sums := make([]float64, r.dIn)
	for row := range slices.Chunk(r.x, r.dIn) {
		for k, v := range row {
			sums[k] += float64(v)
		}
	}
	b, _ := m.Param("b_dec")
	for k, s := range sums {
		b.Data[k] = float32(s / float64(r.n))
	}
	return m, nil
}

func asSAELens(c sae.Config, t train.Config, sparse, compile bool) map[string]any {
	return map[string]any{
		"library": "sae-lens", "architecture": c.Architecture, "sae": peerSAE(c, t, sparse), "trainer": peerTrainer(t),
		"compile": compile,
	}
}

// open lets p begin its side.
func (b *bench) open(p *peer, c contest) error {
	weights := filepath.Join(b.Work, "weights.safetensors")
	if err := writeWeights(weights, c.model); err != nil {
		return err
	}
	count := c.rows
	if count == 0 {
		count = b.rows.n
	}
	count -= count % c.train.TrainBatchSizeSamples
	settings := map[string]any{"rows": b.rows.path, "count": count, "batch": c.train.TrainBatchSizeSamples, "weights": weights}
	maps.Copy(settings, c.peer)
	_, err := p.do("open", settings)
	return err
}

// writeWeights writes the parameters in the shapes of sae-lens.
func writeWeights(path string, m *sae.Model) error {
	tensors := map[string]tensor{}
	for _, p := range m.Params() {
		tensors[p.Name] = tensor{p.Shape, p.Values()}
	}
	return writeTensors(path, tensors, nil)
}

// pair are both sides at work. Where there are no peers, or theirs fails, missing says
// why and ours goes on alone.
type pair struct {
	ours    *session
	theirs  *peer
	missing error
}

// newPair begins both. Ours trains a copy of the model.
func (b *bench) newPair(ctx context.Context, c contest) (*pair, error) {
	ours, err := newSession(ctx, c.model.Clone(), c.train, b.rows.first(c.rows))
	if err != nil {
		return nil, err
	}
	p := &pair{ours: ours}
	if p.theirs, p.missing = b.peer(ctx); p.missing == nil {
		p.missing = b.open(p.theirs, c)
	}
	return p, nil
}

// rounds lets them take turns: n steps of ours, n of theirs. Before them each has a step
// for warmth, which finds what the other one left in the caches: no training takes turns
// with another.
func (p *pair) rounds(rounds, n int) (ours, theirs []step, err error) {
	for range rounds {
		a, err := p.ours.steps(n + 1)
		if err != nil {
			return nil, nil, err
		}
		ours = append(ours, a[1:]...)
		if p.missing == nil {
			var b []step
			if b, p.missing = p.theirs.steps(n+1, false); p.missing == nil {
				theirs = append(theirs, b[1:]...)
			}
		}
	}
	return ours, theirs, nil
}

// close ends both sides; the peer's process stays for the next one.
func (p *pair) close() error {
	err := p.ours.close()
	if p.theirs != nil {
		if _, err2 := p.theirs.do("close", nil); err2 != nil && p.missing == nil {
			err = errors.Join(err, err2)
		}
	}
	return err
}

// peer returns the process that measurements share, and starts it when there is none, or
// when the one that was there has died.
func (b *bench) peer(ctx context.Context) (*peer, error) {
	if b.shared != nil {
		if _, err := b.shared.do("close", nil); err == nil {
			return b.shared, nil
		}
		_ = b.shared.Close() // it has failed already, and that was told
	}
	var err error
	if b.shared, err = b.startPeer(ctx); err != nil {
		return nil, fmt.Errorf("no peer: %w", err)
	}
	return b.shared, nil
}
