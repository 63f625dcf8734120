package train

import (
	"context"
	"errors"
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
	// interrupted.
	Checkpoint func(context.Context, State) error
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
	L0            float64   // mean latents active per row, over the last feature window
	Dead          int       // latents that have not fired within the window
	LogSparsity   []float32 // (d_sae) log10 of how often each latent fires; nil before the first step
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
	activity *activity
	deadMask []bool
	due      []int     // checkpoints still to come, in rows
	input    []float32 // the batch, scaled

	starved        bool // the source failed
	steps, samples int
	dead           int
	variance       float64
}

// New returns a trainer for model, which it will change.
func New(model *sae.Model, cfg Config, hooks Hooks) (*Trainer, error) {
	cfg = cfg.Resolve()
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	graph, err := model.Graph(sae.GraphConfig{Rows: cfg.TrainBatchSizeSamples, Autocast: cfg.Autocast})
	if err != nil {
		return nil, fmt.Errorf("train: %w", err)
	}
	return &Trainer{
		model: model, cfg: cfg, hooks: hooks, graph: graph,
		solver: &Adam{Beta1: cfg.AdamBeta1, Beta2: cfg.AdamBeta2}, scaler: Scaler{1},
		scaled:   model.Config().NormalizeActivations == sae.NormalizeNone,
		activity: newActivity(model.Config().DSAE), deadMask: make([]bool, model.Config().DSAE),
		due: cfg.checkpointAfter(), variance: math.NaN(),
	}, nil
}

// SetScaler sets the scale of activations, which [Trainer.Run] otherwise estimates
// where the model's NormalizeActivations asks for it.
func (t *Trainer) SetScaler(s Scaler) { t.scaler, t.scaled = s, true }

// Run trains on the batches of src, each of which must have TrainBatchSizeSamples
// rows, until TotalTrainingSamples rows are seen or src ends. When ctx ends or src
// fails after the first step, the checkpoint hook is called once more, so that no
// work is lost, and Run returns ctx's cause or src's error. The returned state is
// valid then, too.
func (t *Trainer) Run(ctx context.Context, src extract.Source) (State, error) {
	err := t.train(ctx, src)
	if err != nil && (ctx.Err() != nil || t.starved) && t.steps > 0 {
		err = errors.Join(err, t.checkpoint(context.WithoutCancel(ctx)))
	}
	if err != nil {
		return t.state(), fmt.Errorf("train: %w", err)
	}
	return t.state(), t.graph.Close()
}

func (t *Trainer) train(ctx context.Context, src extract.Source) error {
	if got, want := src.Info().DIn, t.model.Config().DIn; got != want {
		return fmt.Errorf("hook %s has d_in %d, the SAE %d", src.Info().Hook, got, want)
	}
	if t.steps > 0 {
		return errors.New("this trainer has run: make one for each run")
	}
	for x, err := range t.batches(ctx, src) {
		if err != nil {
			t.starved = true
			return err
		}
		if got, want := len(x), t.cfg.TrainBatchSizeSamples*src.Info().DIn; got != want {
			return fmt.Errorf("a batch has %d rows, train_batch_size_samples is %d: put a mixbuf.Buffer of that batch before the trainer",
				got/src.Info().DIn, t.cfg.TrainBatchSizeSamples)
		}
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		step := t.steps + 1
		if err := t.step(ctx, x); err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
		if t.samples >= t.cfg.TotalTrainingSamples {
			break
		}
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	if t.steps == 0 {
		return fmt.Errorf("the source ended before a batch of %d rows was full: "+
			"give more data or lower train_batch_size_samples", t.cfg.TrainBatchSizeSamples)
	}
	return t.evaluate(ctx)
}

func (t *Trainer) state() State {
	return State{
		Model: t.model, Scale: t.scaler.Scaling(), Step: t.steps, Samples: t.samples,
		L0: t.activity.l0(), Dead: t.dead, LogSparsity: t.activity.logSparsity(),
	}
}

func (t *Trainer) checkpoint(ctx context.Context) error {
	if t.hooks.Checkpoint == nil {
		return nil
	}
	if err := t.hooks.Checkpoint(ctx, t.state()); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

func (t *Trainer) evaluate(ctx context.Context) error {
	if t.hooks.Evaluate == nil {
		return nil
	}
	values, err := t.hooks.Evaluate(ctx, t.state())
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
