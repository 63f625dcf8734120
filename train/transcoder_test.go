package train_test

import (
	"context"
	"iter"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

func transcoderModel(t *testing.T, architecture, normalization string) *sae.Model {
	t.Helper()
	cfg := sae.DefaultConfig()
	cfg.Architecture, cfg.DIn, cfg.DOut, cfg.DSAE, cfg.Seed = architecture, width, dOut, 20, 1
	cfg.NormalizeActivations, cfg.L1Coefficient = normalization, 0.01
	m, err := sae.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// mapped is a source whose targets are a linear map of its rows, and more.
type mapped struct{ steps int }

func (mapped) Info() extract.Info {
	return extract.Info{Hook: "in", DIn: width, Target: "out", DOut: dOut}
}

func (m mapped) Batches(context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		x, w := normal(m.steps*batch*width, 5), normal(width*dOut, 6)
		for chunk := range slices.Chunk(x, batch*width) {
			b := extract.Batch{DIn: width, DOut: dOut, Data: chunk, Origin: make([]extract.Origin, batch)}
			for row := range slices.Chunk(chunk, width) {
				for k := range dOut {
					v := float32(20 + k) // far from zero: b_dec has to know it
					for i, a := range row {
						v += a * w[i*dOut+k]
					}
					b.Target = append(b.Target, v)
				}
			}
			if !yield(b, nil) {
				return
			}
		}
	}
}

// TestTranscoder trains from one space to another of another width, whose rows have
// another norm and are far from zero.
func TestTranscoder(t *testing.T) {
	for _, architecture := range []string{sae.Transcoder, sae.SkipTranscoder} {
		for _, normalization := range []string{sae.NormalizeNone, sae.NormalizeExpectedNorm, sae.NormalizeLayerNorm} {
			t.Run(architecture+"/"+normalization, func(t *testing.T) {
				const steps = 400
				src := mapped{steps}
				m := transcoderModel(t, architecture, normalization)
				c := short(steps)
				c.BDecInitMethod, c.LR = train.BDecMean, 1e-2
				s, err := trainer(t, m, c, train.Hooks{}).Run(t.Context(), src)
				if err != nil {
					t.Fatal(err)
				}
				e, err := train.Evaluate(t.Context(), s.Inference(), src)
				if err != nil {
					t.Fatal(err)
				}
				// Layer norm takes the length of a row away, which the targets depend on.
				if e.ExplainedVariance < 0.5 || e.Rows != steps*batch {
					t.Errorf("explains %g of %d rows", e.ExplainedVariance, e.Rows)
				}
				var targets []float32
				for b := range src.Batches(t.Context()) {
					targets = append(targets, b.Target...)
				}
				out, rows := s.Inference().Reconstruct(rowsOf(t, src)), steps*batch
				var mse float64
				for i, v := range targets {
					d := float64(out[i] - v)
					mse += d * d / float64(rows)
				}
				near(t, "mse", e.MSE, mse)
			})
		}
	}
}

func rowsOf(t *testing.T, src extract.Source) (x []float32) {
	t.Helper()
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		x = append(x, b.Data...)
	}
	return x
}

// TestTranscoderStart: b_dec starts at the mean target, in scaled units, and the rows
// and the targets have factors of their own.
func TestTranscoderStart(t *testing.T) {
	m := transcoderModel(t, sae.Transcoder, sae.NormalizeExpectedNorm)
	c := short(4)
	c.BDecInitMethod, c.LR = train.BDecMean, 1e-12
	s, err := trainer(t, m, c, train.Hooks{}).Run(t.Context(), stream{0, new(int)})
	if err != nil {
		t.Fatal(err)
	}
	x, y := streamRows[:4*batch*width], streamTargets[:4*batch*dOut]
	near(t, "factor", s.Scale.Factor, train.EstimateScaler(width, x).Factor)
	near(t, "factor of targets", s.Scale.Target, train.EstimateScaler(dOut, y).Factor)
	b, _ := m.Param("b_dec")
	for k := range dOut {
		var mean float64
		for row := range slices.Chunk(y, dOut) {
			mean += s.Scale.Target * float64(row[k]) / (4 * batch)
		}
		near(t, "b_dec", float64(b.Data[k]), mean)
	}
}

// untargeted is a source that promises targets and has none.
type untargeted struct{ stream }

func (u untargeted) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for b, err := range u.stream.Batches(ctx) {
			b.Target = nil
			if !yield(b, err) {
				return
			}
		}
	}
}

func TestTranscoderRefuses(t *testing.T) {
	plain := source(4)
	plain.dIn = width
	for _, tt := range []struct {
		src  extract.Source
		want string
	}{
		{plain, "hook memory has targets of d_out 0, the transcoder 12: name the hook point that it predicts"},
		{untargeted{stream{0, new(int)}}, "a batch has 0 "},
	} {
		m := transcoderModel(t, sae.Transcoder, sae.NormalizeNone)
		if _, err := trainer(t, m, short(4), train.Hooks{}).Run(t.Context(), tt.src); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("train: error is %v, want %q in it", err, tt.want)
		}
		if _, err := train.Evaluate(t.Context(), m, tt.src); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("evaluate: error is %v, want %q in it", err, tt.want)
		}
	}
}
