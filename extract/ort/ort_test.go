package ort_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/native/nativetest"
	"github.com/saego/saego/models"
)

func TestGolden(t *testing.T) {
	for _, dir := range []string{"testdata/inline", "testdata/external", "../../internal/demo/text", "../../internal/demo/vision"} {
		t.Run(dir, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join(dir, models.SpecFile)); err != nil {
				t.Skip("no model folder here")
			}
			m := openModel(t, dir)
			if err := m.Verify(); err != nil {
				t.Error(err)
			}
			checkGolden(t, m, openRunner(t, m, ort.DefaultOptions()), 1e-4)
		})
	}
}

func TestEmbedded(t *testing.T) {
	m, err := models.OpenFS(os.DirFS("testdata/inline"), "embedded")
	if err != nil {
		t.Fatal(err)
	}
	checkGolden(t, m, openRunner(t, m, ort.DefaultOptions()), 1e-4)
}

// TestLinkedFolder reads folders whose files are links into a store, as a Hugging
// Face cache makes them.
func TestLinkedFolder(t *testing.T) {
	store, dir := t.TempDir(), t.TempDir()
	names, err := filepath.Glob("testdata/external/*")
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		blob := filepath.Join(store, "blob"+string(rune('a'+i)))
		if err := os.WriteFile(blob, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(blob, filepath.Join(dir, filepath.Base(name))); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(dir, link); err != nil {
		t.Fatal(err)
	}
	m := openModel(t, link)
	checkGolden(t, m, openRunner(t, m, ort.DefaultOptions()), 1e-4)
	if left, _ := filepath.Glob(filepath.Join(store, ".saego-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestOutputsInPlace checks that a run writes only what was asked for, into the
// caller's memory, whatever the order of the inputs.
func TestOutputsInPlace(t *testing.T) {
	r := tiny(t)
	in := text(2, 3, 5)
	slices.Reverse(in)
	emb, mid := output("emb", 2, 3, 16), output("mid", 2, 3, 16)
	if err := r.Run(t.Context(), in, []extract.Tensor{mid, emb}); err != nil {
		t.Fatal(err)
	}
	again := output("emb", 2, 3, 16)
	if err := r.Run(t.Context(), in, []extract.Tensor{again}); err != nil {
		t.Fatal(err)
	}
	if emb.Float32[0] == 0 || slices.Equal(emb.Float32, mid.Float32) || !slices.Equal(emb.Float32, again.Float32) {
		t.Errorf("emb %v, mid %v, emb again %v", emb.Float32[:4], mid.Float32[:4], again.Float32[:4])
	}
}

func TestRunFaults(t *testing.T) {
	r := tiny(t)
	emb := []extract.Tensor{output("emb", 1, 3, 16)}
	float := text(1, 3, 0)
	float[0] = extract.Tensor{Name: models.InputIDs, Shape: []int64{1, 3}, Float32: make([]float32, 3)}
	uneven := text(1, 3, 0)
	uneven[1] = text(1, 4, 0)[1]
	for _, tc := range []struct {
		name    string
		inputs  []extract.Tensor
		outputs []extract.Tensor
		want    string
	}{
		{"unknown output", text(1, 3, 0), []extract.Tensor{output("layer999", 1, 3, 16)}, `no tensor and no module "layer999"`},
		{"no output", text(1, 3, 0), nil, "no output is asked for"},
		{"missing input", text(1, 3, 0)[:1], emb, `input "attention_mask" is not given`},
		{"unknown input", append(text(1, 3, 0), output("pixels", 1)), emb, `no input "pixels" in the graph: there are input_ids, attention_mask`},
		{"twice", append(text(1, 3, 0), text(1, 3, 0)[0]), emb, `input "input_ids" is given twice`},
		{"wrong type", float, emb, "float32 is given, the graph has"},
		{"wrong axes", text(1, 3, 0), []extract.Tensor{output("emb", 3, 16)}, `output "emb" has shape [3 16]`},
		{"wrong width", text(1, 3, 0), []extract.Tensor{output("emb", 1, 3, 8)}, "has shape [1 3 8], the graph has"},
		{"wrong sequence", text(1, 3, 0), []extract.Tensor{output("emb", 1, 4, 16)}, "run: "},
		{"uneven inputs", uneven, emb, "run: "},
		{"short memory", text(1, 3, 0), []extract.Tensor{{Name: "emb", Shape: []int64{1, 3, 16}, Float32: make([]float32, 3)}}, "3 values do not fill shape [1 3 16]"},
		{"no memory", text(1, 3, 0), []extract.Tensor{{Name: "emb", Shape: []int64{1, 3, 16}}}, "want either Float32 or Int64 set"},
		{"no rows", text(0, 3, 0), []extract.Tensor{output("emb", 0, 3, 16)}, "or there are none"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := r.Run(t.Context(), tc.inputs, tc.outputs)
			if err == nil || !strings.HasPrefix(err.Error(), "ort: testdata/inline: ") || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q in it", err, tc.want)
			}
		})
	}
}

func TestConcurrentRuns(t *testing.T) {
	r := tiny(t)
	var wg sync.WaitGroup
	for g := range int64(6) {
		wg.Go(func() {
			in := text(2, 4+g, g)
			want, got := output("mid", 2, 4+g, 16), output("mid", 2, 4+g, 16)
			other := output("emb", 2, 4+g, 16) // a second session, made by whoever comes first
			for i := range 20 {
				out := []extract.Tensor{got}
				if i == 0 {
					out = []extract.Tensor{want}
				}
				if err := errors.Join(r.Run(t.Context(), in, out), r.Run(t.Context(), in, []extract.Tensor{other})); err != nil {
					t.Error(err)
					return
				}
				if i > 0 && !slices.Equal(got.Float32, want.Float32) {
					t.Errorf("goroutine %d, run %d: another result", g, i)
				}
			}
		})
	}
	wg.Wait()
}

func TestCancel(t *testing.T) {
	r := tiny(t)
	in := text(64, 4096, 0) // seconds of work
	out := []extract.Tensor{output("deep", 64, 4096, 16)}
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(200*time.Millisecond, func() { cancel(cause) })
	begin := time.Now()
	err := r.Run(ctx, in, out)
	if !errors.Is(err, cause) {
		t.Errorf("after %v: error %v, want the cause of the cancellation", time.Since(begin), err)
	}
	if err := r.Run(ctx, in, out); !errors.Is(err, cause) {
		t.Errorf("ended context: error %v", err)
	}
	if err := r.Run(t.Context(), text(1, 2, 0), []extract.Tensor{output("deep", 1, 2, 16)}); err != nil {
		t.Errorf("run after a cancelled one: %v", err)
	}
}

func TestClose(t *testing.T) {
	nativetest.RequireORT(t)
	r, err := ort.Open(openModel(t, "testdata/inline"), ort.DefaultOptions())
	if err != nil {
		t.Fatal(err)
	}
	out := []extract.Tensor{output("emb", 1, 2, 16)}
	if err := r.Run(t.Context(), text(1, 2, 0), out); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Close(), r.Close()); err != nil {
		t.Error(err)
	}
	if err := r.Run(t.Context(), text(1, 2, 0), out); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("run after Close: %v", err)
	}
}
