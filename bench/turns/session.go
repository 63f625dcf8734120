package turns

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// Step is what one side says of a step.
type Step struct {
	Seconds, Loss float64
	L0, Variance  float64 // where it was asked for: train.StepInfo's, NaN before the first
}

// Session is a run of saego's trainer that takes steps when it is told to, so that
// others may take turns with it.
type Session struct {
	ask    chan struct{} // one for each batch
	taken  chan Step
	ended  chan error
	cancel context.CancelFunc
}

// NewSession begins to train m on r, where m is.
func NewSession(ctx context.Context, m *sae.Model, cfg train.Config, r Rows) (*Session, error) {
	s := &Session{ask: make(chan struct{}, 1), taken: make(chan Step, 1), ended: make(chan error, 1)}
	t, err := train.New(m, cfg, train.Hooks{Step: func(i train.StepInfo) {
		s.taken <- Step{Loss: i.Loss, L0: i.L0, Variance: i.ExplainedVariance}
	}})
	if err != nil {
		return nil, err
	}
	ctx, s.cancel = context.WithCancel(ctx)
	go func() {
		_, err := t.Run(ctx, endless{r, cfg.TrainBatchSizeSamples, s.ask})
		s.ended <- err
	}()
	return s, nil
}

// Steps takes n steps. A step's time is all that passes until the trainer has told of
// it, from when the batch may be read; the trainer waits for a device before it tells.
func (s *Session) Steps(n int) ([]Step, error) {
	out := make([]Step, n)
	for i := range out {
		start := time.Now()
		s.ask <- struct{}{}
		select {
		case out[i] = <-s.taken:
			out[i].Seconds = time.Since(start).Seconds()
		case err := <-s.ended:
			s.ended <- err
			return nil, fmt.Errorf("saego: %w", err)
		}
	}
	return out, nil
}

// Close ends the run, and gives its memory back.
func (s *Session) Close() error {
	s.cancel()
	err := <-s.ended
	debug.FreeOSMemory()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// Seconds of each step.
func Seconds(steps []Step) []float64 {
	return Column(steps, func(s Step) float64 { return s.Seconds })
}

// Column returns a figure of each step.
func Column(steps []Step, of func(Step) float64) []float64 {
	out := make([]float64, len(steps))
	for i, s := range steps {
		out[i] = of(s)
	}
	return out
}
