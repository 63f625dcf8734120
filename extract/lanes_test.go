package extract_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/saego/saego/extract"
)

// laned is a processor that computes several forward passes at once.
type laned struct{ lanes fan }

func newLaned(n int, network func() extract.Runner) laned { return laned{newFan(n, network)} }

func (l laned) Run(context.Context, []extract.Tensor, []extract.Tensor) error {
	return errors.New("a whole batch")
}

func (l laned) Lanes() []extract.Runner { return l.lanes.Devices() }

// newCausals returns a causal network with lanes, and what these compute.
func newCausals(n int) (laned, []*causal) {
	var nets []*causal
	return newLaned(n, func() extract.Runner {
		nets = append(nets, &causal{})
		return nets[len(nets)-1]
	}), nets
}

// sum is what networks have computed together.
func sum(nets []*causal) *causal {
	c := &causal{}
	for _, n := range nets {
		c.shapes, c.texts, c.positions = append(c.shapes, n.shapes...), c.texts+n.texts, c.positions+n.positions
	}
	return c
}

// Texts of up to 150 tokens go through the network one or several at a time: no more than
// 256 positions, nor than the batch size.
func TestForwardPassesOfLanesAreSmall(t *testing.T) {
	var list []string
	for _, n := range []int{150, 20, 100, 110, 20, 20, 30, 120, 20, 149, 10} {
		list = append(list, strings.Repeat("a1", n)[:n])
	}
	cfg := config(func(c *extract.TextConfig) {
		c.Hook, c.ContextSize, c.StoreBatchSizePrompts, c.GroupByLength = "transformer.h.0", 150, 4, 8
	})
	s := spec()
	s.Text.ContextSize = 150
	read := func(r extract.Runner) all {
		src, err := extract.NewText(s, "1f0c", r, tokenizer(t), texts{list: list}, cfg)
		if err != nil {
			t.Fatal(err)
		}
		return readAll(t, src)
	}
	r, nets := newCausals(1)
	got, want := read(r), read(&causal{})
	if shapes := [][]int64{{1, 150}, {1, 149}, {2, 120}, {2, 100}, {4, 20}, {1, 10}}; !reflect.DeepEqual(nets[0].shapes, shapes) {
		t.Errorf("fed %v, want %v", nets[0].shapes, shapes)
	}
	if got.Counts.Padding != 10+70 || want.Counts.Padding <= got.Counts.Padding {
		t.Errorf("%d positions of padding, %d in whole batches, want 80 and more", got.Counts.Padding, want.Counts.Padding)
	}
	got.Counts.Padding, want.Counts.Padding = 0, 0
	if !reflect.DeepEqual(got, want) {
		t.Errorf("rows differ from those of whole batches")
	}
}

// Pictures come in their order, whichever lane has computed them.
func TestLanesOfPictures(t *testing.T) {
	before := runtime.NumGoroutine()
	list := shades(70)
	open := func(r extract.Runner) extract.Resumer {
		return newVision(t, r, list, func(c *extract.VisionConfig) { c.StoreBatchSizeImages = 64 })
	}
	r := newLaned(3, func() extract.Runner { return &visionRunner{} })
	got, end := record(t, open(r), extract.Cursor{}, 10)
	want, wantEnd := record(t, open(&visionRunner{}), extract.Cursor{}, 10)
	if end != wantEnd || !reflect.DeepEqual(got, want) {
		t.Errorf("batches differ from those without lanes; the end is %q, want %q", end, wantEnd)
	}
	for _, d := range r.lanes {
		for _, s := range d.network.(*visionRunner).shapes {
			if len(s) == 3 && s[0]*s[1] > 256 {
				t.Errorf("a pass of %d pictures of %d positions", s[0], s[1])
			}
		}
	}
	wantGoroutines(t, before)
}

