package extract_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/saego/saego/extract"
)

// fan is a network on several devices, each of which takes its time.
type fan []*device

func newFan(n int, network func() extract.Runner) (f fan) {
	working := new(atomic.Int32)
	for range n {
		f = append(f, &device{network: network(), working: working})
	}
	return f
}

func (f fan) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	return f[0].Run(ctx, inputs, outputs)
}

func (f fan) Devices() (all []extract.Runner) {
	for _, d := range f {
		all = append(all, d)
	}
	return all
}

// most returns how many devices were at work at once.
func (f fan) most() (n int32) {
	for _, d := range f {
		n = max(n, d.most)
	}
	return n
}

// device is one of them. No two goroutines may use it at once.
type device struct {
	network extract.Runner
	runs    int
	working *atomic.Int32 // devices
	most    int32
	busy    atomic.Bool
	before  func(ctx context.Context, run int) error // nil for nothing
}

func (d *device) Run(ctx context.Context, inputs, outputs []extract.Tensor) error {
	if d.busy.Swap(true) {
		return errors.New("two runs at once")
	}
	defer d.busy.Store(false)
	d.most = max(d.most, d.working.Add(1))
	defer d.working.Add(-1)
	d.runs++
	if d.before != nil {
		if err := d.before(ctx, d.runs); err != nil {
			return err
		}
	}
	time.Sleep(time.Duration(rand.IntN(100)) * time.Microsecond)
	return d.network.Run(ctx, inputs, outputs)
}

// wantAlike compares batches, cursors, counts and the end of sources over one device and
// over several.
func wantAlike(t *testing.T, open func(extract.Runner) extract.Resumer, network func() extract.Runner, most int) {
	t.Helper()
	want, wantEnd := record(t, open(network()), extract.Cursor{}, most)
	before := runtime.NumGoroutine()
	for n := 1; n <= 4; n++ {
		got, end := record(t, open(newFan(n, network)), extract.Cursor{}, most)
		if end != wantEnd || len(got) != len(want) || len(got) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("%d devices: ends with %q, want %q (-want +got):\n%s", n, end, wantEnd, cmp.Diff(want, got))
		}
	}
	wantGoroutines(t, before)
}

// Rows, cursors and counts are those of one device, to the end, also where that is an error.
func TestFanOfTexts(t *testing.T) {
	poison, _, _ := tokenizer(t).Encode(nil, "a1", 0)
	for seed := range uint64(40) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			list := randomTexts(rng)
			if rng.IntN(4) == 0 {
				list.err = io.ErrUnexpectedEOF
			}
			network := func() extract.Runner { return &runner{} }
			if rng.IntN(6) == 0 {
				network = func() extract.Runner { return &runner{poison: int64(poison[0]), bad: math.Inf(1)} }
			}
			cfg := config(func(c *extract.TextConfig) {
				c.StoreBatchSizePrompts, c.GroupByLength, c.Passes = 1+rng.IntN(3), rng.IntN(4), rng.IntN(4)
				c.ExcludePadding, c.ExcludeSpecialTokens = rng.IntN(2) == 0, rng.IntN(2) == 0
			})
			wantAlike(t, func(r extract.Runner) extract.Resumer { return newText(t, r, list, cfg) }, network, 25)
		})
	}
}

func TestFanOfPictures(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 2))
			list := shades(1 + rng.IntN(40))
			for i := range list.files {
				if rng.IntN(8) == 0 {
					list.files[i] = nil
				}
			}
			if rng.IntN(4) == 0 {
				list.err = io.ErrUnexpectedEOF
			}
			list.delay = true
			network := func() extract.Runner { return &visionRunner{} }
			if rng.IntN(4) == 0 {
				network = func() extract.Runner { return &visionRunner{poison: 7} }
			}
			size, passes, skipped := 1+rng.IntN(5), rng.IntN(3), float64(rng.IntN(2))
			wantAlike(t, func(r extract.Runner) extract.Resumer {
				return newVision(t, r, list, func(c *extract.VisionConfig) {
					c.StoreBatchSizeImages, c.Passes, c.MaxSkipped = size, passes, skipped
				})
			}, network, 25)
		})
	}
}

