package train_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// series returns what a run of c logs under key, per step.
func series(t *testing.T, architecture string, c train.Config, key string) []float64 {
	t.Helper()
	var out []float64
	log := func(r train.Record) error {
		if v, ok := r.Values[key]; ok {
			out = append(out, v)
		}
		return nil
	}
	if _, err := trainer(t, model(t, architecture), c, train.Hooks{Log: log}).Run(t.Context(), source(c.Steps())); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLearningRate(t *testing.T) {
	const n, lr = 8, 0.01
	for _, tt := range []struct {
		name          string
		scheduler     string
		warmUp, decay int
		want          func(t float64) float64
	}{
		{"constant", train.LRConstant, 0, 0, func(float64) float64 { return lr }},
		{"all warm-up", train.LRConstant, n, 0, func(t float64) float64 { return lr * (t + 1) / n }},
		{"all decay", train.LRConstant, 0, n, func(t float64) float64 { return lr * (1 - t/n) }},
		{"cosine", train.LRCosine, 0, 0, func(t float64) float64 {
			return lr/10 + 0.9*lr*(1+math.Cos(math.Pi*t/n))/2
		}},
		{"restarts", train.LRCosineRestarts, 0, 0, func(t float64) float64 {
			return lr/10 + 0.9*lr*(1+math.Cos(math.Pi*math.Mod(t, n/2)/(n/2)))/2
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := short(n)
			c.LR, c.LRSchedulerName, c.LRWarmUpSteps, c.LRDecaySteps, c.NRestartCycles = lr, tt.scheduler, tt.warmUp, tt.decay, 2
			got := series(t, sae.TopK, c, "details/current_learning_rate")
			if len(got) != n {
				t.Fatalf("%d rates, want %d", len(got), n)
			}
			for i, v := range got {
				near(t, fmt.Sprintf("rate of step %d", i), 100*v, 100*tt.want(float64(i)))
			}
		})
	}
}

func TestL1Coefficient(t *testing.T) {
	for warmUp, want := range map[int][]float64{0: {1, 1, 1, 1}, 2: {0, 0.5, 1, 1}, 4: {0, 0.25, 0.5, 0.75}} {
		c := short(4)
		c.L1WarmUpSteps = warmUp
		for i, v := range series(t, sae.Standard, c, "details/l1_coefficient") {
			near(t, fmt.Sprintf("warm-up %d: coefficient of step %d", warmUp, i), v, want[i])
		}
	}
}

func TestResolve(t *testing.T) {
	for _, tt := range []struct {
		steps                                       int
		warmUp, decay, l1, dead, window, evaluation int
	}{
		{1, 0, 0, 0, 20, 1, 1},
		{100, 5, 20, 5, 20, 20, 10},
		{20000, 1000, 4000, 1000, 1000, 2000, 2000},
	} {
		c := train.DefaultConfig()
		c.TrainBatchSizeSamples, c.TotalTrainingSamples = 4, 4*tt.steps-1
		if c.Steps() != tt.steps {
			t.Errorf("%d rows are %d steps, want %d", c.TotalTrainingSamples, c.Steps(), tt.steps)
		}
		got := c.Resolve()
		want := c
		want.LREnd, want.LRWarmUpSteps, want.LRDecaySteps, want.L1WarmUpSteps = c.LR/10, tt.warmUp, tt.decay, tt.l1
		want.L0WarmUpSteps, want.DeadFeatureMethod = tt.l1, train.DeadAux
		want.DeadFeatureWindow, want.FeatureSamplingWindow, want.EvalEveryNSteps = tt.dead, tt.window, tt.evaluation
		if got != want {
			t.Errorf("%d steps resolve to\n%+v, want\n%+v", tt.steps, got, want)
		}
	}
}

func TestValidateJoinsFaults(t *testing.T) {
	c := train.DefaultConfig().Resolve()
	if err := c.Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	c.TrainBatchSizeSamples, c.LR, c.LRSchedulerName, c.AdamBeta1, c.BDecInitMethod, c.LREnd = 0, 0, "linear", 1, "median", -1
	err := c.Validate()
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"train_batch_size_samples is 0", "lr is 0", `lr_scheduler_name is "linear"`, "adam_beta1 is 1", `b_dec_init_method is "median"`, "lr_end is -1",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error is %q, want %q in it", err, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	c := short(100).Resolve()
	if w := c.Warnings(); len(w) != 0 {
		t.Errorf("a run of defaults warns of %q", w)
	}
	c.LRWarmUpSteps, c.L1WarmUpSteps, c.DeadFeatureWindow = 1000, 200, 5000
	w := strings.Join(c.Warnings(), "\n")
	for _, want := range []string{"lr_warm_up_steps is 1000, the run has 100 steps", "only 3e-05", "l1_warm_up_steps", "no latent will ever count as dead"} {
		if !strings.Contains(w, want) {
			t.Errorf("warnings are %q, want %q in them", w, want)
		}
	}
}
