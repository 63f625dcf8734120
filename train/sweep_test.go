package train_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// besides are settings of members of one sweep, which share the rows and nothing else.
var besides = []struct {
	architecture, normalization string
	change                      func(*sae.Config, *train.Config)
}{
	{sae.TopK, sae.NormalizeNone, func(*sae.Config, *train.Config) {}}, // has nothing to estimate
	{sae.BatchTopK, sae.NormalizeExpectedNorm, func(m *sae.Config, c *train.Config) { m.DSAE, c.BDecInitMethod = 31, train.BDecMean }},
	{sae.Standard, sae.NormalizeWhitening, func(_ *sae.Config, c *train.Config) {
		c.DeadFeatureMethod, c.DeadFeatureWindow = train.DeadResample, 1
	}},
	{sae.Gated, sae.NormalizeLayerNorm, func(_ *sae.Config, c *train.Config) {
		c.Compat, c.BDecInitMethod, c.FeatureSamplingWindow = sae.CompatSAELens, train.BDecMean, 4
	}},
	{sae.JumpReLU, sae.NormalizeExpectedNorm, func(m *sae.Config, c *train.Config) { m.Seed, c.LR, c.L0WarmUpSteps = 9, 0.01, 6 }},
	{sae.MatryoshkaBatchTopK, sae.NormalizeWhitening, func(_ *sae.Config, c *train.Config) {
		c.LRSchedulerName, c.LRWarmUpSteps, c.LogEveryNSteps, c.EvalEveryNSteps = train.LRCosine, 4, 3, 4
	}},
}

// members returns trials of these settings, or of transcoders.
func members(t *testing.T, transcoders bool) (all []*trial) {
	t.Helper()
	for _, cfg := range trainable(t) {
		for _, b := range besides {
			if cfg.DOut > 0 {
				b.architecture, b.normalization = cfg.Architecture, sae.NormalizeExpectedNorm
			}
			if b.architecture != cfg.Architecture || (cfg.DOut > 0) != transcoders {
				continue
			}
			cfg.NormalizeActivations = b.normalization
			c := short(steps)
			c.NormEstimateBatches, c.EvalEveryNSteps, c.NCheckpoints = 5, 3, 3
			b.change(&cfg, &c)
			all = append(all, &trial{t: t, sae: cfg, cfg: c})
			if transcoders {
				break
			}
		}
	}
	return all
}

// group is a sweep that can be watched.
type group struct {
	t       *testing.T
	root    string
	all     []*trial
	dropped map[int]string
	stop    func(train.SweepInfo) // nil = go on
	read    int
	kept    string // the checkpoint that was written last
	at      int    // batches that were read by then
	marks   []string
}

func newGroup(t *testing.T, all []*trial) *group {
	return &group{t: t, root: t.TempDir(), all: all, dropped: map[int]string{}}
}

// run begins, or goes on at a checkpoint of a group.
func (g *group) run(ctx context.Context, from *group) error {
	g.t.Helper()
	var trainers []*train.Trainer
	var of []int // members by their place in the sweep
	for i, r := range g.all {
		h := r.hooks()
		h.Checkpoint = nil
		if from == nil {
			r.trainer = trainer(g.t, r.model(), r.cfg, h)
		} else {
			dir := filepath.Join(from.kept, strconv.Itoa(i))
			if _, err := os.Stat(dir); err != nil {
				continue
			}
			var err error
			if r.trainer, err = train.Resume(dir, r.model(), r.cfg, h); err != nil {
				g.t.Fatal(err)
			}
			g.read = from.at
		}
		trainers, of = append(trainers, r.trainer), append(of, i)
	}
	sweep, err := train.NewSweep(trainers, train.SweepHooks{
		Step: func(i train.SweepInfo) {
			if want := len(of) - len(g.dropped); i.Running != want || i.Steps != steps || i.Samples != i.Step*batch {
				g.t.Errorf("a step tells %+v, want %d running", i, want)
			}
			if g.stop != nil {
				g.stop(i)
			}
		},
		Dropped:    func(member int, err error) { g.dropped[of[member]] = err.Error() },
		Checkpoint: g.keep,
	})
	if err != nil {
		g.t.Fatal(err)
	}
	return sweep.Run(ctx, stream{g.read, &g.read})
}

func (g *group) keep(_ context.Context, scheduled bool) error {
	g.kept, g.at = filepath.Join(g.root, strconv.Itoa(len(g.marks))), g.read
	step := 0
	for i, r := range g.all {
		if _, gone := g.dropped[i]; gone || r.trainer == nil {
			continue
		}
		step = r.trainer.State().Step
		dir := filepath.Join(g.kept, strconv.Itoa(i))
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := r.trainer.Save(dir, sae.Provenance{"hook_name": "in"}); err != nil {
			return err
		}
	}
	g.marks = append(g.marks, fmt.Sprint(step, scheduled))
	return nil
}

