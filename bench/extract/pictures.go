package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/saego/saego/bench/network"
	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/pixels"
)

// Settings of the pictures.
const (
	pictureHook  = "blocks.6"
	pictureBatch = 32
	endToEnd     = 3 * pictureBatch // pictures in a turn, so that decoding may run ahead
)

// pictures is the match of ViT-B/16 on pictures: from pixels that saego has prepared for
// both sides, or from files.
func pictures(ctx context.Context, b *bench, c contest) (*match, error) {
	root := filepath.Join(b.Data, "imagenet")
	if !network.Exists(root) {
		return nil, fmt.Errorf("%w: there is no %s", errNotMeasured, root)
	}
	m := &match{batch: pictureBatch, window: pictureBatch, rounds: 6}
	if b.Quick {
		m.rounds = 2
	}
	if c.endToEnd {
		m.window, m.rounds = endToEnd, 4
	}
	folder, err := datasets.OpenImages(root)
	if err != nil {
		return nil, err
	}
	all, err := take(folder, m.rounds*m.window)
	if err != nil {
		return nil, err
	}
	if len(all) < m.rounds*m.window {
		return nil, fmt.Errorf("%s has %d pictures, want %d", root, len(all), m.rounds*m.window)
	}
	for i := range all {
		all[i].Index = i // rows are put into this order
	}
	n := network.ViT(b.Work)
	net, err := b.load(ctx, n, c.ours)
	if err != nil {
		return nil, err
	}
	m.close = net.Close
	m.peer = map[string]any{"family": n.Family, "model": n.Model, "seed": n.Seed, "hook": pictureHook}
	m.words = fmt.Sprintf("ViT-B/16 with random weights at %s, batches of %d ImageNet pictures, patches", pictureHook, pictureBatch)
	if c.endToEnd {
		m.files(net, root, all)
	} else if err := m.pixels(net, filepath.Join(b.Work, "pixels.f32"), all); err != nil {
		return nil, errors.Join(err, net.Close())
	}
	return m, nil
}

// files is the match from files to rows.
func (m *match) files(net loaded, root string, all list[datasets.Image]) {
	cfg := extract.DefaultVisionConfig()
	cfg.Hook, cfg.StoreBatchSizeImages, cfg.Workers = pictureHook, pictureBatch, threads
	m.ours = &source{of: func(from, to int) (counted, error) {
		return extract.NewVision(&net.Spec, net.Digest(), net.Runner, all[from:to], cfg)
	}}
	paths := make([]string, len(all))
	for i, p := range all {
		paths[i] = filepath.Join(root, p.ID)
	}
	m.peer["pictures"], m.peer["workers"] = paths, threads
	m.words += fmt.Sprintf(", from files to rows: JPEGs are decoded by %s, the peer's by PIL in a DataLoader", pixels.JPEGDecoder())
}
