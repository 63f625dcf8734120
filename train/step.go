package train

import (
	"fmt"
	"math"

	"github.com/saego/saego/sae"
)

// step trains on one batch; the order is that of sae-lens.
func (t *Trainer) step(b rows) error {
	t.torn = true
	if err := t.closeWindow(); err != nil {
		return err
	}
	t.scale(b)
	coefficient := t.coefficient(t.steps)
	t.model.BeforeStep()
	if err := t.graph.Run(sae.Input{X: t.input.x, Target: t.input.target, Dead: t.deadMask, Coefficient: coefficient}); err != nil {
		return err
	}
	loss, err := t.loss()
	if err != nil {
		return err
	}
	t.activity.add(t.graph.Codes())
	t.dead = t.activity.dead(t.deadMask, t.cfg.DeadFeatureWindow) // the mask is that of the next step
	t.solver.LR = t.cfg.LearningRate(t.steps)
	if err := t.solver.Step(t.graph.Learnables()); err != nil {
		return err
	}
	t.steps++
	t.samples += t.cfg.TrainBatchSizeSamples
	t.resample()
	n := t.cfg.EvalEveryNSteps
	t.evaluationDue = n > 0 && t.steps%n == 0 && t.samples < t.cfg.TotalTrainingSamples
	t.torn = false
	return t.tell(loss)
}

// closeWindow logs and restarts the counts of a full feature window.
func (t *Trainer) closeWindow() error {
	if t.steps == 0 || t.steps%t.cfg.FeatureSamplingWindow != 0 {
		return nil
	}
	t.activity.reset()
	sparsity := t.activity.before.logSparsity()
	return t.log(windowRecord(sparsity), windowHistogram(sparsity))
}

// loss returns the sum of the terms, all of which must be finite.
func (t *Trainer) loss() (float64, error) {
	var sum float64
	for _, l := range t.graph.Losses() {
		if math.IsNaN(l.Value) || math.IsInf(l.Value, 0) {
			return 0, notFinite{l}
		}
		sum += l.Value
	}
	return sum, nil
}

// notFinite is a loss that is NaN or Inf: nothing comes of such a run any more.
type notFinite struct{ sae.Loss }

func (l notFinite) Error() string {
	return fmt.Sprintf("%s is %g: lower lr, or look for outliers among the activations", l.Name, l.Value)
}

// tell informs the hooks about the step that was just taken.
func (t *Trainer) tell(loss float64) error {
	if t.steps%t.cfg.LogEveryNSteps == 0 || t.steps == t.cfg.Steps() {
		if err := t.log(t.stepRecord(loss), nil); err != nil {
			return err
		}
	}
	if t.hooks.Step != nil {
		t.hooks.Step(StepInfo{
			Step: t.steps, Steps: t.cfg.Steps(), Samples: t.samples, Loss: loss,
			L0: t.graph.Codes().L0(), ExplainedVariance: t.variance, Dead: t.dead,
		})
	}
	return nil
}

// coefficient returns the sparsity coefficient of a step, from 0; 0 for an
// architecture without one.
func (t *Trainer) coefficient(step int) float64 {
	name, final := sparsityWeight(t.model)
	return t.cfg.Coefficient(name, final, step)
}

// sparsityWeight returns the name and the final value of the model's sparsity
// coefficient: "l1" or "l0", or nothing.
func sparsityWeight(m *sae.Model) (name string, value float64) {
	if c, ok := m.Architecture().(sae.Coefficient); ok {
		return c.Coefficient(m.Config())
	}
	return "", 0
}
