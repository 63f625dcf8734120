package train_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

func TestInterruption(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	var kept []train.State
	hooks := train.Hooks{
		Step: func(i train.StepInfo) {
			if i.Step == 3 {
				cancel(errBoom)
			}
		},
		Checkpoint: func(ctx context.Context, s train.State) error {
			kept = append(kept, s)
			return ctx.Err() // the hook can still write
		},
	}
	state, err := trainer(t, model(t, sae.TopK), short(10), hooks).Run(ctx, source(10))
	if !errors.Is(err, errBoom) {
		t.Errorf("error is %v, want the cause", err)
	}
	if len(kept) != 1 || kept[0].Step != 3 || state.Step != 3 || state.Samples != 3*batch || state.L0 <= 0 {
		t.Errorf("%d checkpoints, state at step %d, %d samples, L0 %g; want one, step 3", len(kept), state.Step, state.Samples, state.L0)
	}
	if state.Inference() == nil || len(state.LogSparsity) != 20 {
		t.Errorf("the state has %d sparsities, want 20", len(state.LogSparsity))
	}
}

func TestRunRefuses(t *testing.T) {
	nan := source(4)
	nan.rows[2*batch*dIn+5] = float32(math.NaN())
	wide := source(4)
	wide.dIn = dIn + 1
	small := source(4)
	small.size = batch - 1
	fail := func(context.Context, train.State) (map[string]float64, error) { return nil, errBoom }
	for _, tt := range []struct {
		name  string
		src   failing
		hooks train.Hooks
		want  []string
	}{
		{"NaN among the rows", failing{nan, nil}, train.Hooks{}, []string{"train: step 3: mse_loss is NaN"}},
		{"another width", failing{wide, nil}, train.Hooks{}, []string{"hook memory has d_in 7, the SAE 6"}},
		{"another batch", failing{small, nil}, train.Hooks{}, []string{"a batch has 7 rows, train_batch_size_samples is 8"}},
		{"no rows", failing{source(0), nil}, train.Hooks{}, []string{"before a batch of 8 rows was full"}},
		{"the source fails", failing{source(2), errBoom}, train.Hooks{}, []string{"train: boom"}},
		{"evaluation fails", failing{source(4), nil}, train.Hooks{Evaluate: fail}, []string{"step 1: evaluate: boom"}},
		{"log fails", failing{source(4), nil}, train.Hooks{Log: func(train.Record) error { return errBoom }}, []string{"step 1: log: boom"}},
		{"checkpoint fails", failing{source(4), nil}, train.Hooks{
			Checkpoint: func(context.Context, train.State) error { return errBoom },
		}, []string{"step 3: checkpoint: boom"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := short(4)
			c.NCheckpoints = 1
			src := tt.src
			var err error
			if src.err == nil {
				_, err = trainer(t, model(t, sae.Standard), c, tt.hooks).Run(t.Context(), src.batches)
			} else {
				_, err = trainer(t, model(t, sae.Standard), c, tt.hooks).Run(t.Context(), src)
			}
			if err == nil {
				t.Fatal("no error")
			}
			for _, w := range tt.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error is %q, want %q in it", err, w)
				}
			}
		})
	}
}

func TestSourceEndsEarly(t *testing.T) {
	tr := trainer(t, model(t, sae.TopK), short(10), train.Hooks{})
	state, err := tr.Run(t.Context(), source(4))
	if err != nil || state.Step != 4 || state.Samples != 4*batch {
		t.Errorf("step %d, %d samples, error %v; want 4 steps", state.Step, state.Samples, err)
	}
	if _, err := tr.Run(t.Context(), source(4)); err == nil {
		t.Error("a second run gives no error")
	}
}

// TestCadence: sae-lens keeps a checkpoint after the first step beyond each of
// range(0, total, ceil(total/(n+1)))[1:].
func TestCadence(t *testing.T) {
	c := short(10)
	c.NCheckpoints, c.EvalEveryNSteps = 3, 4
	var checkpoints, evaluations []int
	hooks := train.Hooks{
		Checkpoint: func(_ context.Context, s train.State) error {
			checkpoints = append(checkpoints, s.Step)
			return nil
		},
		Evaluate: func(_ context.Context, s train.State) (map[string]float64, error) {
			evaluations = append(evaluations, s.Step)
			return nil, nil
		},
	}
	if _, err := trainer(t, model(t, sae.TopK), c, hooks).Run(t.Context(), source(10)); err != nil {
		t.Fatal(err)
	}
	if want := []int{3, 6, 8}; !slices.Equal(checkpoints, want) { // beyond 20, 40 and 60 rows of 80
		t.Errorf("checkpoints at steps %v, want %v", checkpoints, want)
	}
	if want := []int{4, 8, 10}; !slices.Equal(evaluations, want) {
		t.Errorf("evaluations at steps %v, want %v", evaluations, want)
	}
}