// alone runs each trial by itself.
func alone(t *testing.T, all []*trial) (states []train.State) {
	t.Helper()
	for _, r := range all {
		s, err := r.start(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.diary.scheduled = nil // a sweep keeps all at once
		states = append(states, s)
	}
	return states
}

// sameMembers compares all that members tell and become.
func sameMembers(t *testing.T, what string, got, want []*trial, states []train.State) {
	t.Helper()
	for i, r := range got {
		if r.trainer != nil {
			same(t, fmt.Sprintf("%s: %s", what, r.sae.Architecture), r.diary, want[i].diary, r.trainer.State(), states[i])
		}
	}
}

func TestSweepIsItsMembersAlone(t *testing.T) {
	for _, transcoders := range []bool{false, true} {
		single, g := members(t, transcoders), newGroup(t, members(t, transcoders))
		states := alone(t, single)
		if err := g.run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		sameMembers(t, "sweep", g.all, single, states)
		if want := []string{"4 true", "7 true", "10 true"}; !slices.Equal(g.marks, want) { // beyond 24, 48 and 72 rows of 96
			t.Errorf("checkpoints at %v, want %v", g.marks, want)
		}
	}
}

// TestSweepResumes stops a sweep at each step, as Ctrl-C does, and in the middle of its
// evaluations, and goes on with it.
func TestSweepResumes(t *testing.T) {
	single := members(t, false)
	states := alone(t, single)
	stops := map[string]func(g *group, cancel func()){
		"between two evaluations": func(g *group, cancel func()) {
			g.all[2].stop = func(i train.StepInfo) {
				if i.Step == 6 { // the first two are evaluated behind it, the others are not
					g.all[1].evaluated = cancel
				}
			}
		},
	}
	for _, k := range []int{1, 6, 12} { // with batches held, before evaluations, at the end
		stops[fmt.Sprint("after step ", k)] = func(g *group, cancel func()) {
			g.stop = func(i train.SweepInfo) {
				if i.Step == k {
					cancel()
				}
			}
		}
	}
	for name, stop := range stops {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			first := newGroup(t, members(t, false))
			stop(first, func() { cancel(errBoom) })
			if err := first.run(ctx, nil); !errors.Is(err, errBoom) {
				t.Fatalf("error is %v, want %v", err, errBoom)
			}
			if a, b := first.all[1].diary, first.all[2].diary; (len(a.evaluations) > len(b.evaluations)) != (name == "between two evaluations") {
				t.Fatalf("evaluated at steps %v and %v", a.evaluations, b.evaluations)
			}
			second := newGroup(t, members(t, false))
			for i, r := range second.all {
				r.diary = first.all[i].diary
			}
			if err := second.run(t.Context(), first); err != nil {
				t.Fatal(err)
			}
			sameMembers(t, name, second.all, single, states)
		})
	}
}

func TestSweepGoesOnWithoutWhatDiverges(t *testing.T) {
	single := members(t, false)
	states := alone(t, single)
	diverging := func() []*trial {
		all := members(t, false)
		all[0].cfg.LR, all[2].cfg.LR = 1e30, 1e30
		return all
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	first := newGroup(t, diverging())
	first.stop = func(i train.SweepInfo) {
		if i.Step == 9 {
			cancel(errBoom)
		}
	}
	if err := first.run(ctx, nil); !errors.Is(err, errBoom) {
		t.Fatalf("error is %v, want %v", err, errBoom)
	}
	if len(first.dropped) != 2 || !strings.Contains(first.dropped[0], "lower lr") || !strings.HasPrefix(first.dropped[2], "step ") {
		t.Errorf("dropped are %v, want the first and the third, and why", first.dropped)
	}
	second := newGroup(t, diverging())
	for i, r := range second.all {
		r.diary = first.all[i].diary
	}
	if err := second.run(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	if second.all[0].trainer != nil || second.all[1].trainer == nil || len(second.dropped) > 0 {
		t.Errorf("what was dropped comes back: %v", second.dropped)
	}
	sameMembers(t, "beside what diverges", second.all, single, states)

	all := diverging()
	if err := newGroup(t, []*trial{all[0], all[2]}).run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "none is left: ") {
		t.Errorf("all diverge: error is %v", err)
	}
}

func TestNewSweepRefuses(t *testing.T) {
	for want, change := range map[string]func(m *sae.Config, c *train.Config, h *train.Hooks){
		"d_in is 9":                         func(m *sae.Config, _ *train.Config, _ *train.Hooks) { m.DIn = width + 1 },
		"train_batch_size_samples is 4":     func(_ *sae.Config, c *train.Config, _ *train.Hooks) { c.TrainBatchSizeSamples = 4 },
		"total_training_samples is 800":     func(_ *sae.Config, c *train.Config, _ *train.Hooks) { c.TotalTrainingSamples = 800 },
		"n_batches_for_norm_estimate is 2,": func(_ *sae.Config, c *train.Config, _ *train.Hooks) { c.NormEstimateBatches = 2 },
		"n_checkpoints is 5":                func(_ *sae.Config, c *train.Config, _ *train.Hooks) { c.NCheckpoints = 5 },
		"being a transcoder is true": func(m *sae.Config, _ *train.Config, _ *train.Hooks) {
			m.Architecture, m.ApplyBDecToInput, m.DOut = sae.Transcoder, false, width
		},
		"hook of its own": func(_ *sae.Config, _ *train.Config, h *train.Hooks) { h.Due = func() bool { return false } },
	} {
		r := members(t, false)[0]
		one := trainer(t, r.model(), r.cfg, train.Hooks{})
		h := train.Hooks{}
		change(&r.sae, &r.cfg, &h)
		_, err := train.NewSweep([]*train.Trainer{one, trainer(t, r.model(), r.cfg, h)}, train.SweepHooks{})
		if err == nil || !strings.Contains(err.Error(), "member 1: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want %q in it", err, want)
		}
	}
	if _, err := train.NewSweep(nil, train.SweepHooks{}); err == nil {
		t.Error("no members: no error")
	}
}