// oneText is a config of batches of a text each.
func oneText(c *extract.TextConfig) { c.StoreBatchSizePrompts, c.GroupByLength, c.Passes = 1, 0, 0 }

// Each device computes every third batch, and all are at work at once.
func TestFanTakesTurns(t *testing.T) {
	f := newFan(3, func() extract.Runner { return &runner{} })
	n := 0
	for _, err := range newText(t, f, texts{list: []string{"a1", "c1", "d1", "e1"}}, config(oneText)).Batches(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 40 { // ten passes
			break
		}
	}
	// Each pass starts with the first device, so that it has two of four batches.
	if r := [3]int{f[0].runs, f[1].runs, f[2].runs}; r[0] != 20 || r[1] != 10 || r[2] != 10 {
		t.Errorf("runs %v, want [20 10 10]", r)
	}
	if got := f.most(); got != 3 {
		t.Errorf("%d devices at work at once, want 3", got)
	}
}

// An error of one device comes behind the batches before it, and stops the others.
func TestFanStopsAtAnError(t *testing.T) {
	before := runtime.NumGoroutine()
	boom := errors.New("boom")
	f := newFan(3, func() extract.Runner { return &runner{} })
	others := make(chan struct{})
	f[1].before = func(_ context.Context, run int) error {
		if run == 3 { // batch 7
			<-others
			return boom
		}
		return nil
	}
	stopped := false
	f[2].before = func(ctx context.Context, run int) error {
		if run < 3 {
			return nil
		}
		close(others)
		<-ctx.Done() // batch 8 would go on for ever
		stopped = true
		return context.Cause(ctx)
	}
	var list []string
	for range 20 {
		list = append(list, "a1")
	}
	n, last := 0, error(nil)
	for b, err := range newText(t, f, texts{list: list}, config(oneText)).Batches(t.Context()) {
		if last = err; err == nil {
			if got := int(b.Origin[0].Example); got != 100+n {
				t.Errorf("batch %d is of example %d", n, got)
			}
			n++
		}
	}
	if n != 7 || !errors.Is(last, boom) || !stopped {
		t.Errorf("%d batches, then %v, the other stopped: %t; want 7, then %v", n, last, stopped, boom)
	}
	wantGoroutines(t, before)
}

// A context that ends reaches every device, and a consumer that breaks off, too.
func TestFanIsCancelled(t *testing.T) {
	cause := errors.New("enough")
	for name, stop := range map[string]func(cancel context.CancelCauseFunc) (goOn bool){
		"context":  func(cancel context.CancelCauseFunc) bool { cancel(cause); return true },
		"consumer": func(context.CancelCauseFunc) bool { return false },
	} {
		t.Run(name, func(t *testing.T) {
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			f := newFan(2, func() extract.Runner { return &visionRunner{} })
			f[1].before = func(ctx context.Context, _ int) error {
				<-ctx.Done()
				return context.Cause(ctx)
			}
			var last error
			src := newVision(t, f, shades(40), func(c *extract.VisionConfig) { c.StoreBatchSizeImages = 4 })
			for _, err := range src.Batches(ctx) {
				last = err
				if err == nil && !stop(cancel) {
					break
				}
			}
			if name == "context" && !errors.Is(last, cause) {
				t.Errorf("ends with %v, want %v", last, cause)
			}
			wantGoroutines(t, before)
		})
	}
}

// A panic of a device is one of the caller's.
func TestFanPanics(t *testing.T) {
	before := runtime.NumGoroutine()
	f := newFan(2, func() extract.Runner { return &runner{} })
	f[1].before = func(context.Context, int) error { panic("thrown") }
	func() {
		defer func() {
			if got := recover(); got != "thrown" {
				t.Errorf("panics with %v", got)
			}
		}()
		for _, err := range newText(t, f, texts{list: []string{"a1", "c1", "d1"}}, config(oneText)).Batches(t.Context()) {
			if err != nil {
				t.Error(err)
			}
		}
	}()
	wantGoroutines(t, before)
}