// TestEstimateLosesNoRows trains on every row, those of the estimate too, and gives
// equal bytes twice.
func TestEstimateLosesNoRows(t *testing.T) {
	var runs [2][]float32
	for i := range runs {
		cfg := model(t, sae.TopK).Config()
		cfg.NormalizeActivations = sae.NormalizeExpectedNorm
		m, err := sae.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		c := short(6)
		c.BDecInitMethod, c.NormEstimateBatches = train.BDecMean, 3
		state, err := trainer(t, m, c, train.Hooks{}).Run(t.Context(), source(6))
		if err != nil || state.Step != 6 {
			t.Fatalf("%d steps, error %v; want 6", state.Step, err)
		}
		if want := train.EstimateScaler(dIn, source(6).rows[:3*batch*dIn]).Factor; math.Abs(state.Scale.Factor-want) > 1e-12 {
			t.Errorf("scale is %g, want %g", state.Scale.Factor, want)
		}
		for _, p := range m.Params() {
			runs[i] = append(runs[i], p.Data...)
		}
	}
	if !slices.Equal(runs[0], runs[1]) {
		t.Error("equal runs give other parameters")
	}
}

func TestEvaluate(t *testing.T) {
	m, src := model(t, sae.TopK), source(5)
	got, err := train.Evaluate(t.Context(), m, src)
	if err != nil {
		t.Fatal(err)
	}
	codes := m.Encode(src.rows)
	out, n := m.Decode(codes), float64(5*batch)
	var mean [dIn]float64
	for i, v := range src.rows {
		mean[i%dIn] += float64(v) / n
	}
	var mse, spread, cos, ratio, l1 float64
	for i := range int(n) {
		var xx, oo, xo float64
		for k := range dIn {
			a, b := float64(src.rows[i*dIn+k]), float64(out[i*dIn+k])
			xx, oo, xo = xx+a*a, oo+b*b, xo+a*b
			mse += (a - b) * (a - b) / n
			spread += (a - mean[k]) * (a - mean[k]) / n
		}
		ratio += math.Sqrt(oo/xx) / n
		if oo > 0 {
			cos += xo / math.Sqrt(xx*oo) / n
		}
	}
	fired := map[int32]bool{}
	for q, j := range codes.Idx {
		fired[j] = true
		l1 += float64(codes.Val[q]) / n
	}
	near(t, "mse", got.MSE, mse)
	near(t, "explained variance", got.ExplainedVariance, 1-mse/spread)
	near(t, "cossim", got.CosSim, cos)
	near(t, "l2 ratio", got.L2Ratio, ratio)
	near(t, "l0", got.L0, codes.L0())
	near(t, "l1", got.L1, l1)
	if got.Dead != 20-len(fired) || got.Rows != int(n) {
		t.Errorf("%d dead, %d rows; want %d, %g", got.Dead, got.Rows, 20-len(fired), n)
	}
	if _, err := train.Evaluate(t.Context(), m, source(0)); err == nil {
		t.Error("no error for no rows")
	}
}

func TestFailingSourceLosesNoWork(t *testing.T) {
	for _, tt := range []struct{ batches, checkpoints int }{{0, 0}, {6, 1}} {
		var kept []train.State
		hooks := train.Hooks{Checkpoint: func(_ context.Context, s train.State) error {
			kept = append(kept, s)
			return nil
		}}
		_, err := trainer(t, model(t, sae.TopK), short(8), hooks).Run(t.Context(), failing{source(tt.batches), errBoom})
		if !errors.Is(err, errBoom) {
			t.Errorf("after %d batches: error is %v, want %v", tt.batches, err, errBoom)
		}
		if len(kept) != tt.checkpoints {
			t.Errorf("after %d batches: %d checkpoints, want %d", tt.batches, len(kept), tt.checkpoints)
		}
	}
}
