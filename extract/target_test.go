package extract_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/models"
)

const dOut = 4

// twin is a network with a second hook point, whose activations are those at the
// first, negated, and 7.
type twin struct {
	extract.Runner
	names  []string // of the outputs that were asked for
	poison float32  // first value of a row whose target is broken, unless 0
}

func (r *twin) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	if err := r.Runner.Run(ctx, inputs, outputs[:1]); err != nil {
		return err
	}
	r.names = r.names[:0]
	for _, out := range outputs {
		r.names = append(r.names, out.Name)
	}
	target := outputs[1].Float32
	for x := range slices.Chunk(outputs[0].Float32, dIn) {
		copy(target, []float32{-x[0], -x[1], -x[2], 7})
		if r.poison != 0 && x[0] == r.poison {
			target[3] = float32(math.NaN())
		}
		target = target[dOut:]
	}
	return nil
}

func wide(spec *models.Spec, name string) *models.Spec {
	spec.Hooks = append(spec.Hooks, models.Hook{Name: name, DIn: dOut})
	return spec
}

func newTextTwin(t testing.TB, r *twin, change func(*extract.TextConfig)) *extract.Text {
	t.Helper()
	cfg := config(change)
	cfg.HookOut = "transformer.h.1.mlp"
	list := texts{list: []string{"a1", "", "c<|endoftext|>", "a1b1c1", "d1", "x2"}}
	src, err := extract.NewText(wide(spec(), cfg.HookOut), "1f0c", r, tokenizer(t), list, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func newVisionTwin(t testing.TB, r *twin, change func(*extract.VisionConfig)) *extract.Vision {
	t.Helper()
	cfg := visionConfig(change)
	cfg.HookOut = "blocks.1.mlp"
	src, err := extract.NewVision(wide(visionSpec(), cfg.HookOut), "1f0c", r, shades(9), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// wantTargets checks that each row has its target, and returns how many there are.
func wantTargets(t *testing.T, src extract.Source) (rows int) {
	t.Helper()
	for b, err := range src.Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if b.DOut != dOut || len(b.Target) != b.Len()*dOut {
			t.Fatalf("%d rows have %d values of targets of width %d", b.Len(), len(b.Target), b.DOut)
		}
		for i := range b.Len() {
			x := b.Row(i)
			if want := []float32{-x[0], -x[1], -x[2], 7}; !slices.Equal(b.TargetRow(i), want) {
				t.Fatalf("row %v has target %v, want %v", x, b.TargetRow(i), want)
			}
		}
		rows += b.Len()
	}
	return rows
}

func TestTargets(t *testing.T) {
	for _, tt := range []struct {
		src  func(*twin) extract.Source
		net  extract.Runner
		rows int
		info extract.Info
	}{
		{
			func(r *twin) extract.Source {
				return newTextTwin(t, r, func(c *extract.TextConfig) { c.StoreBatchSizePrompts = 2; c.ExcludeSpecialTokens = true })
			},
			&runner{}, 1 + 5 + 1 + 1,
			extract.Info{Model: "fake@1f0c", Hook: "transformer.h.1", DIn: dIn, Target: "transformer.h.1.mlp", DOut: dOut},
		},
		{
			func(r *twin) extract.Source {
				return newVisionTwin(t, r, func(c *extract.VisionConfig) { c.StoreBatchSizeImages = 4 })
			},
			&visionRunner{}, 9 * 6,
			extract.Info{Model: "fake@1f0c", Hook: "blocks.1", DIn: dIn, Target: "blocks.1.mlp", DOut: dOut},
		},
	} {
		r := &twin{Runner: tt.net}
		src := tt.src(r)
		if src.Info() != tt.info {
			t.Errorf("Info() = %+v, want %+v", src.Info(), tt.info)
		}
		if rows := wantTargets(t, src); rows != tt.rows {
			t.Errorf("%s: %d rows, want %d", tt.info.Hook, rows, tt.rows)
		}
		if want := []string{tt.info.Hook, tt.info.Target}; !slices.Equal(r.names, want) {
			t.Errorf("one run was asked for %q, want %q", r.names, want)
		}
		m, err := extract.Collect(t.Context(), src, tt.rows-1)
		if err != nil {
			t.Fatal(err)
		}
		if rows := wantTargets(t, m); rows != tt.rows-1 || m.Info() != tt.info {
			t.Errorf("%s: %d rows in memory, want %d; %+v", tt.info.Hook, rows, tt.rows-1, m.Info())
		}
	}
}

func TestTargetsMustBeFinite(t *testing.T) {
	ids, _, _ := tokenizer(t).Encode(nil, "c1", 0)
	_, err := collect(t, newTextTwin(t, &twin{Runner: &runner{}, poison: float32(ids[1])}, nil))
	wantError(t, "text", err, "position 1: NaN or Inf in the model's output transformer.h.1.mlp")
	_, err = collectVision(t, newVisionTwin(t, &twin{Runner: &visionRunner{}, poison: 5}, nil))
	wantError(t, "vision", err, "picture p5.png: position 2: NaN or Inf in the model's output blocks.1.mlp")
}

func TestTargetsResume(t *testing.T) {
	wantResumable(t, func() extract.Resumer {
		return newTextTwin(t, &twin{Runner: &runner{}}, func(c *extract.TextConfig) { c.StoreBatchSizePrompts, c.GroupByLength, c.Passes = 2, 2, 3 })
	}, 20)
	wantResumable(t, func() extract.Resumer {
		return newVisionTwin(t, &twin{Runner: &visionRunner{}}, func(c *extract.VisionConfig) { c.StoreBatchSizeImages, c.Passes = 4, 2 })
	}, 20)
}

func TestHookOutIsChecked(t *testing.T) {
	for want, out := range map[string]string{
		`hook_out is "transformer.h.1", as hook is`:                              "transformer.h.1",
		`hook_out "h.9": model fake has no such hook: choose one of transformer`: "h.9",
	} {
		_, err := extract.NewText(spec(), "", &runner{}, tokenizer(t), texts{}, config(func(c *extract.TextConfig) { c.HookOut = out }))
		wantError(t, out, err, want)
	}
	_, err := extract.NewVision(visionSpec(), "", &visionRunner{}, pictures{}, visionConfig(func(c *extract.VisionConfig) { c.HookOut = "blocks.9" }))
	wantError(t, "vision", err, `hook_out "blocks.9"`)
}

func TestSlice(t *testing.T) {
	b := extract.Batch{
		DIn: 2, Data: []float32{0, 1, 2, 3, 4, 5}, DOut: 1, Target: []float32{6, 7, 8},
		Origin: []extract.Origin{{Example: 0}, {Example: 1}, {Example: 2}},
	}
	want := extract.Batch{DIn: 2, Data: b.Data[2:6], DOut: 1, Target: b.Target[1:], Origin: b.Origin[1:]}
	if diff := cmp.Diff(want, b.Slice(1, 3)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
