package train

import (
	"fmt"
	"slices"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/sae"
)

// rows are a batch: x (rows, d_in) and, for a transcoder, target (rows, d_out).
type rows struct{ x, target []float32 }

// wanted returns what the reconstruction should be.
func (r rows) wanted() []float32 {
	if r.target != nil {
		return r.target
	}
	return r.x
}

// check says whether a source gives what m takes.
func check(i extract.Info, m *sae.Model) error {
	if got, want := i.DIn, m.Config().DIn; got != want {
		return fmt.Errorf("hook %s has d_in %d, the SAE %d", i.Hook, got, want)
	}
	if got, want := i.DOut, m.Config().Out(); m.Transcodes() && got != want {
		return fmt.Errorf("hook %s has targets of d_out %d, the transcoder %d: name the hook point that it predicts (hook_out)", i.Hook, got, want)
	}
	return nil
}

// rows returns those of b, aliasing it.
func (t *Trainer) rows(b extract.Batch) (r rows, err error) {
	want := t.cfg.TrainBatchSizeSamples
	if len(b.Data) != want*b.DIn || b.DIn != t.model.Config().DIn {
		return r, fmt.Errorf("a batch has %d rows, train_batch_size_samples is %d: put a mixbuf.Buffer of that batch before the trainer",
			len(b.Data)/max(b.DIn, 1), want)
	}
	r.x = b.Data
	if t.model.Transcodes() {
		if r.target = b.Target; len(r.target) != want*t.model.Config().Out() {
			return r, fmt.Errorf("a batch has %d target values for %d rows of d_out %d", len(r.target), want, t.model.Config().Out())
		}
	}
	return r, nil
}

// toHold returns how many batches to look at before the first step.
func (t *Trainer) toHold() int {
	if t.steps > 0 || t.scaled && t.cfg.BDecInitMethod == BDecZeros {
		return 0
	}
	return min(t.cfg.NormEstimateBatches, t.cfg.Steps())
}

// prepare sets the scaler and b_dec from the batches that are held, where they are to
// be estimated.
func (t *Trainer) prepare() error {
	held := t.feed.held
	if len(held) == 0 {
		return nil
	}
	if !t.scaled {
		s, err := t.estimate(held)
		if err != nil {
			return err
		}
		t.SetScaler(s)
	}
	if t.cfg.BDecInitMethod == BDecMean {
		b, _ := t.model.Param("b_dec")
		copy(b.Data, t.meanWanted(held))
	}
	return nil
}

// meanWanted returns the mean over batches of the rows that the SAE is to give back
// (out), in the units in which it sees them.
func (t *Trainer) meanWanted(batches []rows) []float32 {
	sums, n := make([]float64, t.model.Config().Out()), 0
	for _, b := range batches {
		wanted := t.scale(b).wanted()
		if norm := rowNorms[t.model.Config().NormalizeActivations]; norm != nil && b.target == nil {
			norm(wanted, wanted, len(sums), kernels.RowStats{})
		}
		for row := range slices.Chunk(wanted, len(sums)) {
			for k, v := range row {
				sums[k] += float64(v)
			}
			n++
		}
	}
	mean := make([]float32, len(sums))
	for k, s := range sums {
		mean[k] = float32(s / float64(n))
	}
	return mean
}
