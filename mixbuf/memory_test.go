package mixbuf_test

import (
	"context"
	"iter"
	"runtime"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/mixbuf"
)

func TestMemory(t *testing.T) {
	for _, out := range []int{0, 300} {
		b := extract.Batch{DIn: 200, Data: make([]float32, 100*200), DOut: out, Target: make([]float32, 100*out), Origin: make([]extract.Origin, 100)}
		cfg := mixbuf.Config{BufferSize: 1000, BatchSize: 100, MixFraction: 0.5}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range newBuffer(t, endless{b}, cfg).Batches(t.Context()) {
			break
		}
		runtime.ReadMemStats(&after)
		got, want := float64(after.TotalAlloc-before.TotalAlloc), float64(cfg.Memory(200, out))
		if got > 1.15*want || got < 0.9*want {
			t.Errorf("d_out %d: a pass takes %g bytes, Memory says %g", out, got, want)
		}
	}
}

// endless is a source of one batch without end.
type endless struct{ extract.Batch }

func (e endless) Info() extract.Info { return extract.Info{DIn: e.DIn, DOut: e.DOut} }

func (e endless) Batches(context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for ok := true; ok; {
			ok = yield(e.Batch, nil)
		}
	}
}
