package train

import (
	"fmt"
	"math"

	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/sae"
)

// Scaler is what is done to activations before the SAE sees them (sae-lens'
// ActivationScaler): they are multiplied by one number, or whitened. It is folded into
// the weights when the SAE is saved.
type Scaler struct {
	Factor    float64        // of rows; 1 for none
	Target    float64        // of a transcoder's targets; 0 = as Factor
	Whitening *sae.Whitening // of rows times Factor; nil for none
}

// estimates says which normalisations a trainer has to estimate.
var estimates = map[string]bool{sae.NormalizeExpectedNorm: true, sae.NormalizeWhitening: true}

// rowNorms are those that the SAE does itself.
var rowNorms = map[string]func(out, x []float32, d int, s kernels.RowStats) kernels.RowStats{
	sae.NormalizeLayerNorm:    kernels.LayerNorm,
	sae.NormalizeConstantNorm: kernels.ConstantNorm,
}

// EstimateScaler returns the scaler that brings the mean norm of the rows of
// batches, each (n, d_in), to √d_in.
func EstimateScaler(dIn int, batches ...[]float32) Scaler {
	return Scaler{Factor: expectedNorm(dIn, batches)}
}

// expectedNorm returns the factor that brings the mean norm of rows to √d; 1 where
// there is no row but zeros.
func expectedNorm(d int, batches [][]float32) float64 {
	var sum float64
	rows := 0
	for _, x := range batches {
		norms := make([]float32, len(x)/d)
		kernels.RowNorms(norms, x)
		for _, v := range norms {
			sum += float64(v)
		}
		rows += len(norms)
	}
	if sum == 0 {
		return 1
	}
	return math.Sqrt(float64(d)) * float64(rows) / sum
}

// estimate returns the scaler that the model asks for.
func (t *Trainer) estimate(batches []rows) (Scaler, error) {
	var x, targets [][]float32
	for _, b := range batches {
		x, targets = append(x, b.x), append(targets, b.target)
	}
	cfg := t.model.Config()
	if cfg.NormalizeActivations == sae.NormalizeWhitening {
		w, err := EstimateWhitening(cfg.DIn, x...)
		if err != nil {
			return Scaler{}, fmt.Errorf("normalize_activations %s: %w", cfg.NormalizeActivations, err)
		}
		return Scaler{Factor: 1, Whitening: w}, nil
	}
	s := EstimateScaler(cfg.DIn, x...)
	if t.model.Transcodes() {
		s.Target = expectedNorm(cfg.Out(), targets)
	}
	return s, nil
}

// Scale returns the rows x, (n, d_in), as the SAE sees them.
func (s Scaler) Scale(x []float32) []float32 {
	out := times(nil, x, s.Factor)
	if w := newWhitener(s.Whitening); w != nil {
		w.apply(out)
	}
	return out
}

// Scaling returns what the SAE must undo when it is saved.
func (s Scaler) Scaling() sae.Scaling {
	return sae.Scaling{Factor: s.Factor, Target: s.target(), Whitening: s.Whitening}
}

func (s Scaler) target() float64 {
	if s.Target == 0 {
		return s.Factor
	}
	return s.Target
}

// scale sets the batch at hand to b as the SAE sees it, and returns it.
func (t *Trainer) scale(b rows) rows {
	t.input.x = times(t.input.x, b.x, t.scaler.Factor)
	if t.whitener != nil {
		t.whitener.apply(t.input.x)
	}
	if b.target != nil {
		t.input.target = times(t.input.target, b.target, t.scaler.target())
	}
	return t.input
}

// times returns x times f, in dst's memory where there is enough.
func times(dst, x []float32, f float64) []float32 {
	if cap(dst) < len(x) {
		dst = make([]float32, len(x))
	}
	dst = dst[:len(x)]
	kernels.Scale(dst, x, float32(f))
	return dst
}
