package train_test

import (
	"context"
	"iter"
	"path/filepath"
	"slices"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/internal/cuda"
	"github.com/saego/saego/internal/cuda/cudatest"
	"github.com/saego/saego/internal/golden"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// tolerance of a trajectory against sae-lens, relative to an array's largest
// magnitude: rounding errors grow from step to step.
const tolerance = 1e-4

// batches is a source over rows in memory.
type batches struct {
	dIn, size int
	rows      []float32
}

func (b batches) Info() extract.Info { return extract.Info{Hook: "memory", DIn: b.dIn} }

func (b batches) Batches(context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		for chunk := range slices.Chunk(b.rows, b.size*b.dIn) {
			batch := extract.Batch{DIn: b.dIn, Data: chunk, Origin: make([]extract.Origin, len(chunk)/b.dIn)}
			if !yield(batch, nil) {
				return
			}
		}
	}
}

// goldenConfig is the configuration in a golden file, under sae-lens' names.
type goldenConfig struct {
	SAE struct {
		sae.Config
		L1WarmUpSteps int `json:"l1_warm_up_steps"`
		L0WarmUpSteps int `json:"l0_warm_up_steps"`
	} `json:"sae"`
	Trainer struct {
		Total     int     `json:"total_training_samples"`
		Batch     int     `json:"train_batch_size_samples"`
		LR        float64 `json:"lr"`
		LREnd     float64 `json:"lr_end"`
		Scheduler string  `json:"lr_scheduler_name"`
		WarmUp    int     `json:"lr_warm_up_steps"`
		Decay     int     `json:"lr_decay_steps"`
		Cycles    int     `json:"n_restart_cycles"`
		Dead      int     `json:"dead_feature_window"`
		Window    int     `json:"feature_sampling_window"`
		Beta1     float64 `json:"adam_beta1"`
		Beta2     float64 `json:"adam_beta2"`
	} `json:"trainer"`
}

func (g goldenConfig) config() train.Config {
	t := g.Trainer
	c := train.DefaultConfig()
	c.TotalTrainingSamples, c.TrainBatchSizeSamples = t.Total, t.Batch
	c.LR, c.LREnd, c.LRSchedulerName, c.NRestartCycles = t.LR, t.LREnd, t.Scheduler, t.Cycles
	c.LRWarmUpSteps, c.LRDecaySteps, c.L1WarmUpSteps = t.WarmUp, t.Decay, g.SAE.L1WarmUpSteps
	c.L0WarmUpSteps = g.SAE.L0WarmUpSteps
	c.DeadFeatureWindow, c.FeatureSamplingWindow = t.Dead, t.Window
	c.AdamBeta1, c.AdamBeta2 = t.Beta1, t.Beta2
	c.BDecInitMethod, c.DeadFeatureMethod = train.BDecZeros, train.DeadNone
	c.LogEveryNSteps = 1
	return c
}

// TestTrajectoryEqualsSAELens trains fifty steps from the weights and on the
// batches that sae-lens' own trainer had.
func TestTrajectoryEqualsSAELens(t *testing.T) {
	eachTrajectory(t, func(t *testing.T, path string) { testTrajectory(t, path, nil) })
}

// TestTrajectoryEqualsSAELensOnADevice does so with the kernels of a card.
func TestTrajectoryEqualsSAELensOnADevice(t *testing.T) {
	eachTrajectory(t, func(t *testing.T, path string) {
		cudatest.Each(t, func(t *testing.T, e *cuda.Engine) { testTrajectory(t, path, e) })
	})
}

func eachTrajectory(t *testing.T, f func(t *testing.T, path string)) {
	t.Helper()
	files, err := filepath.Glob("testdata/golden/trajectories/*.safetensors")
	if err != nil || len(files) < 7 {
		t.Fatalf("%d golden files (%v), want at least 7", len(files), err)
	}
	for _, path := range files {
		t.Run(filepath.Base(path), func(t *testing.T) { f(t, path) })
	}
}

// testTrajectory trains on e, nil for the processor.
func testTrajectory(t *testing.T, path string, e sae.Engine) {
	f := golden.Read(t, path)
	g := goldenConfig{}
	g.SAE.Config = sae.DefaultConfig()
	f.Decode(t, &g)
	g.SAE.Compat = sae.CompatSAELens // the threshold starts at 0
	m, err := sae.New(g.SAE.Config)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params() {
		p.Set(f.Floats(t, "init."+p.Name))
	}
	if err := m.To(e); err != nil {
		t.Fatal(err)
	}
	if f.Has("norm_batches") {
		got := train.EstimateScaler(m.Config().DIn, f.Floats(t, "norm_batches"))
		golden.Near(t, "scale", []float32{float32(got.Factor)}, f.Floats(t, "scaling_factor"), 1e-6)
	}
	series, state := follow(t, m, g.config(), f)
	compareSeries(t, f, series)
	for _, p := range m.Params() {
		golden.Near(t, "final "+p.Name, p.Values(), f.Floats(t, "final."+p.Name), tolerance)
	}
	if f.Has("folded.W_dec") {
		for _, p := range state.Inference().Params() {
			golden.Near(t, "folded "+p.Name, p.Values(), f.Floats(t, "folded."+p.Name), tolerance)
		}
	}
}

// follow trains m on f's batches and returns what was logged of each step.
func follow(t *testing.T, m *sae.Model, cfg train.Config, f golden.File) (map[string][]float32, train.State) {
	t.Helper()
	series := map[string][]float32{}
	log := func(r train.Record) error {
		for key, v := range r.Values {
			series[key] = append(series[key], float32(v))
		}
		return nil
	}
	tr, err := train.New(m, cfg, train.Hooks{Log: log})
	if err != nil {
		t.Fatal(err)
	}
	if f.Has("scaling_factor") {
		tr.SetScaler(train.Scaler{Factor: float64(f.Floats(t, "scaling_factor")[0])})
	}
	src := batches{m.Config().DIn, cfg.TrainBatchSizeSamples, f.Floats(t, "batches")}
	state, err := tr.Run(t.Context(), src)
	if err != nil {
		t.Fatal(err)
	}
	return series, state
}

func compareSeries(t *testing.T, f golden.File, series map[string][]float32) {
	t.Helper()
	for name, key := range map[string]string{
		"overall_loss":                  "losses/overall_loss",
		"mse_loss":                      "losses/mse_loss",
		"l1_loss":                       "losses/l1_loss",
		"auxiliary_reconstruction_loss": "losses/auxiliary_reconstruction_loss",
		"explained_variance":            "metrics/explained_variance",
		"explained_variance_legacy":     "metrics/explained_variance_legacy",
		"explained_variance_legacy_std": "metrics/explained_variance_legacy_std",
		"l0":                            "metrics/l0",
		"grad_norm":                     "metrics/grad_norm",
		"learning_rate":                 "details/current_learning_rate",
		"l1_coefficient":                "details/l1_coefficient",
		"l0_loss":                       "losses/l0_loss",
		"pre_act_loss":                  "losses/pre_act_loss",
		"topk_threshold":                "metrics/topk_threshold",
		"l0_coefficient":                "details/l0_coefficient",
		"mean_passes_since_fired":       "sparsity/mean_passes_since_fired",
		"dead_features":                 "sparsity/dead_features",
	} {
		if want := "series." + name; f.Has(want) {
			golden.Near(t, name, series[key], f.Floats(t, want), tolerance)
		}
	}
}
