package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/internal/demo"
	"github.com/saego/saego/internal/ort"
	"github.com/saego/saego/mixbuf"
	"github.com/saego/saego/models"
)

const (
	rowCount    = 32768
	hook        = "transformer.h.6"
	contextSize = 256 // tokens of a text
)

// network is a GPT-2 with random weights, and the texts that it reads.
type network struct {
	model, texts, tokenizer string
	words                   string // what this is
	generated               bool
}

// network returns the real texts where data has them, or generated ones.
func (b *bench) network() network {
	n := network{
		model: filepath.Join(b.work, "gpt2"), texts: filepath.Join(b.data, "imdb", "train.jsonl.gz"),
		tokenizer: filepath.Join(b.data, "gpt2", "tokenizer.json"), words: "IMDB reviews",
	}
	_, err := os.Stat(n.texts)
	_, err2 := os.Stat(n.tokenizer)
	if errors.Join(err, err2) != nil {
		n.generated, n.words = true, "generated reviews with the demo's tokenizer"
		n.model, n.texts = filepath.Join(b.work, "gpt2-demo-tokenizer"), filepath.Join(b.work, "reviews", "reviews.jsonl")
		n.tokenizer = filepath.Join("internal", "demo", "text", "tokenizer.json")
	}
	n.words = fmt.Sprintf("GPT-2's architecture with random weights of seed 0 at %s, on %s, context %d", hook, n.words, contextSize)
	return n
}

// prepare exports the network and writes the texts, unless they are there.
func (n network) prepare(ctx context.Context, python string) error {
	if n.generated && !exists(n.texts) {
		reviews, err := demo.Reviews(4000, 1)
		if err != nil {
			return err
		}
		if err := reviews.Write(filepath.Dir(n.texts)); err != nil {
			return err
		}
	}
	if exists(filepath.Join(n.model, "model.json")) {
		return nil
	}
	cmd := exec.CommandContext(ctx, python, "scripts/export_onnx.py", "--family", "gpt2-classifier", "--model", "gpt2",
		"--tokenizer", n.tokenizer, "--random-init", "0", "--output", n.model)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("export GPT-2: %w", err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// loadRows reads the file of rows, and makes it first if there is none.
func (b *bench) loadRows(ctx context.Context) error {
	n := b.network()
	path := n.model + "-rows.safetensors"
	if !exists(path) {
		b.say("no %s: exporting GPT-2 and extracting %d rows, a few minutes", path, rowCount)
		if err := n.prepare(ctx, b.python); err != nil {
			return err
		}
		if err := n.extract(ctx, path); err != nil {
			return fmt.Errorf("rows: %w", err)
		}
	}
	r, err := readRows(path, 0)
	b.rows = r
	return err
}

// extract writes mixed rows to path.
func (n network) extract(ctx context.Context, path string) (err error) {
	m, err := models.Open(n.model)
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
	texts, err := datasets.OpenTexts(n.texts, datasets.TextConfig{})
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
		return fmt.Errorf("%s has %d rows, want %d: give more texts", n.texts, all.Len(), rowCount)
	}
	x := make([]float32, 0, rowCount*src.Info().DIn)
	for part, err := range all.Batches(ctx) {
		if err != nil {
			return err
		}
		x = append(x, part.Data...)
	}
	scale(x, src.Info().DIn)
	return writeTensors(path, map[string]tensor{"rows": {[]int{rowCount, src.Info().DIn}, x}}, map[string]string{"source": n.words})
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
