package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/sae"
)

// Calibrated is [State.Inference] with a threshold that fits: where the architecture
// is batchtopk or matryoshka_batchtopk, the mean number of active latents on held's
// rows, which are as they come from the network, is k. Equal rows give equal
// thresholds. held is read twice; some thousand rows are enough.
//
// Without it (held is nil) the threshold is the running mean of training, as it is
// under sae.CompatSAELens. State and its model stay as they are, so that a run does not
// depend on how often it is saved.
func (s State) Calibrated(ctx context.Context, held extract.Source) (*sae.Model, error) {
	m, cfg := s.Inference(), s.Model.Config()
	if held == nil || !s.Model.TracksThreshold() || cfg.Compat == sae.CompatSAELens {
		return m, nil
	}
	theta, err := Calibrate(ctx, m, held, cfg.K)
	if err != nil {
		return nil, err
	}
	p, _ := m.Param("threshold")
	for j := range p.Data {
		p.Data[j] = theta
	}
	m.SetTopKThreshold(float64(theta))
	return m, nil
}

// Calibrate returns the threshold for all latents of m, an inference form, above which
// the mean number of pre-activations per row of src is k, exactly but for ties; 0 where
// there are fewer positive ones. sae-lens has nothing like it.
//
// It counts bit patterns, which are in the order of the values: in a first pass by
// their upper half, in a second one by the lower half of those among which the
// threshold lies. Memory does not grow with the rows.
func Calibrate(ctx context.Context, m *sae.Model, src extract.Source, k float64) (float32, error) {
	if d := src.Info().DIn; d != m.Config().DIn {
		return 0, fmt.Errorf("train: calibrate: hook %s has d_in %d, the SAE %d", src.Info().Hook, d, m.Config().DIn)
	}
	upper, rows, err := count(ctx, m, src, func(bits uint32) (uint32, bool) { return bits >> half, true })
	if err != nil {
		return 0, fmt.Errorf("train: calibrate: %w", err)
	}
	if rows == 0 {
		return 0, fmt.Errorf("train: calibrate: the source has no rows: without held-out rows the running mean of training must do")
	}
	target := int64(math.Round(k * float64(rows)))
	top, above := descend(upper, target)
	if top < 0 {
		return 0, nil
	}
	lower, _, err := count(ctx, m, src, func(bits uint32) (uint32, bool) { return bits & (1<<half - 1), bits>>half == uint32(top) })
	if err != nil {
		return 0, fmt.Errorf("train: calibrate: %w", err)
	}
	low, beyond := descend(lower, target-above)
	if low < 0 {
		return 0, fmt.Errorf("train: calibrate: hook %s: the second pass has other rows than the first: give a source that repeats itself", src.Info().Hook)
	}
	bits := uint32(top)<<half | uint32(low)
	// The value itself falls out. Where many are equal to it, letting all of them in
	// may be nearer to k.
	if short := target - above - beyond; bits > 0 && lower[low]-short < short {
		bits--
	}
	return math.Float32frombits(bits), nil
}

const (
	half          = 16   // bits of a float32 that one pass counts
	calibrateRows = 4096 // encoded at once
)

// descend returns the largest bucket at whose lower end more than target values lie
// above it, and how many lie beyond that bucket; -1 where there are not so many.
func descend(counts []int64, target int64) (bucket int, above int64) {
	for bucket = len(counts) - 1; bucket >= 0; bucket-- {
		if above+counts[bucket] > target {
			return bucket, above
		}
		above += counts[bucket]
	}
	return -1, above
}

// count adds up the positive pre-activations of a pass over src by bucket, for those
// of which it says that they count, and returns the number of rows.
func count(ctx context.Context, m *sae.Model, src extract.Source, bucket func(bits uint32) (uint32, bool)) ([]int64, int64, error) {
	var counts [][]int64 // of each selector: they run side by side
	enc := m.EncoderWith(sae.ActivationFunc(func() sae.Selector {
		mine := make([]int64, 1<<half)
		counts = append(counts, mine)
		return func(h []float32, idx []int32, val []float32) ([]int32, []float32) {
			for _, v := range h {
				if v > 0 {
					if i, ok := bucket(math.Float32bits(v)); ok {
						mine[i]++
					}
				}
			}
			return idx, val
		}
	}))
	rows, size := int64(0), calibrateRows*m.Config().DIn
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return nil, 0, err
		}
		for x := range slices.Chunk(b.Data, size) {
			enc.Encode(x)
			rows += int64(len(x) / m.Config().DIn)
		}
	}
	sum := make([]int64, 1<<half)
	for _, c := range counts {
		for i, n := range c {
			sum[i] += n
		}
	}
	return sum, rows, nil
}
