package mixbuf_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"iter"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/models"
)

// blocks is a source of numbered rows, as count, in batches of the given sizes, that
// starts anywhere. The target of row n is n, out times. It ends with err.
type blocks struct {
	sizes []int
	out   int
	err   error
}

func (s blocks) Info() extract.Info {
	info := extract.Info{Model: "m", Hook: "h", DIn: width, DOut: s.out}
	if s.out > 0 {
		info.Target = "h.out"
	}
	return info
}

func (s blocks) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return s.BatchesFrom(ctx, extract.Cursor{})
}

func (s blocks) BatchesFrom(_ context.Context, c extract.Cursor) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		b := extract.Batch{DIn: width, DOut: s.out}
		n := 0
		for i, size := range s.sizes {
			b.Data, b.Target, b.Origin, b.Next = b.Data[:0], b.Target[:0], b.Origin[:0], extract.Cursor{Examples: i + 1}
			for range size {
				b.Data, b.Origin = append(b.Data, float32(n), float32(-n), 1), append(b.Origin, origin(n))
				b.Target = append(b.Target, slices.Repeat([]float32{float32(n)}, s.out)...)
				n++
			}
			on := i < c.Examples || yield(b, nil)
			clear(b.Data) // the memory is the source's
			clear(b.Target)
			if !on {
				return
			}
		}
		if s.err != nil {
			yield(extract.Batch{}, s.err)
		}
	}
}

func newBlocks(rng *rand.Rand) blocks {
	s := blocks{out: rng.IntN(3)}
	for range rng.IntN(30) {
		s.sizes = append(s.sizes, rng.IntN(1+rng.IntN(50)))
	}
	if rng.IntN(4) == 0 {
		s.err = io.ErrUnexpectedEOF
	}
	return s
}

// network is a runner whose activations are the sums of its inputs, position by
// position, the place in the output and its number.
type network struct{}

func (network) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	for n, o := range outputs {
		out, width := o.Float32, int(o.Shape[2])
		for i := range out {
			out[i] = float32(i%(width*7) + 1000*n)
		}
		for _, in := range inputs {
			for i, v := range in.Int64 {
				out[i*width] += float32(v)
			}
			for i, v := range in.Float32 {
				out[i*len(out)/len(in.Float32)] += v
			}
		}
	}
	return ctx.Err()
}

// hooks are those of each fake model.
var hooks = []models.Hook{{Name: "h", DIn: width}, {Name: "h.out", DIn: 2}}

// words are texts of 0 to 30 tokens.
type words int

func (words) Labels() []string { return nil }

func (w words) Pass(int) iter.Seq2[datasets.Text, error] {
	return func(yield func(datasets.Text, error) bool) {
		for i := range int(w) {
			text := datasets.Text{Index: i, ID: fmt.Sprint(i), Text: strings.Repeat("a1", i*7%16), Label: i % 2}
			if !yield(text, nil) {
				return
			}
		}
	}
}

func newText(t testing.TB, rng *rand.Rand) func() extract.Resumer {
	tok, err := tokens.Open(os.DirFS("../extract/tokens/testdata"), "tiny.tokenizer.json")
	if err != nil {
		t.Fatal(err)
	}
	shape := []any{"batch", "sequence"}
	spec := &models.Spec{
		Name: "fake", Text: &models.Text{ContextSize: 32, PadTokenID: 1}, Hooks: hooks,
		Inputs: []models.Input{{Name: models.InputIDs, DType: "int64", Shape: shape}, {Name: models.AttentionMask, DType: "int64", Shape: shape}},
	}
	cfg := extract.DefaultTextConfig()
	cfg.Hook, cfg.StoreBatchSizePrompts, cfg.Passes = "h", 1+rng.IntN(6), rng.IntN(4)
	cfg.GroupByLength, cfg.HookOut = rng.IntN(4), []string{"", "h.out"}[rng.IntN(2)]
	size, seed := words(2+rng.IntN(30)), rng.Uint64()
	return func() extract.Resumer {
		train, _, err := datasets.HoldOut(datasets.Shuffle(size, seed), 0.1, seed)
		if err != nil {
			t.Fatal(err)
		}
		src, err := extract.NewText(spec, "1f0c", network{}, tok, train, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
}

// greys are pictures of one shade each; one in ten is broken.
type greys int

func (greys) Labels() []string { return nil }

func (g greys) Pass(int) iter.Seq2[datasets.Image, error] {
	return func(yield func(datasets.Image, error) bool) {
		for i := range int(g) {
			image := datasets.Image{Index: i, ID: fmt.Sprint(i), Open: func() (io.ReadCloser, error) { return grey(i) }}
			if !yield(image, nil) {
				return
			}
		}
	}
}

func grey(i int) (io.ReadCloser, error) {
	var b bytes.Buffer
	picture := image.NewGray(image.Rect(0, 0, 4, 6))
	picture.Set(i%4, i%6, color.White)
	if i%10 != 9 {
		if err := png.Encode(&b, picture); err != nil {
			return nil, err
		}
	}
	return io.NopCloser(&b), nil
}

func newVision(t testing.TB, rng *rand.Rand) func() extract.Resumer {
	spec := &models.Spec{
		Name: "fake", Hooks: hooks,
		Inputs: []models.Input{{Name: "pixel_values", DType: "float32"}},
		Vision: &models.Vision{
			ResizeMode: models.ResizeExact, Resize: [2]int{6, 4}, Crop: [2]int{6, 4}, Interpolation: models.Bicubic,
			Std: [3]float32{1, 1, 1}, PrefixTokens: 1, Grid: [2]int{2, 3},
		},
	}
	cfg := extract.DefaultVisionConfig()
	cfg.Hook, cfg.StoreBatchSizeImages, cfg.Passes, cfg.Workers = "h", 1+rng.IntN(6), rng.IntN(4), 1+rng.IntN(3)
	cfg.HookOut = []string{"", "h.out"}[rng.IntN(2)]
	size, seed := greys(2+rng.IntN(30)), rng.Uint64()
	return func() extract.Resumer {
		src, err := extract.NewVision(spec, "1f0c", network{}, datasets.Shuffle(size, seed), cfg)
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
}
