package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/saego/saego/bench/network"
	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/tokens"
)

// Settings of the texts; the first two are those of the guide.
const (
	textHook    = "transformer.h.6"
	contextSize = 256 // tokens of a text
	textBatch   = 8
	textWindow  = 64 // texts that saego sorts by length into batches
)

// texts is the match of GPT-2 on reviews. Tokens are part of it on both sides.
func texts(ctx context.Context, b *bench, c contest) (*match, error) {
	path, tokenizer, ok := network.Reviews(b.Data)
	if !ok {
		return nil, fmt.Errorf("%w: there are no imdb/train.jsonl.gz and gpt2/tokenizer.json in %s", errNotMeasured, b.Data)
	}
	m := &match{batch: textBatch, window: textWindow, rounds: 6}
	if b.Quick {
		m.rounds = 2
	}
	reviews, err := datasets.OpenTexts(path, datasets.TextConfig{})
	if err != nil {
		return nil, err
	}
	all, err := take(reviews, m.rounds*m.window)
	if err != nil {
		return nil, err
	}
	if len(all) < m.rounds*m.window {
		return nil, fmt.Errorf("%s has %d texts, want %d", path, len(all), m.rounds*m.window)
	}
	words := make([]string, len(all))
	for i := range all {
		all[i].Index, words[i] = i, all[i].Text // rows are put into this order
	}
	n := network.GPT2(b.Work, "gpt2", tokenizer)
	net, err := b.load(ctx, n, c.ours)
	if err != nil {
		return nil, err
	}
	m.close = net.Close
	tok, err := tokens.Open(net.FS, net.Spec.Text.Tokenizer)
	if err != nil {
		return nil, errors.Join(err, net.Close())
	}
	by := func(r extract.Runner) side {
		return &source{of: func(from, to int) (counted, error) { return textSource(net, r, tok, all[from:to]) }}
	}
	m.ours, m.batches = by(net.Runner), by(whole{net.Runner})
	m.peer = map[string]any{
		"family": n.Family, "model": n.Model, "seed": n.Seed, "tokenizer": tokenizer, "hook": textHook,
		"context": contextSize, "texts": words,
	}
	m.words = fmt.Sprintf("GPT-2's architecture with random weights at %s, from IMDB reviews to rows: context %d, batches of %d",
		textHook, contextSize, textBatch)
	return m, nil
}

// textSource keeps position 0, which says nothing about speed, so that the rows are all
// that are no padding.
func textSource(net loaded, r extract.Runner, tok tokens.Tokenizer, ds list[datasets.Text]) (counted, error) {
	cfg := extract.DefaultTextConfig()
	cfg.Hook, cfg.ContextSize = textHook, contextSize
	cfg.StoreBatchSizePrompts, cfg.GroupByLength = textBatch, textWindow/textBatch
	cfg.ExcludeFirstPosition = false
	return extract.NewText(&net.Spec, net.Digest(), r, tok, ds, cfg)
}
