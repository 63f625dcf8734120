package ort_test

import (
	"errors"
	"os"
	"os/signal"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/ort"
	"github.com/saego/saego/internal/native/nativetest"
	"github.com/saego/saego/models"
)

// cuda returns the options of a card.
func cuda(change func(*ort.Options)) ort.Options {
	opts := ort.DefaultOptions()
	opts.Provider = ort.CUDA
	if change != nil {
		change(&opts)
	}
	return opts
}

// computed runs the tiny network.
func computed(t *testing.T, r *ort.Runner, in []extract.Tensor, hook string) []float32 {
	t.Helper()
	out := output(hook, in[0].Shape[0], in[0].Shape[1], 16)
	if err := r.Run(t.Context(), in, []extract.Tensor{out}); err != nil {
		t.Fatal(err)
	}
	return out.Float32
}

// TestGPU wants the rows of the processor: float32's, and TensorFloat-32's where that is
// asked for.
func TestGPU(t *testing.T) {
	nativetest.RequireGPU(t)
	if !inProcess(t) {
		return
	}
	exact := opened(t, openModel(t, "testdata/inline"), cuda(nil)) // first: it loads the library
	if got := exact.Settings(); got["tf32"] != false || got["device_names"] == nil || got["cudnn"] == "" {
		t.Errorf("settings %v", got)
	} else {
		t.Logf("%v", got)
	}
	rough := opened(t, openModel(t, "testdata/inline"), cuda(func(o *ort.Options) { o.Precision = ort.TF32 }))
	cpu := opened(t, openModel(t, "testdata/inline"), ort.DefaultOptions())
	in := text(8, 64, 0)
	for hook, tolerance := range map[string]float64{"emb": 0, "mid": 1e-4, "deep": 1e-4} {
		want := computed(t, cpu, in, hook)
		if d := maxDiff(computed(t, exact, in, hook), want); !(d <= tolerance) {
			t.Errorf("%s: float32 differs by %g, want at most %g", hook, d, tolerance)
		}
	}
	if d := maxDiff(computed(t, rough, in, "mid"), computed(t, cpu, in, "mid")); !(d <= 1e-3) {
		t.Errorf("mid: tf32 differs by %g, want at most 1e-3", d)
	} else {
		t.Logf("mid: tf32 differs by %g", d)
	}
	for _, dir := range demos {
		m := openModel(t, dir)
		checkGolden(t, m, opened(t, m, cuda(nil)), 1e-4)
	}
}

// TestGPUTwoSessions runs two sessions at once, with little memory that grows as needed.
func TestGPUTwoSessions(t *testing.T) {
	nativetest.RequireGPU(t)
	if !inProcess(t) {
		return
	}
	r := opened(t, openModel(t, "testdata/inline"), cuda(func(o *ort.Options) { o.GPUMemLimit, o.GPUArena = 1024, ort.ArenaAsRequested }))
	var wg sync.WaitGroup
	for g, hook := range []string{"mid", "emb", "mid", "emb"} {
		wg.Go(func() {
			in := text(2, 4+int64(g), int64(g))
			var first []float32
			for range 20 {
				out := output(hook, 2, 4+int64(g), 16)
				if err := r.Run(t.Context(), in, []extract.Tensor{out}); err != nil {
					t.Error(err)
					return
				}
				if first == nil {
					first = out.Float32
				} else if !slices.Equal(first, out.Float32) {
					t.Errorf("%s: runs differ by %g", hook, maxDiff(first, out.Float32))
				}
			}
		})
	}
	wg.Wait()
}

// TestGPUDevices reads texts by all cards at once.
func TestGPUDevices(t *testing.T) {
	cards := nativetest.RequireGPU(t)
	if !inProcess(t) {
		return
	}
	m := demoText(t)
	want := rowsOf(t, m, opened(t, m, cuda(nil)), 150)
	var ids []int
	for _, c := range cards {
		ids = append(ids, c.ID)
	}
	got := rowsOf(t, m, opened(t, m, cuda(func(o *ort.Options) { o.DeviceIDs = ids })), 150)
	if d := maxDiff(got.Data, want.Data); !slices.Equal(got.Origin, want.Origin) || !(d <= 1e-4) {
		t.Errorf("devices %v: other rows (%d, want %d; values differ by up to %g)", ids, got.Len(), want.Len(), d)
	}
	cpu := rowsOf(t, m, opened(t, m, ort.DefaultOptions()), 150)
	if d := maxDiff(want.Data, cpu.Data); !(d <= 1e-4) {
		t.Errorf("rows differ by %g from those of the processor", d)
	}
	t.Logf("%d cards", len(cards))
}

// TestGPUHalf runs graphs of float16, and sums in float32.
func TestGPUHalf(t *testing.T) {
	nativetest.RequireGPU(t)
	if !inProcess(t) {
		return
	}
	m := network("half")
	golden, err := m.Golden()
	if err != nil {
		t.Fatal(err)
	}
	out := output("h.1", golden["h.1"].Shape...)
	err = opened(t, m, cuda(nil)).Run(t.Context(), tensors(t, golden, models.InputIDs, models.AttentionMask), []extract.Tensor{out})
	if d := maxDiff(out.Float32, golden["h.1"].Float32); err != nil || !(d <= 0.02) {
		t.Errorf("differs by %g, error %v", d, err)
	}
	long := openModel(t, "testdata/float16")
	if d := halfDrift(t, opened(t, long, cuda(nil)), long); !(d.RelativeL2 < 1e-3) {
		t.Errorf("long sums: drift %+v, want at most 1e-3", d)
	}
}

// TestGPUAuto wants auto to take the card.
func TestGPUAuto(t *testing.T) {
	nativetest.RequireGPU(t)
	if !inProcess(t) {
		return
	}
	opts := ort.DefaultOptions()
	opts.Provider = ort.Auto
	r := opened(t, openModel(t, "../../internal/demo/vision"), opts)
	if r.Provider() != ort.CUDA {
		t.Errorf("auto takes %s: %q", r.Provider(), r.Passed())
	}
}

// TestGPUSignals wants Go's handlers to be in place behind a run, whatever CUDA has set.
func TestGPUSignals(t *testing.T) {
	nativetest.RequireGPU(t)
	if !inProcess(t) {
		return
	}
	r := opened(t, openModel(t, "testdata/inline"), cuda(nil))
	for rows := range int64(3) { // each a new shape
		computed(t, r, text(1+rows, 4, 0), "mid")
		for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
			c := make(chan os.Signal, 1)
			signal.Notify(c, s)
			if err := syscall.Kill(syscall.Getpid(), s); err != nil {
				t.Fatal(err)
			}
			select {
			case <-c:
			case <-time.After(10 * time.Second):
				t.Errorf("%v does not reach Go", s)
			}
			signal.Stop(c)
		}
		if err := nilPointer(); err == nil {
			t.Error("a nil pointer is no panic")
		}
	}
}

// nilPointer returns the panic of one, which is SIGSEGV.
func nilPointer() (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("it panicked")
		}
	}()
	var p *[4096]int
	p[7]++
	return nil
}
