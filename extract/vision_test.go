package extract_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"log/slog"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/models"
)

func TestVisionRows(t *testing.T) {
	for _, tt := range []struct {
		rows     string
		from, to int
		want     extract.Counts
	}{
		{extract.RowsPatches, prefix, positions, extract.Counts{Passes: 1, Examples: 37, Tokens: 37 * 8, Rows: 37 * 6, Special: 37 * 2}},
		{extract.RowsCLS, 0, 1, extract.Counts{Passes: 1, Examples: 37, Tokens: 37 * 8, Rows: 37, Special: 37, Patches: 37 * 6}},
		{extract.RowsAll, 0, positions, extract.Counts{Passes: 1, Examples: 37, Tokens: 37 * 8, Rows: 37 * 8}},
	} {
		t.Run(tt.rows, func(t *testing.T) {
			ds := shades(37)
			ds.delay = true
			r := &visionRunner{}
			src := newVision(t, r, ds, func(c *extract.VisionConfig) { c.Rows = tt.rows })
			got, err := collectVision(t, src)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(wantPatches(upTo(37), tt.from, tt.to), got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.want, src.Counts()); diff != "" {
				t.Errorf("counts (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([][]int64{{5, 3, 4, 6}, {5, positions, dIn}}, r.shapes[4:]); diff != "" {
				t.Errorf("last shapes fed (-want +got):\n%s", diff)
			}
			again, err := collectVision(t, src)
			if err != nil || !slices.Equal(got, again) {
				t.Errorf("the second call differs from the first: %v", err)
			}
		})
	}
	want := extract.Info{Model: "fake@1f0c", Hook: "blocks.1", DIn: dIn}
	if info := newVision(t, nil, pictures{}, nil).Info(); info != want {
		t.Errorf("Info() = %+v, want %+v", info, want)
	}
}

func TestVisionSkipsWhatCannotBeRead(t *testing.T) {
	ds := shades(12)
	ds.open = new(atomic.Int64)
	ds.files[1] = nil
	ds.files[4] = []byte("not a picture")
	ds.files[5] = ds.files[5][:len(ds.files[5])/2]
	ds.files[11] = bombPNG()
	var log bytes.Buffer
	src := newVision(t, &visionRunner{}, ds, func(c *extract.VisionConfig) {
		c.StoreBatchSizeImages, c.Passes = 3, 5 // 4 of 12 in each pass: the limit is for one pass
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	got, err := collectVision(t, src)
	if err != nil {
		t.Fatal(err)
	}
	pass := wantPatches([]int{0, 2, 3, 6, 7, 8, 9, 10}, prefix, positions)
	if diff := cmp.Diff(slices.Repeat(pass, 5), got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if c := src.Counts(); c.Failed != 20 || c.Examples != 40 || c.Passes != 5 {
		t.Errorf("counts are %v", c)
	}
	for _, want := range []string{`id=p1.png cause="no such file"`, "id=p4.png", "id=p5.png", "id=p11.png"} {
		if strings.Count(log.String(), want) != 5 {
			t.Errorf("log tells of %q %d times, want 5", want, strings.Count(log.String(), want))
		}
	}
	if n := ds.open.Load(); n != 0 {
		t.Errorf("%d files are still open", n)
	}
}

func TestVisionErrors(t *testing.T) {
	boom := errors.New("boom")
	mostlyBroken := shades(30)
	for i := 5; i < 20; i++ {
		mostlyBroken.files[i] = []byte("broken")
	}
	oneBroken := shades(4)
	oneBroken.files[2] = bombPNG()
	endsBadly := shades(3)
	endsBadly.err = boom
	for _, tt := range []struct {
		name   string
		ds     pictures
		runner *visionRunner
		change func(*extract.VisionConfig)
		want   []string
		cause  error
	}{
		{"dataset", endsBadly, &visionRunner{}, nil, []string{`extract: vision: hook "blocks.1": boom`}, boom},
		{"runner", shades(3), &visionRunner{err: boom}, nil, []string{"pictures p0.png to p2.png: boom"}, boom},
		{"not finite", shades(9), &visionRunner{poison: 7}, nil, []string{"picture p7.png: position 7: NaN or Inf"}, nil},
		{
			"too many broken", mostlyBroken, &visionRunner{}, nil,
			[]string{"11 of the first 16 pictures cannot be read, more than the 10", "picture p13.png", "picture p15.png: image: unknown format"},
			image.ErrFormat,
		},
		{
			"none may be broken", oneBroken, &visionRunner{}, func(c *extract.VisionConfig) { c.MaxSkipped = 0 },
			[]string{"1 of the first 3 pictures", "more than the 0", "picture p2.png: 60000 x 60000 pixels, more than 178956970"},
			nil,
		},
		{"empty", pictures{}, &visionRunner{}, func(c *extract.VisionConfig) { c.Passes = 0 }, []string{"no rows", "the dataset is empty"}, extract.ErrNoRows},
		{
			"all broken",
			pictures{files: make([][]byte, 4)},
			&visionRunner{}, func(c *extract.VisionConfig) { c.Passes = 0 },
			[]string{"no rows: 0 rows of 0 tokens in 0 examples, 4 examples failed: no picture could be read"},
			extract.ErrNoRows,
		},
	} {
		_, err := collectVision(t, newVision(t, tt.runner, tt.ds, tt.change))
		for _, want := range tt.want {
			wantError(t, tt.name, err, want)
		}
		if tt.cause != nil && !errors.Is(err, tt.cause) {
			t.Errorf("%s: error %v does not wrap %v", tt.name, err, tt.cause)
		}
	}
}

func TestNewVisionRejects(t *testing.T) {
	noCLS := visionSpec()
	noCLS.Vision.PrefixTokens = 0
	twoInputs := visionSpec()
	twoInputs.Inputs = append(twoInputs.Inputs, twoInputs.Inputs[0])
	for _, tt := range []struct {
		name string
		spec *models.Spec
		cfg  extract.VisionConfig
		want string
	}{
		{
			"zero config", visionSpec(),
			extract.VisionConfig{MaxSkipped: math.NaN(), Workers: -1, Passes: -1, Pillow: 9},
			"hook is empty, want the name of a hook point\nstore_batch_size_images is 0, want at least 1\npasses is -1",
		},
		{"zero config's limits", visionSpec(), extract.VisionConfig{}, "max_pixels is 0, want at least 1\nmax_bytes is 0"},
		{"text model", spec(), visionConfig(nil), "model fake is not a vision model: its family is gpt2-classifier"},
		{"wrong hook", visionSpec(), visionConfig(func(c *extract.VisionConfig) { c.Hook = "blocks.9" }), "choose one of blocks.0, blocks.1"},
		{"no class token", noCLS, visionConfig(func(c *extract.VisionConfig) { c.Rows = extract.RowsCLS }), `choose "patches"`},
		{"two inputs", twoInputs, visionConfig(nil), "want one input"},
	} {
		_, err := extract.NewVision(tt.spec, "", &visionRunner{}, pictures{}, tt.cfg)
		wantError(t, tt.name, err, tt.want)
	}
}

func TestVisionStops(t *testing.T) {
	before := runtime.NumGoroutine()
	for stop := range 4 {
		ds := shades(40)
		ds.delay, ds.open = true, new(atomic.Int64)
		src := newVision(t, &visionRunner{}, ds, func(c *extract.VisionConfig) { c.Passes, c.StoreBatchSizeImages = 0, 5 })
		n := 0
		for _, err := range src.Batches(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n > 3*stop {
				break
			}
		}
		if open := ds.open.Load(); open != 0 {
			t.Errorf("after batch %d: %d files are open", n, open)
		}
		wantGoroutines(t, before)
	}
}

func TestVisionCancelled(t *testing.T) {
	before := runtime.NumGoroutine()
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	src := newVision(t, &visionRunner{}, shades(40), func(c *extract.VisionConfig) { c.Passes = 0 })
	var last error
	n := 0
	for _, err := range src.Batches(ctx) {
		if last = err; err == nil {
			n++
			cancel(cause)
		}
	}
	if n != 1 || !errors.Is(last, cause) {
		t.Errorf("%d batches, then %v; want 1, then %v", n, last, cause)
	}
	for _, err := range src.Batches(ctx) {
		if !errors.Is(err, cause) {
			t.Errorf("a cancelled call yields %v, want %v", err, cause)
		}
	}
	wantGoroutines(t, before)
}

// wantGoroutines gives goroutines that have done their work a moment to vanish.
func wantGoroutines(t *testing.T, want int) {
	t.Helper()
	for range 100 {
		if runtime.NumGoroutine() <= want {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines, want %d", runtime.NumGoroutine(), want)
}

func TestVisionFollowsTheExportersPillow(t *testing.T) {
	tall := image.NewNRGBA(image.Rect(0, 0, 9, 90)) // shrunk in height alone, where the order matters
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range tall.Pix {
		tall.Pix[i] = uint8(255 * rng.IntN(2))
	}
	tall.Set(0, 0, color.White)
	var file bytes.Buffer
	if err := png.Encode(&file, tall); err != nil {
		t.Fatal(err)
	}
	input := func(version string, pillow int) (fed []float32) {
		spec := visionSpec()
		spec.ExportedBy = map[string]string{"pillow": version}
		spec.Vision.ResizeMode = models.ResizeExact
		src, err := extract.NewVision(spec, "", recorder{&fed}, pictures{files: [][]byte{file.Bytes()}},
			visionConfig(func(c *extract.VisionConfig) { c.Pillow = pillow }))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := collectVision(t, src); err != nil {
			t.Fatal(err)
		}
		return fed
	}
	old, new := input("", 12), input("", 13)
	if slices.Equal(old, new) {
		t.Fatal("the picture does not tell Pillow 12 from 13")
	}
	for version, want := range map[string][]float32{"": old, "11.3.0": old, "13.0.0": new, "14.1": new, "unknown": old} {
		if !slices.Equal(input(version, 0), want) {
			t.Errorf("Pillow %q: the other order was used", version)
		}
	}
}

// recorder keeps what the network is fed.
type recorder struct{ fed *[]float32 }

func (r recorder) Run(_ context.Context, inputs, outputs []extract.Tensor) error {
	*r.fed = slices.Clone(inputs[0].Float32)
	clear(outputs[0].Float32)
	return nil
}
