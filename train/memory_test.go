package train_test

import (
	"context"
	"iter"
	"runtime"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// heap returns the bytes in use.
func heap() int {
	runtime.GC()
	runtime.GC() // the first one's finalizers
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// repeated is a source of one batch without end.
type repeated struct{ extract.Batch }

func (r repeated) Info() extract.Info { return extract.Info{DIn: r.DIn, DOut: r.DOut} }

func (r repeated) Batches(context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for ok := true; ok; {
			ok = yield(r.Batch, nil)
		}
	}
}

// heldBy returns the most bytes that a run held behind one of its steps.
func heldBy(t *testing.T, c sae.Config, cfg train.Config, src extract.Source) (most int) {
	t.Helper()
	before := heap()
	m, err := sae.New(c)
	if err != nil {
		t.Fatal(err)
	}
	tr := trainer(t, m, cfg, train.Hooks{Step: func(train.StepInfo) { most = max(most, heap()-before) }})
	if _, err := tr.Run(t.Context(), src); err != nil {
		t.Fatal(err)
	}
	return most
}

// The formula holds for each of its terms: a shape makes each of them the largest.
func TestMemoryFormula(t *testing.T) {
	for _, arch := range sae.Trainable() {
		for name, s := range map[string]struct {
			dIn, dSAE, rows int
			k               float64
		}{
			"weights": {256, 1024, 128, 4}, "rows": {256, 64, 1024, 4}, "codes": {32, 512, 1024, 128}, "encoder": {16, 2048, 600, 4},
		} {
			t.Run(arch+"/"+name, func(t *testing.T) {
				c := sae.DefaultConfig()
				c.Architecture, c.DIn, c.DSAE, c.K = arch, s.dIn, s.dSAE, s.k
				if c.Transcodes() {
					c.DOut = s.dIn
				}
				if arch == sae.MatryoshkaBatchTopK {
					c.MatryoshkaWidths = []int{c.DSAE / 4, c.DSAE / 2}
				}
				cfg := train.DefaultConfig()
				cfg.TrainBatchSizeSamples, cfg.TotalTrainingSamples, cfg.NormEstimateBatches = s.rows, 3*s.rows, 2
				got := heldBy(t, c, cfg, repeated{extract.Batch{
					DIn: c.DIn, Data: normal(s.rows*c.DIn, 1), DOut: c.DOut, Target: normal(s.rows*c.DOut, 2),
				}})
				want := cfg.Memory(c, runtime.GOMAXPROCS(0))
				most, least := want.Total(), want.Total()-want.Dead-want.Held
				if float64(got) > 1.15*float64(most) || float64(got) < 0.6*float64(least) {
					t.Errorf("%d bytes, the formula gives %d to %d: %+v", got, least, most, want)
				}
			})
		}
	}
}
