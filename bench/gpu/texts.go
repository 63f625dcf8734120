package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/saego/saego/bench/turns"
	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/internal/demo"
	"github.com/saego/saego/models"
)

// demoAlone tells whether the demo's small networks will do, which no peer has.
func (b *bench) demoAlone() bool { return b.emulate && b.NoPeers }

// newJob opens what runs m: on the card, where there is one.
func (b *bench) newJob(m *models.Model, hook, words string) (*job, error) {
	h, err := m.Hook(hook)
	if err != nil {
		return nil, err
	}
	opts := ort.DefaultOptions()
	if !b.emulate {
		opts.Provider = ort.CUDA
	}
	r, err := ort.Open(m, opts)
	if err != nil {
		return nil, err
	}
	version, _ := ort.Version()
	b.Machine.Runtime = "ONNX Runtime " + version
	return &job{runner: r, dIn: h.DIn, words: words, peer: map[string]any{"hook": hook, "batch": b.pass}}, nil
}

// textJob is the job of GPT-2 on reviews. Position 0 is kept: it says nothing of speed.
func (b *bench) textJob(ctx context.Context) (*job, error) {
	g := b.GPT2()
	m, all, hook, err := b.reviews(ctx, &g)
	if err != nil {
		return nil, err
	}
	var texts []string
	for t, err := range all.Pass(0) {
		if err != nil {
			return nil, err
		}
		texts = append(texts, t.Text)
	}
	j, err := b.newJob(m, hook, fmt.Sprintf("%s: %d texts, %d in a pass", g.Words, len(texts), b.pass))
	if err != nil {
		return nil, err
	}
	tok, err := tokens.Open(m.FS, m.Spec.Text.Tokenizer)
	if err != nil {
		return nil, errors.Join(err, j.runner.Close())
	}
	cfg := extract.DefaultTextConfig()
	cfg.Hook, cfg.ContextSize, cfg.StoreBatchSizePrompts, cfg.ExcludeFirstPosition = hook, turns.ContextSize, b.pass, false
	j.source = func() (extract.Source, error) {
		return extract.NewText(&m.Spec, m.Digest(), j.runner, tok, all, cfg)
	}
	j.peer["family"], j.peer["model"], j.peer["seed"], j.peer["tokenizer"] = g.Family, g.Model, g.Seed, g.Tokenizer
	j.peer["context"], j.peer["texts"] = turns.ContextSize, texts
	return j, nil
}

// reviews returns the network of g and its texts.
func (b *bench) reviews(ctx context.Context, g *turns.Job) (m *models.Model, all datasets.Dataset[datasets.Text], hook string, err error) {
	if b.demoAlone() {
		g.Words = "the demo's classifier on its reviews"
		if all, err = demo.Reviews(b.texts, 1); err == nil {
			m, err = models.OpenFS(demo.TextModel(), "demo")
		}
		return m, all, "transformer.h.2", err
	}
	if err = g.Prepare(ctx, b.Python); err != nil {
		return nil, nil, "", err
	}
	if all, err = datasets.OpenTexts(g.Texts, datasets.TextConfig{}); err == nil {
		all = datasets.Limit(datasets.Shuffle(all, 0), b.texts)
		m, err = models.Open(g.Dir)
	}
	return m, all, turns.Hook, err
}
