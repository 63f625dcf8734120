package turns

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
	rowCount = 32768
	// Hook is where GPT-2 is read.
	Hook = "transformer.h.6"
	// ContextSize is the tokens of a text.
	ContextSize = 256
)

// Job is a GPT-2 with random weights, and the texts that it reads.
type Job struct {
	network.Network
	Texts     string // file
	Words     string // what this is
	generated bool
}

// GPT2 returns the real texts where Data has them, or generated ones.
func (b *Bench) GPT2() Job {
	j := Job{Words: "IMDB reviews"}
	texts, tokenizer, ok := network.Reviews(b.Data)
	if ok {
		j.Texts, j.Network = texts, network.GPT2(b.Work, "gpt2", tokenizer)
	} else {
		j.generated, j.Words = true, "generated reviews with the demo's tokenizer"
		j.Texts = filepath.Join(b.Work, "reviews", "reviews.jsonl")
		j.Network = network.GPT2(b.Work, "gpt2-demo-tokenizer", filepath.Join("internal", "demo", "text", "tokenizer.json"))
	}
	j.Words = fmt.Sprintf("GPT-2's architecture with random weights of seed %d at %s, on %s, context %d", j.Seed, Hook, j.Words, ContextSize)
	return j
}

// Prepare exports the network and writes the texts, unless they are there.
func (j Job) Prepare(ctx context.Context, python string) error {
	if j.generated && !network.Exists(j.Texts) {
		reviews, err := demo.Reviews(4000, 1)
		if err != nil {
			return err
		}
		if err := reviews.Write(filepath.Dir(j.Texts)); err != nil {
			return err
		}
	}
	return j.Export(ctx, python)
}

// LoadRows reads the file of rows, and makes it first if there is none.
func (b *Bench) LoadRows(ctx context.Context) error {
	j := b.GPT2()
	path := j.Dir + "-rows.safetensors"
	if !network.Exists(path) {
		b.Say("no %s: exporting GPT-2 and extracting %d rows, a few minutes", path, rowCount)
		if err := j.Prepare(ctx, b.Python); err != nil {
			return err
		}
		if err := j.extract(ctx, path); err != nil {
			return fmt.Errorf("rows: %w", err)
		}
	}
	r, err := ReadRows(path, 0)
	b.Rows = r
	return err
}

// extract writes mixed rows to path.
func (j Job) extract(ctx context.Context, path string) (err error) {
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
	texts, err := datasets.OpenTexts(j.Texts, datasets.TextConfig{})
	if err != nil {
		return err
	}
	cfg := extract.DefaultTextConfig()
	cfg.Hook, cfg.ContextSize, cfg.Passes = Hook, ContextSize, 1
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
		return fmt.Errorf("%s has %d rows, want %d: give more texts", j.Texts, all.Len(), rowCount)
	}
	x := make([]float32, 0, rowCount*src.Info().DIn)
	for part, err := range all.Batches(ctx) {
		if err != nil {
			return err
		}
		x = append(x, part.Data...)
	}
	scale(x, src.Info().DIn)
	return WriteTensors(path, map[string]Tensor{"rows": {[]int{rowCount, src.Info().DIn}, x}}, map[string]string{"source": j.Words})
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
