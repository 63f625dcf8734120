package train_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

const (
	steps = 12
	width = 8 // whole 16 bytes: a product of gonum rounds by where the rows lie
	dOut  = 12
)

// stream is a source of rows with targets that starts at a batch and counts those
// that it yielded.
type stream struct {
	from int
	read *int
}

func (stream) Info() extract.Info {
	return extract.Info{Hook: "in", DIn: width, Target: "out", DOut: dOut}
}

var streamRows, streamTargets = normal(steps*batch*width, 1), normal(steps*batch*dOut, 2)

func (s stream) Batches(ctx context.Context) iter.Seq2[extract.Batch, error] {
	return func(yield func(extract.Batch, error) bool) {
		b := extract.Batch{DIn: width, DOut: dOut, Data: make([]float32, batch*width), Target: make([]float32, batch*dOut)}
		for i := s.from; i < steps; i++ {
			if ctx.Err() != nil {
				yield(extract.Batch{}, context.Cause(ctx))
				return
			}
			*s.read = i + 1
			copy(b.Data, streamRows[i*batch*width:])
			copy(b.Target, streamTargets[i*batch*dOut:])
			if !yield(b, nil) {
				return
			}
			clear(b.Data) // a batch is valid until the next iteration
			clear(b.Target)
		}
	}
}

// diary is all that a run tells.
type diary struct {
	records     []train.Record
	infos       []train.StepInfo
	evaluations []int
	scheduled   []int
}

// from returns what was told about the steps behind step, and of the evaluations and
// checkpoints that came behind it, too.
func (d diary) from(records, infos, evaluations, scheduled int) diary {
	return diary{d.records[records:], d.infos[infos:], d.evaluations[evaluations:], d.scheduled[scheduled:]}
}

// mark is a moment of a run: where it was saved, and what had happened before.
type mark struct {
	dir                                        string
	read                                       int
	records, infos, evaluations, scheduled, at int
}

// trial is a run that can be watched.
type trial struct {
	t       *testing.T
	sae     sae.Config
	cfg     train.Config
	root    string
	trainer *train.Trainer
	read    int
	diary   diary
	marks   []mark
	stop    func(train.StepInfo) // nil = go on

	evaluated func() // behind the next evaluation; nil = nothing
}

func (r *trial) model() *sae.Model {
	r.t.Helper()
	m, err := sae.New(r.sae)
	if err != nil {
		r.t.Fatal(err)
	}
	return m
}

func (r *trial) keep(step int) {
	r.t.Helper()
	dir := filepath.Join(r.root, strconv.Itoa(len(r.marks)))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := r.trainer.Save(dir, sae.Provenance{"hook_name": "in"}); err != nil {
		r.t.Fatal(err)
	}
	d := r.diary
	r.marks = append(r.marks, mark{dir, r.read, len(d.records), len(d.infos), len(d.evaluations), len(d.scheduled), step})
}

func (r *trial) hooks() train.Hooks {
	return train.Hooks{
		Log: func(rec train.Record) error {
			rec.Histograms = nil
			r.diary.records = append(r.diary.records, rec)
			return nil
		},
		Step: func(i train.StepInfo) {
			r.diary.infos = append(r.diary.infos, i)
			if r.root != "" && r.stop == nil {
				r.keep(i.Step)
			}
			if r.stop != nil {
				r.stop(i)
			}
		},
		Evaluate: func(ctx context.Context, s train.State) (map[string]float64, error) {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			r.diary.evaluations = append(r.diary.evaluations, s.Step)
			e, err := train.Evaluate(ctx, s.Inference(), stream{0, new(int)})
			if r.evaluated != nil {
				r.evaluated()
			}
			return e.Values(), err
		},
		Checkpoint: func(_ context.Context, s train.State) error {
			if s.Scheduled {
				r.diary.scheduled = append(r.diary.scheduled, s.Step)
			}
			if r.root != "" {
				r.keep(s.Step)
			}
			return nil
		},
	}
}

// start begins at the beginning.
func (r *trial) start(ctx context.Context) (train.State, error) {
	r.t.Helper()
	r.trainer = trainer(r.t, r.model(), r.cfg, r.hooks())
	return r.trainer.Run(ctx, stream{0, &r.read})
}

// resume goes on at m.
func (r *trial) resume(m mark) train.State {
	r.t.Helper()
	var err error
	if r.trainer, err = train.Resume(m.dir, r.model(), r.cfg, r.hooks()); err != nil {
		r.t.Fatal(err)
	}
	if got := r.trainer.State().Step; got != m.at {
		r.t.Errorf("resumes at step %d, want %d", got, m.at)
	}
	s, err := r.trainer.Run(r.t.Context(), stream{m.read, &r.read})
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// same compares runs to the bit.
func same(t *testing.T, what string, got, want diary, gotState, wantState train.State) {
	t.Helper()
	// fmt tells NaN from numbers, and prints floats to the last bit.
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		t.Errorf("%s: the run tells\n%s\nwant\n%s", what, g, w)
	}
	for i, p := range wantState.Model.Params() {
		if !slices.Equal(gotState.Model.Params()[i].Data, p.Data) {
			t.Errorf("%s: %s differs", what, p.Name)
		}
	}
	if gotState.Model.TopKThreshold() != wantState.Model.TopKThreshold() {
		t.Errorf("%s: the threshold is %g, want %g", what, gotState.Model.TopKThreshold(), wantState.Model.TopKThreshold())
	}
	gotState.Model, wantState.Model = nil, nil
	if !reflect.DeepEqual(gotState, wantState) {
		t.Errorf("%s: the state is %+v, want %+v", what, gotState, wantState)
	}
}

