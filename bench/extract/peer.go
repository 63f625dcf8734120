package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"github.com/saego/saego/bench/process"
	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/suite"
	"github.com/saego/saego/extract/ort"
)

// script is the peers' side, from the root of the repository.
const script = "bench/extract/peer.py"

// peer is a process of script.
type peer struct {
	*process.Process
	file string // for rows
}

var _ side = (*peer)(nil)

// startPeer starts a process. The first one says who it is.
func (b *bench) startPeer(ctx context.Context) (*peer, error) {
	p, err := b.StartPeer(ctx, script)
	if err != nil {
		return nil, err
	}
	var info result.Peer
	if err := p.Do("info", map[string]any{"threads": threads}, &info); err != nil {
		return nil, errors.Join(suite.NoPeer(err), p.Close())
	}
	b.Machine.Peer = &info
	return &peer{p, filepath.Join(b.Work, "peer-rows.f32")}, nil
}

// open loads the network of m anew.
func (p *peer) open(c contest, m *match, precision string, compile bool) error {
	way, batch := c.way, m.batch
	if way == singly {
		way, batch = stopped, 1
	}
	settings := map[string]any{"way": way, "batch": batch, "autocast": precision == ort.BF16, "compile": compile}
	maps.Copy(settings, m.peer)
	return p.Do("open", settings, nil)
}

// turn implements [side].
func (p *peer) turn(_ context.Context, from, to int) (t turn, err error) {
	return t, p.Do("turn", map[string]any{"first": from, "last": to}, &t)
}

// rows implements [side].
func (p *peer) rows() (x []float32, err error) {
	if err := p.Do("rows", map[string]any{"output": p.file}, nil); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.Remove(p.file)) }()
	data, err := os.ReadFile(p.file)
	if err != nil {
		return nil, err
	}
	x = make([]float32, len(data)/4)
	_, err = binary.Decode(data, binary.LittleEndian, x)
	return x, err
}

// reference returns the rows of the first turn in float32, where the peer computes in
// another precision; nil where its own are those.
func reference(ctx context.Context, c contest, m *match, p *peer) ([]float32, error) {
	if c.peer == ort.Float32 {
		return nil, nil
	}
	if err := p.open(c, m, ort.Float32, false); err != nil {
		return nil, err
	}
	if _, err := p.turn(ctx, 0, m.window); err != nil {
		return nil, err
	}
	return p.rows()
}

// fastest opens the peer as it is fastest, eager or compiled, by a turn that comes after
// two for warmth, and says what it tried. The guide's way is eager, and so is a quick
// run, since to compile takes minutes.
func (b *bench) fastest(ctx context.Context, c contest, m *match, p *peer) (how string, err error) {
	how = fmt.Sprintf("in %s, eager", c.peer)
	if c.way == guide || b.Quick {
		return how, p.open(c, m, c.peer, false)
	}
	eager, err := p.try(ctx, c, m, false)
	if err != nil {
		return "", err
	}
	compiled, err := p.try(ctx, c, m, true)
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err == nil && compiled < eager:
		return fmt.Sprintf("in %s, compiled (%.2f s; eager %.2f s)", c.peer, compiled, eager), nil
	case err == nil:
		how += fmt.Sprintf(" (%.2f s; compiled %.2f s)", eager, compiled)
	default:
		how += fmt.Sprintf(" (torch.compile fails: %.200s)", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return how, p.open(c, m, c.peer, false)
}

// try returns the seconds that a turn takes.
func (p *peer) try(ctx context.Context, c contest, m *match, compile bool) (seconds float64, err error) {
	if err := p.open(c, m, c.peer, compile); err != nil {
		return 0, err
	}
	var t turn
	for range 3 {
		if t, err = p.turn(ctx, 0, m.window); err != nil {
			return 0, err
		}
	}
	return t.Seconds, nil
}