// forward runs r on n sequences of 100 positions, two in a pass.
func forward(ctx context.Context, r extract.Runner, n int) ([]float32, error) {
	ids, mask, out := make([]int64, n*100), make([]int64, n*100), make([]float32, n*100)
	for i := range ids {
		ids[i] = int64(i)
	}
	shape := []int64{int64(n), 100}
	return out, extract.Forward(ctx, r, 100,
		[]extract.Tensor{{Name: "input_ids", Shape: shape, Int64: ids}, {Name: "attention_mask", Shape: shape, Int64: mask}},
		[]extract.Tensor{{Name: "hook", Shape: []int64{int64(n), 100, 1}, Float32: out}})
}

func TestForward(t *testing.T) {
	r, nets := newCausals(2)
	met := make(chan struct{}) // by both lanes at once
	for i, d := range r.lanes {
		d.before = func(_ context.Context, run int) error {
			switch {
			case run == 1 && i == 0:
				met <- struct{}{}
			case run == 1:
				<-met
			}
			return nil
		}
	}
	got, err := forward(t.Context(), r, 9)
	want, wantErr := forward(t.Context(), &causal{}, 9)
	if err != nil || wantErr != nil || !slices.Equal(got, want) {
		t.Errorf("values differ from those of one pass; %v, %v", err, wantErr)
	}
	if c := sum(nets); len(c.shapes) != 5 || c.texts != 9 {
		t.Errorf("%d passes of %d sequences, want 5 of 9", len(c.shapes), c.texts)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("enough")
	cancel(enough)
	if _, err := forward(ctx, r, 9); !errors.Is(err, enough) {
		t.Errorf("of a context that has ended: %v, want %v", err, enough)
	}
}

// What cannot be divided is refused, by the name of the tensor.
func TestForwardRefuses(t *testing.T) {
	ids := extract.Tensor{Name: "ids", Shape: []int64{4, 10}, Int64: make([]int64, 40)}
	out := extract.Tensor{Name: "hook", Shape: []int64{4, 10, 1}, Float32: make([]float32, 40)}
	other := out
	other.Shape = []int64{2, 20, 1}
	r, _ := newCausals(2)
	for want, c := range map[string]struct {
		positions       int
		inputs, outputs []extract.Tensor
	}{
		"sequences of 0 positions":                               {0, []extract.Tensor{ids}, []extract.Tensor{out}},
		"the inputs hold no sequence":                            {10, nil, []extract.Tensor{out}},
		`tensor "hook" has shape [2 20 1], want 4 sequences`:     {10, []extract.Tensor{ids}, []extract.Tensor{other}},
		`tensor "" has shape [], want 4 sequences along its fir`: {10, []extract.Tensor{ids, {}}, []extract.Tensor{out}},
	} {
		err := extract.Forward(t.Context(), r, c.positions, c.inputs, c.outputs)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want one that says %q", err, want)
		}
	}
}

// failing is a network that fails from the fourth pass of [forward] on, there last.
type failing struct{}

func (failing) Run(_ context.Context, inputs, _ []extract.Tensor) error {
	switch pass := inputs[0].Int64[0] / 200; {
	case pass == 3:
		time.Sleep(time.Millisecond)
		fallthrough
	case pass > 3:
		return fmt.Errorf("pass %d", pass)
	}
	return nil
}

// The error is that of the first pass that fails, and a panic is one of the caller's.
func TestForwardFails(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 50 {
		r := newLaned(3, func() extract.Runner { return failing{} })
		if _, err := forward(t.Context(), r, 40); err == nil || err.Error() != "pass 3" {
			t.Fatalf("%v, want that of pass 3", err)
		}
	}
	r := newLaned(2, func() extract.Runner { return &causal{} })
	for _, d := range r.lanes {
		d.before = func(context.Context, int) error { panic("thrown") }
	}
	func() {
		defer func() {
			if got := recover(); got != "thrown" {
				t.Errorf("panics with %v", got)
			}
		}()
		_, _ = forward(t.Context(), r, 40)
	}()
	wantGoroutines(t, before)
}