// trainable returns a small configuration of each architecture that can be trained.
func trainable(t *testing.T) []sae.Config {
	t.Helper()
	var all []sae.Config
	for _, name := range sae.Architectures() {
		cfg := sae.DefaultConfig()
		cfg.Architecture, cfg.DIn, cfg.DSAE, cfg.K, cfg.Seed = name, width, 20, 3, 1
		cfg.MatryoshkaWidths, cfg.JumpReLUBandwidth = []int{7}, 0.5
		switch name {
		case sae.JumpReLUTranscoder, sae.JumpReLUSkipTranscoder:
			continue // only read
		case sae.Transcoder, sae.SkipTranscoder:
			cfg.DOut = dOut
		}
		all = append(all, cfg)
	}
	return all
}

// plan is a configuration of a run.
type plan struct {
	name          string
	normalization string
	change        func(*train.Config)
}

var plans = []plan{
	{"plain", sae.NormalizeNone, func(c *train.Config) {}},
	{"scaled, short windows, warm-ups", sae.NormalizeExpectedNorm, func(c *train.Config) {
		c.BDecInitMethod, c.NormEstimateBatches = train.BDecMean, 5
		c.DeadFeatureWindow, c.FeatureSamplingWindow = 1, 3
		c.LRWarmUpSteps, c.L1WarmUpSteps, c.L0WarmUpSteps, c.LRDecaySteps = 4, 6, 6, 5
		c.LogEveryNSteps, c.EvalEveryNSteps, c.NCheckpoints = 2, 3, 3
	}},
	{"whitened, cosine", sae.NormalizeWhitening, func(c *train.Config) {
		c.BDecInitMethod, c.NormEstimateBatches = train.BDecMean, steps+4
		c.LRSchedulerName, c.FeatureSamplingWindow, c.NCheckpoints = train.LRCosineRestarts, 5, 2
		c.NRestartCycles = 3
	}},
	{"layer norm, compat", sae.NormalizeLayerNorm, func(c *train.Config) {
		c.Compat, c.BDecInitMethod, c.FeatureSamplingWindow = sae.CompatSAELens, train.BDecMean, 4
		c.TotalTrainingSamples -= 3
	}},
}

func (p plan) trial(t *testing.T, cfg sae.Config) *trial {
	cfg.NormalizeActivations = p.normalization
	c := short(steps)
	p.change(&c)
	return &trial{t: t, sae: cfg, cfg: c}
}

// TestResumeIsExact resumes at each step, from what was saved as the step ended and by
// the checkpoint hook, and wants all that follows to be the same.
func TestResumeIsExact(t *testing.T) {
	for _, cfg := range trainable(t) {
		for _, p := range plans {
			if cfg.DOut > 0 && p.normalization == sae.NormalizeWhitening {
				continue // no transcoder takes it
			}
			t.Run(cfg.Architecture+"/"+p.name, func(t *testing.T) {
				t.Parallel()
				whole := p.trial(t, cfg)
				whole.root = t.TempDir()
				want, err := whole.start(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if len(whole.marks) < steps {
					t.Fatalf("%d moments were kept, want at least %d", len(whole.marks), steps)
				}
				for _, m := range whole.marks {
					again := p.trial(t, cfg)
					got := again.resume(m)
					same(t, fmt.Sprintf("from step %d", m.at), again.diary,
						whole.diary.from(m.records, m.infos, m.evaluations, m.scheduled), got, want)
				}
			})
		}
	}
}

// TestResumeAfterInterruption stops a run at each step, as Ctrl-C does, and resumes.
func TestResumeAfterInterruption(t *testing.T) {
	p, cfg := plans[1], trainable(t)[3]
	whole := p.trial(t, cfg)
	want, err := whole.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for k := 1; k <= steps; k++ {
		ctx, cancel := context.WithCancelCause(t.Context())
		first := p.trial(t, cfg)
		first.root = t.TempDir()
		first.stop = func(i train.StepInfo) {
			if i.Step == k {
				cancel(errBoom)
			}
		}
		if _, err := first.start(ctx); !errors.Is(err, errBoom) {
			t.Fatalf("error is %v, want %v", err, errBoom)
		}
		last := first.marks[len(first.marks)-1]
		second := p.trial(t, cfg)
		got := second.resume(last)
		all := diary{
			slices.Concat(first.diary.records, second.diary.records), slices.Concat(first.diary.infos, second.diary.infos),
			slices.Concat(first.diary.evaluations, second.diary.evaluations),
			slices.Compact(slices.Concat(first.diary.scheduled, second.diary.scheduled)),
		}
		same(t, fmt.Sprintf("stopped after step %d", k), all, whole.diary, got, want)
	}
}
