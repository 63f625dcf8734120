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
// meaning follow sae-lens' run_evals.
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

// Evaluate measures m, in its inference form, on one pass of src.
func Evaluate(ctx context.Context, m *sae.Model, src extract.Source) (Evaluation, error) {
	cfg := m.Config()
	if d := src.Info().DIn; d != cfg.DIn {
		return Evaluation{}, fmt.Errorf("train: evaluate: hook %s has d_in %d, the SAE %d", src.Info().Hook, d, cfg.DIn)
	}
	t := tally{m: m, enc: m.NewEncoder(), fired: make([]bool, cfg.DSAE), sum: make([]float64, cfg.DIn)}
	for b, err := range src.Batches(ctx) {
		if err != nil {
			return Evaluation{}, fmt.Errorf("train: evaluate: %w", err)
		}
		t.add(b.Data)
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
	sum     []float64 // (d_in), over rows
	squares float64   // Σ‖x‖²
}

func (t *tally) add(x []float32) {
	dIn := t.m.Config().DIn
	codes := t.enc.Encode(x)
	t.out = slices.Grow(t.out[:0], len(x))[:len(x)]
	t.enc.Decode(t.out, codes)
	for i := range codes.Rows {
		t.addRow(x[i*dIn:][:dIn], t.out[i*dIn:][:dIn])
		idx, val := codes.Row(i)
		for q, j := range idx {
			t.fired[j] = true
			t.e.L1 += float64(val[q])
		}
		t.e.L0 += float64(len(idx))
	}
	t.e.Rows += codes.Rows
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
