package main

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/saego/saego/bench/result"
	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/internal/kernels/onednn"
	"github.com/saego/saego/sae"
)

// sparsify is a measurement beside eai-sparsify, in its eager form: its fast decoder
// is for CUDA alone.
type sparsify struct {
	name string
	k    int
	bf16 bool
}

var sparsifies = []sparsify{
	{"train/topk-vs-sparsify", 64, false},
	{"train/topk-k32-vs-sparsify", 32, false},
	{"train/topk-bf16-vs-sparsify", 64, true},
	{"train/topk-k32-bf16-vs-sparsify", 32, true},
}

// trainSparsify first finds the setting in which the peer is fastest.
func (b *bench) trainSparsify(ctx context.Context, s sparsify) ([]result.Entry, error) {
	if s.bf16 {
		lib, why, err := onednn.Default("")
		if err != nil {
			return nil, err
		}
		if lib == nil {
			return []result.Entry{result.Absent(s.name, "not measured: "+why)}, nil
		}
		kernels.UseBF16(lib)
	}
	cfg, t := architecture(sae.TopK, b.Rows.DIn, dSAE), turns.Trainer(batch, turns.Forever)
	cfg.K, t.Autocast = float64(s.k), s.bf16
	c, err := b.Rows.SAELens(cfg, t)
	if err != nil {
		return nil, err
	}
	c.Peer = map[string]any{}
	tried := ""
	if !b.NoPeers {
		if c.Peer, tried, err = b.fastest(ctx, c, s); err != nil {
			return nil, err
		}
	}
	ours, theirs, missing, err := b.compete(ctx, c)
	if err != nil {
		return nil, err
	}
	e := result.Compare(s.name, "s", turns.Seconds(ours), turns.Seconds(theirs))
	e.Missing, e.Note = missing, describe(cfg)+tried
	entries := []result.Entry{e}
	if s.bf16 {
		factor, err := b.autocast(ctx, s, c, ours)
		if err != nil {
			return entries, err
		}
		entries = append(entries, factor)
	}
	return entries, nil
}

// setting is how sparsify runs. adam is its own choice beside signum, its default.
type setting struct {
	optimizer string
	threads   int // 0 = torch's default
	compile   bool
}

func (s setting) String() string {
	text := s.optimizer + ", all threads"
	if s.threads == 1 {
		text = s.optimizer + ", one thread"
	}
	if s.compile {
		return text + ", compiled"
	}
	return text + ", eager"
}

// fastest returns the setting in which the peer takes least, by the median of a few
// steps, and what all of them took, in words: first optimizers and threads, and then
// the better optimizer compiled. A setting that fails is left out.
func (b *bench) fastest(ctx context.Context, c turns.Contest, s sparsify) (peer map[string]any, tried string, err error) {
	var best setting
	var words []string
	least := math.Inf(1)
	try := func(v setting) {
		c.Peer = map[string]any{
			"library": "sparsify", "k": s.k, "autocast": s.bf16,
			"optimizer": v.optimizer, "threads": v.threads, "compile": v.compile,
		}
		took, err := b.tryPeer(ctx, c)
		if err != nil {
			words = append(words, fmt.Sprintf("%s: fails (%.200s)", v, strings.ReplaceAll(err.Error(), "\n", " ")))
			return
		}
		words = append(words, fmt.Sprintf("%s: %.2f s", v, took))
		if took < least {
			best, least, peer = v, took, c.Peer
		}
	}
	for _, v := range []setting{{"signum", 0, false}, {"adam", 0, false}, {"signum", 1, false}, {"adam", 1, false}} {
		try(v)
	}
	for _, threads := range []int{0, 1} {
		try(setting{best.optimizer, threads, true})
	}
	if ctx.Err() != nil {
		return nil, "", context.Cause(ctx)
	}
	if peer == nil {
		return nil, "", fmt.Errorf("sparsify runs in no setting: %s", strings.Join(words, "; "))
	}
	return peer, fmt.Sprintf("; sparsify at its fastest, %s (of %s)", best, strings.Join(words, "; ")), nil
}

// tryPeer returns the median of a few steps of the peer's, after two for warmth.
func (b *bench) tryPeer(ctx context.Context, c turns.Contest) (float64, error) {
	p, err := b.Peer(ctx)
	if err != nil {
		return 0, err
	}
	if err := b.Open(p, c); err != nil {
		return 0, err
	}
	steps, err := p.Steps(5, false)
	if err != nil {
		return 0, err
	}
	return result.Median(turns.Seconds(steps[2:])), nil
}

// autocast is the factor that bfloat16 gives ours, and what it does to explained
// variance after a while.
func (b *bench) autocast(ctx context.Context, s sparsify, c turns.Contest, half []turns.Step) (result.Entry, error) {
	exact := c.Train
	exact.Autocast = false
	full, err := b.alone(ctx, c.Model, exact, b.rounds()*stepsPerRound)
	if err != nil {
		return result.Entry{}, err
	}
	e := result.Compare(fmt.Sprintf("autocast/topk-k%d", s.k), "s", turns.Seconds(half), turns.Seconds(full))
	e.Note, e.Details = "saego with autocast beside saego without", map[string]float64{}
	const long = 100
	for name, on := range map[string]bool{"explained_variance_float32": false, "explained_variance_bf16": true} {
		t := turns.Trainer(batch, long)
		t.Autocast = on
		steps, err := b.alone(ctx, c.Model, t, long)
		if err != nil {
			return e, err
		}
		e.Details[name] = steps[long-1].Variance
	}
	return e, nil
}
