package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// step is what one side says of a step.
type step struct {
	seconds, loss float64
	l0, variance  float64 // where it was asked for: train.StepInfo's, NaN before the first
}

// session is a run of saego's trainer that takes steps when it is told to, so that
// others may take turns with it.
type session struct {
	ask    chan struct{} // one for each batch
	taken  chan step
	ended  chan error
	cancel context.CancelFunc
}

// newSession begins to train m on r.
func newSession(ctx context.Context, m *sae.Model, cfg train.Config, r rows) (*session, error) {
	s := &session{ask: make(chan struct{}, 1), taken: make(chan step, 1), ended: make(chan error, 1)}
	t, err := train.New(m, cfg, train.Hooks{Step: func(i train.StepInfo) {
		s.taken <- step{loss: i.Loss, l0: i.L0, variance: i.ExplainedVariance}
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

// steps takes n steps. A step's time is all that passes until the trainer has told of
// it, from when the batch may be read.
func (s *session) steps(n int) ([]step, error) {
	out := make([]step, n)
	for i := range out {
		start := time.Now()
		s.ask <- struct{}{}
		select {
		case out[i] = <-s.taken:
			out[i].seconds = time.Since(start).Seconds()
		case err := <-s.ended:
			s.ended <- err
			return nil, fmt.Errorf("saego: %w", err)
		}
	}
	return out, nil
}

// close ends the run, and gives its memory back.
func (s *session) close() error {
	s.cancel()
	err := <-s.ended
	debug.FreeOSMemory()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// seconds of each step.
func seconds(steps []step) []float64 {
	return column(steps, func(s step) float64 { return s.seconds })
}

func column(steps []step, of func(step) float64) []float64 {
	out := make([]float64, len(steps))
	for i, s := range steps {
		out[i] = of(s)
	}
	return out
}
