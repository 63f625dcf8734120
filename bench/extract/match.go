package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
)

// side is one of the two that take turns.
type side interface {
	// turn computes the rows of the examples [from, to) into memory.
	turn(ctx context.Context, from, to int) (turn, error)
	// rows returns those of the last turn, (rows, d_in), in the examples' order.
	rows() ([]float32, error)
}

// turn is what became of some examples.
type turn struct {
	Seconds   float64 `json:"seconds"`
	Rows      int     `json:"rows"`      // without padding and prefix tokens
	Positions int     `json:"positions"` // that the network computed for them
}

// match is a contest that is ready: saego's side, and what the peer has to be told.
type match struct {
	ours    side
	batches side // the same with a forward pass of each batch
	close   func() error
	peer    map[string]any
	batch   int    // examples
	window  int    // examples in a turn
	rounds  int    // for which there are examples
	words   string // what is computed, and from what
}

// errNotMeasured is in errors that tell what is not there on this machine.
var errNotMeasured = errors.New("not measured")

// compete measures a contest.
func (b *bench) compete(ctx context.Context, c contest) (entries []result.Entry, err error) {
	m, err := c.match(ctx, b, c)
	if errors.Is(err, errNotMeasured) {
		return []result.Entry{result.Absent(c.name, err.Error())}, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, m.close()) }()
	if c.way == batches {
		return m.judge(ctx, c, m.batches, nil, "is saego with a forward pass of each batch")
	}
	p, err := b.startPeer(ctx)
	if errors.Is(err, process.ErrNoPeers) {
		ours, _, _, err := m.play(ctx, nil, nil)
		if err != nil {
			return nil, err
		}
		e := m.entry(c, ours, nil)
		e.Missing = process.ErrNoPeers.Error()
		return []result.Entry{e}, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	return b.beside(ctx, c, m, p)
}

// beside measures a contest beside p.
func (b *bench) beside(ctx context.Context, c contest, m *match, p *peer) ([]result.Entry, error) {
	want, err := reference(ctx, c, m, p)
	if err != nil {
		return nil, err
	}
	how, err := b.fastest(ctx, c, m, p)
	if err != nil {
		return nil, err
	}
	return m.judge(ctx, c, p, want, how)
}

// judge measures a contest beside p, which is how it is told.
func (m *match) judge(ctx context.Context, c contest, p side, want []float32, how string) ([]result.Entry, error) {
	ours, theirs, d, err := m.play(ctx, p, want)
	if err != nil {
		return nil, err
	}
	e := m.entry(c, ours, theirs)
	e.Note += "; the peer " + how
	d.details(e.Details, c)
	if c.exact() && !(d.ours.maxAbs <= tolerance) {
		e.Missing = fmt.Sprintf("rows differ from PyTorch's by %.2g, more than %g", d.ours.maxAbs, tolerance)
		return []result.Entry{e}, errors.New(e.Missing)
	}
	return []result.Entry{e}, nil
}

// play lets both sides take turns, after one batch of each for warmth. The rows of the
// first turn are compared with want; nil stands for the peer's own.
func (m *match) play(ctx context.Context, p side, want []float32) (ours, theirs []turn, d differences, err error) {
	sides := []side{m.ours}
	if p != nil {
		sides = append(sides, p)
	}
	turns := make([][]turn, 2)
	for i := -1; i < m.rounds; i++ {
		from, to := i*m.window, (i+1)*m.window
		if i < 0 {
			from, to = 0, m.batch
		}
		for k, s := range sides {
			t, err := s.turn(ctx, from, to)
			if err != nil {
				return nil, nil, d, err
			}
			if i >= 0 {
				turns[k] = append(turns[k], t)
			}
		}
		if i == 0 && p != nil {
			if d, err = compareSides(m.ours, p, want); err != nil {
				return nil, nil, d, err
			}
		}
	}
	return turns[0], turns[1], d, nil
}

// entry is what came of the turns.
func (m *match) entry(c contest, ours, theirs []turn) result.Entry {
	e := result.Rate(c.name, "rows/s", rates(ours), rates(theirs))
	e.Note = fmt.Sprintf("%s; saego in %s, %d threads", m.words, c.ours, threads)
	e.Details = map[string]float64{"positions_per_row": perRow(ours)}
	if len(theirs) > 0 {
		e.Details["peer_positions_per_row"] = perRow(theirs)
	}
	return e
}

// rates are rows in a second.
func rates(turns []turn) []float64 {
	out := make([]float64, len(turns))
	for i, t := range turns {
		out[i] = float64(t.Rows) / t.Seconds
	}
	return out
}

// perRow is how many positions were computed for each row.
func perRow(turns []turn) float64 {
	var rows, positions int
	for _, t := range turns {
		rows, positions = rows+t.Rows, positions+t.Positions
	}
	return float64(positions) / float64(rows)
}
