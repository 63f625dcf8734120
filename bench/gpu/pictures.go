package main

import (
	"context"
	"fmt"
	"path/filepath"
	"runtime"

	"github.com/saego/saego/bench/network"
	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/internal/demo"
	"github.com/saego/saego/models"
)

// pictureJob is the job of ViT-B/16 on pictures, which either side reads and decodes. The
// rows are the patches.
func (b *bench) pictureJob(ctx context.Context) (*job, error) {
	n := network.ViT(b.Work)
	root, words, err := b.folder()
	if err != nil {
		return nil, err
	}
	m, hook, err := b.vit(ctx, n)
	if err != nil {
		return nil, err
	}
	all, err := datasets.OpenImages(root)
	if err != nil {
		return nil, err
	}
	all = datasets.Limit(datasets.Shuffle(all, 0), b.pictures)
	var paths []string
	for p, err := range all.Pass(0) {
		if err != nil {
			return nil, err
		}
		paths = append(paths, filepath.Join(root, p.ID))
	}
	j, err := b.newJob(m, hook, fmt.Sprintf("%s at %s on %d %s, %d in a pass; JPEGs are decoded by %s, the peer's by PIL",
		m.Spec.Name, hook, len(paths), words, b.pass, pixels.JPEGDecoder()))
	if err != nil {
		return nil, err
	}
	cfg := extract.DefaultVisionConfig()
	cfg.Hook, cfg.StoreBatchSizeImages = hook, b.pass
	j.source = func() (extract.Source, error) {
		return extract.NewVision(&m.Spec, m.Digest(), j.runner, all, cfg)
	}
	j.peer["family"], j.peer["model"], j.peer["seed"] = n.Family, n.Model, n.Seed
	j.peer["pictures"], j.peer["workers"] = paths, min(runtime.GOMAXPROCS(0), len(paths))
	return j, nil
}

// vit returns the network, and where it is read.
func (b *bench) vit(ctx context.Context, n network.Network) (m *models.Model, hook string, err error) {
	if b.demoAlone() {
		m, err = models.OpenFS(demo.VisionModel(), "demo")
		return m, "blocks.2", err
	}
	if err := n.Export(ctx, b.Python); err != nil {
		return nil, "", err
	}
	m, err = models.Open(n.Dir)
	return m, "blocks.6", err
}

// folder returns a folder of real pictures, or of drawn ones, and what they are.
func (b *bench) folder() (root, words string, err error) {
	if root = filepath.Join(b.Data, "imagenet"); network.Exists(root) && !b.emulate {
		return root, "pictures of ImageNet", nil
	}
	side := 256
	if b.emulate {
		side = 64
	}
	root = filepath.Join(b.Work, fmt.Sprintf("pictures-%d-%d", b.pictures, side))
	if network.Exists(root) {
		return root, "drawn pictures (PNG)", nil
	}
	drawn, err := demo.Pictures(max(b.pictures, 12*len(demo.Shapes())), 1, side) // some of each shape
	if err != nil {
		return "", "", err
	}
	return root, "drawn pictures (PNG)", drawn.Write(root)
}
