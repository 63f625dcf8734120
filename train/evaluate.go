package train

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/sae"
)

// Evaluation is how well an SAE explains rows that it was not trained on. Names and
// meaning follow sae-lens' run_evals. Values are in the units of the rows as they come
// from the network, whatever was done to them in training. For a transcoder x is the
// target.
type Evaluation struct {
	Rows              int     `json:"rows"`
	ExplainedVariance float64 `json:"explained_variance"` // 1 − Σ‖x̂ − x‖²/Σ‖x − mean x‖²
	MSE               float64 `json:"mse"`                // mean over rows of Σ_d (x̂ − x)²
	CosSim            float64 `json:"cossim"`             // mean cosine of x and x̂
	L2Ratio           float64 `json:"l2_ratio"`           // mean of ‖x̂‖/‖x‖
	L0                float64 `json:"l0"`                 // mean latents active per row
	L1                float64 `json:"l1"`                 // mean Σ_j f_j
	Dead              int     `json:"dead_features"`      // latents that fired on no row
}

// Values returns the evaluation under sae-lens' log keys.
func (e Evaluation) Values() map[string]float64 {
	return map[string]float64{
		"eval/reconstruction_quality/explained_variance": e.ExplainedVariance,
		"eval/reconstruction_quality/mse":                e.MSE,
		"eval/reconstruction_quality/cossim":             e.CosSim,
		"eval/shrinkage/l2_ratio":                        e.L2Ratio,
		"eval/sparsity/l0":                               e.L0,
		"eval/sparsity/l1":                               e.L1,
		"eval/sparsity/dead_features":                    float64(e.Dead),
	}
}

// Evaluate measures m, in its inference form, on one pass of src, which for a transcoder
// has targets.
func Evaluate(ctx context.Context, m *sae.Model, src extract.Source) (Evaluation, error) {
	cfg := m.Config()
	if err := check(src.Info(), m); err != nil {
		return Evaluation{}, fmt.Errorf("train: evaluate: %w", err)
	}
	t := tally{m: m, enc: m.NewEncoder(), fired: make([]bool, cfg.DSAE), sum: make([]float64, cfg.Out())}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return Evaluation{}, fmt.Errorf("train: evaluate: %w", err)
		}
		if err := t.add(b); err != nil {
			return Evaluation{}, fmt.Errorf("train: evaluate: %w", err)
		}
	}
	if t.e.Rows == 0 {
		return Evaluation{}, fmt.Errorf("train: evaluate: the source has no rows")
	}
	return t.result(), nil
}

// tally sums what an [Evaluation] needs, in float64.
type tally struct {
	m       *sae.Model
	enc     *sae.Encoder
	out     []float32
	fired   []bool
	e       Evaluation
	sum     []float64 // (out), over rows
	squares float64   // Σ‖x‖²
}

func (t *tally) add(b extract.Batch) error {
	cfg := t.m.Config()
	n, out := len(b.Data)/cfg.DIn, cfg.Out()
	wanted := b.Data
	if t.m.Transcodes() {
		wanted = b.Target
	}
	if len(wanted) != n*out {
		return fmt.Errorf("a batch has %d values for %d rows of %d", len(wanted), n, out)
	}
	t.out = slices.Grow(t.out[:0], n*out)[:n*out]
	codes := t.enc.Reconstruct(t.out, b.Data)
	for i := range codes.Rows {
		t.addRow(wanted[i*out:][:out], t.out[i*out:][:out])
		idx, val := codes.Row(i)
		for q, j := range idx {
			t.fired[j] = true
			t.e.L1 += float64(val[q])
		}
		t.e.L0 += float64(len(idx))
	}
	t.e.Rows += codes.Rows
	return nil
}

func (t *tally) addRow(x, out []float32) {
	var xx, oo, xo, e float64
	for k, v := range x {
		a, b := float64(v), float64(out[k])
		xx, oo, xo, e = xx+a*a, oo+b*b, xo+a*b, e+(a-b)*(a-b)
		t.sum[k] += a
	}
	t.squares += xx
	t.e.MSE += e
	if xx > 0 {
		t.e.L2Ratio += math.Sqrt(oo / xx)
	}
	if xx > 0 && oo > 0 {
		t.e.CosSim += xo / math.Sqrt(xx*oo)
	}
}

func (t *tally) result() Evaluation {
	e, n := t.e, float64(t.e.Rows)
	variance := t.squares
	for _, s := range t.sum {
		variance -= s * s / n
	}
	e.ExplainedVariance = 1 - e.MSE/variance
	for _, v := range []*float64{&e.MSE, &e.CosSim, &e.L2Ratio, &e.L0, &e.L1} {
		*v /= n
	}
	for _, f := range t.fired {
		if !f {
			e.Dead++
		}
	}
	return e
}
