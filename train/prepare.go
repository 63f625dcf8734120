package train

import (
	"context"
	"iter"
	"slices"

	"github.com/saego/saego/extract"
)

// batches yields the rows of src. Before the first it looks at the batches that
// come first, which it holds back until then: no row is lost to an estimate.
func (t *Trainer) batches(ctx context.Context, src extract.Source) iter.Seq2[[]float32, error] {
	return func(yield func([]float32, error) bool) {
		var held [][]float32
		wanted := t.toHold()
		release := func() bool {
			t.prepare(held)
			for i, x := range held {
				held[i] = nil // it goes as soon as it is trained on
				if !yield(x, nil) {
					return false
				}
			}
			wanted, held = 0, nil
			return true
		}
		for b, err := range src.Batches(ctx) {
			switch {
			case err != nil:
				yield(nil, err)
				return
			case wanted == 0:
				if !yield(b.Data, nil) {
					return
				}
			default:
				held = append(held, slices.Clone(b.Data))
				if len(held) == wanted && !release() {
					return
				}
			}
		}
		release() // src ended early
	}
}

// toHold returns how many batches to look at before the first step.
func (t *Trainer) toHold() int {
	if t.scaled && t.cfg.BDecInitMethod == BDecZeros {
		return 0
	}
	return min(t.cfg.NormEstimateBatches, t.cfg.Steps())
}

// prepare sets the scale and b_dec from batches, where they are to be estimated.
func (t *Trainer) prepare(batches [][]float32) {
	if len(batches) == 0 {
		return
	}
	dIn := t.model.Config().DIn
	if !t.scaled {
		t.SetScaler(EstimateScaler(dIn, batches...))
	}
	if t.cfg.BDecInitMethod == BDecMean {
		for _, p := range t.model.Params() {
			if p.Name == "b_dec" {
				copy(p.Data, scaledMean(dIn, t.scaler.Factor, batches))
			}
		}
	}
}

// scaledMean returns the mean row (d_in) of batches, times scale.
func scaledMean(dIn int, scale float64, batches [][]float32) []float32 {
	sums, rows := make([]float64, dIn), 0
	for _, x := range batches {
		for row := range slices.Chunk(x, dIn) {
			for k, v := range row {
				sums[k] += float64(v)
			}
			rows++
		}
	}
	mean := make([]float32, dIn)
	for k, s := range sums {
		mean[k] = float32(scale * s / float64(rows))
	}
	return mean
}
