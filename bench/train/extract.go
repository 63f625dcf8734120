package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"github.com/saego/saego/bench/network"
	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/internal/demo"
	"github.com/saego/saego/mixbuf"
	"github.com/saego/saego/models"
)

const (
	rowCount    = 32768
	hook        = "transformer.h.6"
	contextSize = 256 // tokens of a text
)

// job is a GPT-2 with random weights, and the texts that it reads.
type job struct {
	network.Network
	texts     string
	words     string // what this is
	generated bool
}

// gpt2 returns the real texts where Data has them, or generated ones.
func (b *bench) gpt2() job {
	j := job{words: "IMDB reviews"}
	texts, tokenizer, ok := network.Reviews(b.Data)
	if ok {
		j.texts, j.Network = texts, network.GPT2(b.Work, "gpt2", tokenizer)
	} else {
		j.generated, j.words = true, "generated reviews with the demo's tokenizer"
		j.texts = filepath.Join(b.Work, "reviews", "reviews.jsonl")
		j.Network = network.GPT2(b.Work, "gpt2-demo-tokenizer", filepath.Join("internal", "demo", "text", "tokenizer.json"))
	}
	j.words = fmt.Sprintf("GPT-2's architecture with random weights of seed %d at %s, on %s, context %d", j.Seed, hook, j.words, contextSize)
	return j
}

// prepare exports the network and writes the texts, unless they are there.
func (j job) prepare(ctx context.Context, python string) error {
	if j.generated && !network.Exists(j.texts) {
		reviews, err := demo.Reviews(4000, 1)
		if err != nil {
			return err
		}
		if err := reviews.Write(filepath.Dir(j.texts)); err != nil {
			return err
		}
	}
	return j.Export(ctx, python)
}

// loadRows reads the file of rows, and makes it first if there is none.
func (b *bench) loadRows(ctx context.Context) error {
	j := b.gpt2()
	path := j.Dir + "-rows.safetensors"
	if !network.Exists(path) {
		b.Say("no %s: exporting GPT-2 and extracting %d rows, a few minutes", path, rowCount)
		if err := j.prepare(ctx, b.Python); err != nil {
			return err
		}
		if err := j.extract(ctx, path); err != nil {
			return fmt.Errorf("rows: %w", err)
		}
	}
	r, err := readRows(path, 0)
	b.rows = r
	return err
}

// extract writes mixed rows to path.
func (j job) extract(ctx context.Context, path string) (err error) {
	m, err := models.Open(j.Dir)
	if err != nil {
		return err
	}
	runner, err := ort.Open(m, ort.DefaultOptions())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, runner.Close()) }()
	tok, err := tokens.Open(m.FS, m.Spec.Text.Tokenizer)
	if err != nil {
		return err
	}
	texts, err := datasets.OpenTexts(j.texts, datasets.TextConfig{})
	if err != nil {
		return err
	}
	cfg := extract.DefaultTextConfig()
	cfg.Hook, cfg.ContextSize, cfg.Passes = hook, contextSize, 1
	src, err := extract.NewText(&m.Spec, m.Digest(), runner, tok, datasets.Shuffle(texts, 0), cfg)
	if err != nil {
		return err
	}
	mixed, err := mixbuf.New(src, mixbuf.Config{BufferSize: rowCount, BatchSize: 1024, MixFraction: 0.5})
	if err != nil {
		return err
	}
	all, err := extract.Collect(ctx, mixed, rowCount)
	if err != nil {
		return err
	}
	if all.Len() < rowCount {
		return fmt.Errorf("%s has %d rows, want %d: give more texts", j.texts, all.Len(), rowCount)
	}
	x := make([]float32, 0, rowCount*src.Info().DIn)
	for part, err := range all.Batches(ctx) {
		if err != nil {
			return err
		}
		x = append(x, part.Data...)
	}
	scale(x, src.Info().DIn)
	return writeTensors(path, map[string]tensor{"rows": {[]int{rowCount, src.Info().DIn}, x}}, map[string]string{"source": j.words})
}

// scale brings the mean norm of the rows to √dIn.
func scale(x []float32, dIn int) {
	var norms float64
	for row := range slices.Chunk(x, dIn) {
		var s float64
		for _, v := range row {
			s += float64(v) * float64(v)
		}
		norms += math.Sqrt(s)
	}
	f := float32(math.Sqrt(float64(dIn)) / (norms * float64(dIn) / float64(len(x))))
	for i := range x {
		x[i] *= f
	}
}
