package train

import (
	"context"
	"fmt"
	"math"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/sae"
)

// Hooks are called by a [Trainer] in its own goroutine; each may be nil. An error
// ends the run.
type Hooks struct {
	// Step hears of each step.
	Step func(StepInfo)
	// Log takes a record every LogEveryNSteps steps, and one at the end of each
	// feature window and evaluation.
	Log func(Record) error
	// Evaluate looks at the model every EvalEveryNSteps steps and at the end. What
	// it returns is logged.
	Evaluate func(context.Context, State) (map[string]float64, error)
	// Checkpoint keeps the model: NCheckpoints times, and when the run is
	// interrupted. By [Trainer.Save] it keeps what [Resume] needs.
	Checkpoint func(context.Context, State) error
	// Due is asked after each step whether Checkpoint shall be called beyond that.
	Due func() bool
}

// StepInfo is what is known of a step as it ends.
type StepInfo struct {
	Step, Steps       int // steps taken, and of the whole run
	Samples           int
	Loss, L0          float64
	ExplainedVariance float64 // of the last logged step; NaN before
	Dead              int
}

// State is a moment of a run.
type State struct {
	Model         *sae.Model  // being trained: for scaled activations
	Scale         sae.Scaling // what was done to the rows before the model saw them
	Step, Samples int
	L0            float64   // mean latents active per row, over this feature window and the one before it
	Dead          int       // latents that have not fired within the window
	LogSparsity   []float32 // (d_sae) log10 of how often each latent fires, over the same; nil before the first step
	Scheduled     bool      // this checkpoint is one of NCheckpoints
}

// Inference returns the model as it is to be used, on activations as they are.
func (s State) Inference() *sae.Model { return s.Model.Inference(s.Scale) }

// Trainer trains one model once.
type Trainer struct {
	model *sae.Model
	cfg   Config
	hooks Hooks

	graph    *sae.Graph
	solver   *Adam
	scaler   Scaler
	scaled   bool // the scaler is known
	whitener *whitener
	activity *activity
	deadMask []bool
	due      []int // checkpoints still to come, in rows
	feed     *feed
	input    rows // the batch at hand, scaled, in the graph's memory

	begun         bool // Run was called
	torn          bool // a step has begun and not ended
	evaluationDue bool // of the last step
	keeping       bool // the checkpoint hook is at work
	kept          int  // the step that the last checkpoint is of

	steps, samples int
	dead           int
	variance       float64
}

// New returns a trainer for model, which it will change, where it is: see sae.Model.To.
func New(model *sae.Model, cfg Config, hooks Hooks) (*Trainer, error) {
	cfg = cfg.Resolve()
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	graph, err := model.Graph(sae.GraphConfig{
		Rows: cfg.TrainBatchSizeSamples, Autocast: cfg.Autocast, DeadLoss: cfg.deadLoss(),
	})
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	x, target := graph.Memory()
	return &Trainer{
		model: model, cfg: cfg, hooks: hooks, graph: graph, input: rows{x, target},
		solver: &Adam{Beta1: cfg.AdamBeta1, Beta2: cfg.AdamBeta2, Engine: model.Engine()}, scaler: Scaler{Factor: 1},
		scaled:   !estimates[model.Config().NormalizeActivations],
		activity: newActivity(model.Engine(), model.Config().DSAE, cfg.Compat), deadMask: make([]bool, model.Config().DSAE),
		due: cfg.checkpointAfter(), feed: &feed{}, variance: math.NaN(),
	}, nil
}

// SetScaler sets what is done to the rows, which [Trainer.Run] otherwise estimates
// where the model's NormalizeActivations asks for it. It is called before Run.
func (t *Trainer) SetScaler(s Scaler) {
	t.scaler, t.scaled, t.whitener = s, true, newWhitener(s.Whitening)
}

// Run trains on the batches of src, each of which must have TrainBatchSizeSamples
// rows, until TotalTrainingSamples rows are seen or src ends. When ctx ends or src
// fails after the first step, the checkpoint hook is called once more, so that no
// work is lost, and Run returns ctx's cause or src's error. The returned state is
// valid then, too.
//
// Every batch that src yielded is trained on, or kept by [Trainer.Save]: a source that
// goes on behind the last batch that it yielded loses none, and repeats none.
func (t *Trainer) Run(ctx context.Context, src extract.Source) (State, error) {
	p := &pass{trainers: []*Trainer{t}, feed: t.feed, due: t.hooks.Due}
	if t.hooks.Checkpoint != nil {
		p.keep = func(ctx context.Context, scheduled bool) error {
			s := t.State()
			s.Scheduled = scheduled
			return t.hooks.Checkpoint(ctx, s)
		}
	}
	err := p.run(ctx, src)
	if err != nil {
		err = fmt.Errorf("train: %w", err)
	}
	return t.State(), err
}

// State returns where the run is.
func (t *Trainer) State() State {
	recent := t.activity.recent()
	return State{
		Model: t.model, Scale: t.scaler.Scaling(), Step: t.steps, Samples: t.samples,
		L0: recent.l0(), Dead: t.dead, LogSparsity: recent.logSparsity(),
	}
}

func (t *Trainer) checkpointDue() bool { return len(t.due) > 0 && t.samples > t.due[0] }

// after returns those of due that are not yet passed after so many samples.
func after(due []int, samples int) []int {
	for len(due) > 0 && samples > due[0] {
		due = due[1:]
	}
	return due
}

func (t *Trainer) evaluate(ctx context.Context) error {
	if t.hooks.Evaluate == nil {
		return nil
	}
	values, err := t.hooks.Evaluate(ctx, t.State())
	if err != nil {
		return fmt.Errorf("evaluate: %w", err)
	}
	return t.log(values, weightHistograms(t.model))
}

func (t *Trainer) log(values map[string]float64, histograms map[string][]float32) error {
	if t.hooks.Log == nil {
		return nil
	}
	if err := t.hooks.Log(Record{Step: t.steps, Samples: t.samples, Values: values, Histograms: histograms}); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	return nil
}
