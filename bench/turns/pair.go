package turns

import (
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// Contest is an SAE that both sides train from the same weights on the same rows.
type Contest struct {
	Model  *sae.Model
	Train  train.Config
	Rows   int            // of the file, from its start; 0 = all
	Peer   map[string]any // what open is told beyond that: see [SAELens]
	Engine sae.Engine     // where ours trains; nil for the processor
}

// SAELens returns the contest of a new SAE with sae-lens as it is.
func (r Rows) SAELens(c sae.Config, t train.Config) (Contest, error) {
	m, err := r.Model(c)
	return Contest{Model: m, Train: t, Peer: SAELens{}.Settings(c, t)}, err
}

// Model returns a new SAE whose b_dec is the mean of the rows, so that its codes need
// not learn that first.
func (r Rows) Model(c sae.Config) (*sae.Model, error) {
	m, err := sae.New(c)
	if err != nil {
		return nil, err
	}
	sums := make([]float64, r.DIn)
	for row := range slices.Chunk(r.X, r.DIn) {
		for k, v := range row {
			sums[k] += float64(v)
		}
	}
	b, _ := m.Param("b_dec")
	for k, s := range sums {
		b.Data[k] = float32(s / float64(r.N))
	}
	return m, nil
}

// Open lets p begin its side.
func (b *Bench) Open(p *Peer, c Contest) error {
	weights, err := b.WriteWeights(c.Model)
	if err != nil {
		return err
	}
	count := c.Rows
	if count == 0 {
		count = b.Rows.N
	}
	count -= count % c.Train.TrainBatchSizeSamples
	settings := map[string]any{"rows": b.Rows.Path, "count": count, "batch": c.Train.TrainBatchSizeSamples, "weights": weights}
	maps.Copy(settings, c.Peer)
	_, err = p.Command("open", settings)
	return err
}

// WriteWeights writes the parameters in the shapes of sae-lens, and returns to where.
func (b *Bench) WriteWeights(m *sae.Model) (path string, err error) {
	path = filepath.Join(b.Work, "weights.safetensors")
	tensors := map[string]Tensor{}
	for _, p := range m.Params() {
		tensors[p.Name] = Tensor{p.Shape, p.Values()}
	}
	return path, WriteTensors(path, tensors, nil)
}

// Pair are both sides at work. Where there are no peers, or theirs fails, Missing says
// why and ours goes on alone.
type Pair struct {
	Ours    *Session
	Theirs  *Peer
	Missing error
}

// NewPair begins both. Ours trains a copy of the model.
func (b *Bench) NewPair(ctx context.Context, c Contest) (*Pair, error) {
	m := c.Model.Clone()
	if c.Engine != nil {
		if err := m.To(c.Engine); err != nil {
			return nil, err
		}
	}
	ours, err := NewSession(ctx, m, c.Train, b.Rows.First(c.Rows))
	if err != nil {
		return nil, err
	}
	p := &Pair{Ours: ours}
	if p.Theirs, p.Missing = b.Peer(ctx); p.Missing == nil {
		p.Missing = b.Open(p.Theirs, c)
	}
	return p, nil
}

// Rounds lets them take turns: n steps of ours, n of theirs. Before them each has a step
// for warmth, which finds what the other one left in the caches: no training takes turns
// with another.
func (p *Pair) Rounds(rounds, n int) (ours, theirs []Step, err error) {
	for range rounds {
		a, err := p.Ours.Steps(n + 1)
		if err != nil {
			return nil, nil, err
		}
		ours = append(ours, a[1:]...)
		if p.Missing == nil {
			var b []Step
			if b, p.Missing = p.Theirs.Steps(n+1, false); p.Missing == nil {
				theirs = append(theirs, b[1:]...)
			}
		}
	}
	return ours, theirs, nil
}

// Close ends both sides; the peer's process stays for the next one.
func (p *Pair) Close() error {
	err := p.Ours.Close()
	if p.Theirs != nil {
		if _, err2 := p.Theirs.Command("close", nil); err2 != nil && p.Missing == nil {
			err = errors.Join(err, err2)
		}
	}
	return err
}
