package train_test

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/mixbuf"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// mixed returns a buffer over all rows of the stream.
func mixed(t *testing.T) *mixbuf.Buffer {
	t.Helper()
	src := batches{width, batch, streamRows}
	rows, err := extract.Collect(t.Context(), src, 0)
	if err != nil {
		t.Fatal(err)
	}
	b, err := mixbuf.New(rows, mixbuf.Config{BufferSize: 4 * batch, BatchSize: batch, MixFraction: 0.5, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestResumeWithBuffer goes on with mixed rows: the buffer's own state and the trainer's
// are kept together, also while batches are held that the buffer has given out.
func TestResumeWithBuffer(t *testing.T) {
	cfg := trainable(t)[0]
	p := plans[1]
	whole := p.trial(t, cfg)
	whole.trainer = trainer(t, whole.model(), whole.cfg, whole.hooks())
	want, err := whole.trainer.Run(t.Context(), mixed(t))
	if err != nil {
		t.Fatal(err)
	}
	for k := 1; k < steps; k++ {
		ctx, cancel := context.WithCancelCause(t.Context())
		first, source, state := p.trial(t, cfg), mixed(t), bytes.Buffer{}
		dir := t.TempDir()
		hooks := first.hooks()
		hooks.Step = func(i train.StepInfo) {
			if i.Step == k {
				cancel(errBoom)
			}
		}
		hooks.Checkpoint = func(context.Context, train.State) error {
			state.Reset()
			if err := source.WriteState(&state); err != nil {
				return err
			}
			return first.trainer.Save(dir, sae.Provenance{})
		}
		first.trainer = trainer(t, first.model(), first.cfg, hooks)
		if _, err := first.trainer.Run(ctx, source); err == nil {
			t.Fatal("no error")
		}
		second, source := p.trial(t, cfg), mixed(t)
		if err := source.ReadState(&state); err != nil {
			t.Fatal(err)
		}
		if second.trainer, err = train.Resume(dir, second.model(), second.cfg, second.hooks()); err != nil {
			t.Fatal(err)
		}
		got, err := second.trainer.Run(t.Context(), source)
		if err != nil {
			t.Fatal(err)
		}
		same(t, fmt.Sprintf("from step %d", k), diary{}, diary{}, got, want)
	}
}
