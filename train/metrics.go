package train

import (
	"math"

	"github.com/saego/saego/internal/kernels"
	"github.com/saego/saego/sae"
)

// Record is one entry of a run's log. Keys are sae-lens' log keys.
type Record struct {
	Step       int // steps taken
	Samples    int // rows trained on
	Values     map[string]float64
	Histograms map[string][]float32 // the values to be counted, for some records; nil otherwise
}

// stepRecord is what sae-lens logs of the step that was just taken. The rate and the
// coefficient are that step's; sae-lens, which logs after they were advanced, has the
// next one's.
func (t *Trainer) stepRecord(loss float64) map[string]float64 {
	v := measure(t.input.wanted(), t.graph.Output(), t.model.Config().Out())
	t.variance = v.explained
	scheduled := t.steps - 1
	if t.cfg.Compat == sae.CompatSAELens {
		scheduled = t.steps
	}
	values := map[string]float64{
		"losses/overall_loss":                   loss,
		"metrics/explained_variance":            v.explained,
		"metrics/explained_variance_legacy":     v.legacy,
		"metrics/explained_variance_legacy_std": v.legacyStd,
		"metrics/l0":                            t.graph.Codes().L0(),
		"metrics/grad_norm":                     t.solver.Norm(),
		"sparsity/mean_passes_since_fired":      t.activity.meanSinceFired(),
		"sparsity/dead_features":                float64(t.dead),
		"details/current_learning_rate":         t.cfg.LearningRate(scheduled),
		"details/n_training_samples":            float64(t.samples),
	}
	for _, l := range t.graph.Losses() {
		values["losses/"+l.Name] = l.Value
	}
	if name, _ := sparsityWeight(t.model); name != "" {
		values["details/"+name+"_coefficient"] = t.coefficient(scheduled)
	}
	if threshold := t.model.TopKThreshold(); threshold > 0 {
		values["metrics/topk_threshold"] = threshold
	}
	return values
}

// windowHistogram is sae-lens' chart of a finished feature window.
func windowHistogram(log []float32) map[string][]float32 {
	return map[string][]float32{"plots/feature_density_line_chart": log}
}

// weightHistograms are sae-lens' log_histograms, for every parameter that has one
// number per latent.
func weightHistograms(m *sae.Model) map[string][]float32 {
	out := map[string][]float32{"weights/W_dec_norms": m.DecoderNorms()}
	for _, p := range m.Params() {
		if len(p.Shape) == 1 && p.Name != "b_dec" {
			out["weights/"+p.Name] = p.Data
		}
	}
	if b, ok := out["weights/b_enc"]; ok { // under sae-lens' name
		delete(out, "weights/b_enc")
		out["weights/b_e"] = b
	}
	return out
}

// variances are the measures of reconstruction that are logged of a step.
type variances struct {
	explained float64 // 1 − Σ‖x̂ − x‖²/Σ‖x − mean x‖² over the batch
	// The mean over rows of 1 − ‖x̂ − x‖²/‖x − mean x‖², and its standard deviation:
	// what sae-lens logged as explained variance before.
	legacy, legacyStd float64
}

// measure compares a reconstruction with x, both (rows, d_in).
func measure(x, out []float32, dIn int) variances {
	n := len(x) / dIn
	mean := make([]float32, dIn)
	kernels.ColumnSums(mean, x, 1/float64(n))
	errs, spread := make([]float64, n), make([]float64, n)
	kernels.For(n, 64, func(lo, hi int) {
		for i := lo; i < hi; i++ {
			errs[i], spread[i] = rowVariance(x[i*dIn:][:dIn], out[i*dIn:][:dIn], mean)
		}
	})
	var v variances
	var sumErr, sumSpread float64
	for i, e := range errs {
		sumErr, sumSpread = sumErr+e, sumSpread+spread[i]
		v.legacy += (1 - e/spread[i]) / float64(n)
	}
	for i, e := range errs {
		d := 1 - e/spread[i] - v.legacy
		v.legacyStd += d * d / float64(max(n-1, 1))
	}
	v.explained, v.legacyStd = 1-sumErr/sumSpread, math.Sqrt(v.legacyStd)
	return v
}

// rowVariance returns ‖x̂ − x‖² and ‖x − mean‖² of one row.
func rowVariance(x, out, mean []float32) (err, spread float64) {
	out, mean = out[:len(x)], mean[:len(x)]
	for k, v := range x {
		d, c := float64(out[k]-v), float64(v-mean[k])
		err, spread = err+d*d, spread+c*c
	}
	return err, spread
}

// windowRecord is what a finished feature window tells.
func windowRecord(log []float32) map[string]float64 {
	var sum float64
	below5, below6 := 0, 0
	for _, v := range log {
		sum += float64(v)
		if v < -5 {
			below5++
		}
		if v < -6 {
			below6++
		}
	}
	return map[string]float64{
		"metrics/mean_log10_feature_sparsity": sum / float64(len(log)),
		"sparsity/below_1e-5":                 float64(below5),
		"sparsity/below_1e-6":                 float64(below6),
	}
}
