package train

import (
	"context"
	"errors"
	"fmt"

	"github.com/saego/saego/extract"
)

// pass is one pass over a source, by one trainer or by several in step: but for the time
// in which a batch is gone through, all have taken the same steps.
type pass struct {
	trainers []*Trainer // those at work
	feed     *feed      // of all of them

	// What follows may be nil.
	stepped func()                                          // all have taken a step
	keep    func(ctx context.Context, scheduled bool) error // a checkpoint of all
	due     func() bool                                     // Hooks.Due
	drop    func(t *Trainer, err error)                     // t is no longer at work; without it the pass ends
}

// feed is what was read for a pass.
type feed struct {
	held    []rows // batches that were read and not yet trained on, as they came
	starved bool   // the source failed
}

// run goes through src, and keeps what was done where it cannot go on.
func (p *pass) run(ctx context.Context, src extract.Source) error {
	err := p.train(ctx, src)
	if err != nil && (ctx.Err() != nil || p.feed.starved) && p.whole() && p.first().kept != p.first().steps {
		err = errors.Join(err, p.checkpoint(context.WithoutCancel(ctx)))
	}
	if err != nil {
		return err
	}
	var errs []error
	for _, t := range p.trainers {
		errs = append(errs, t.graph.Close())
	}
	return errors.Join(errs...)
}

// first stands for all in what they have in common.
func (p *pass) first() *Trainer { return p.trainers[0] }

// whole says whether there is a step that all have taken, and none has begun another.
func (p *pass) whole() bool {
	for _, t := range p.trainers {
		if t.steps == 0 || t.torn || t.steps != p.first().steps {
			return false
		}
	}
	return len(p.trainers) > 0
}

func (p *pass) train(ctx context.Context, src extract.Source) error {
	if err := check(src.Info(), p.first().model); err != nil {
		return err
	}
	for _, t := range p.trainers {
		if t.begun {
			return errors.New("this trainer has run: make one for each run")
		}
		t.begun = true
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := p.settle(ctx); err != nil {
		return err
	}
	if p.more() {
		if err := p.consume(ctx, src); err != nil {
			return err
		}
	}
	if p.first().steps == 0 {
		return fmt.Errorf("the source ended before a batch of %d rows was full: "+
			"give more data or lower train_batch_size_samples", p.first().cfg.TrainBatchSizeSamples)
	}
	return p.each(func(t *Trainer) error { return t.evaluate(ctx) })
}

// more says whether there are steps left.
func (p *pass) more() bool { return p.first().samples < p.first().cfg.TotalTrainingSamples }

// each calls f for those at work, up to the first error.
func (p *pass) each(f func(*Trainer) error) error {
	for _, t := range p.trainers {
		if err := f(t); err != nil {
			return err
		}
	}
	return nil
}

// consume takes the steps that are left. It looks at ctx behind each of them: what was
// read is trained on.
func (p *pass) consume(ctx context.Context, src extract.Source) error {
	for b, err := range p.batches(ctx, src) {
		if err != nil {
			return err
		}
		step := p.first().steps + 1
		if err := p.step(ctx, b); err != nil {
			return fmt.Errorf("step %d: %w", step, err)
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !p.more() {
			break
		}
	}
	return nil
}

// step trains all on one batch, and then does what is due.
func (p *pass) step(ctx context.Context, b rows) error {
	var working []*Trainer
	var last error
	for _, t := range p.trainers {
		err := t.step(b)
		var lost notFinite
		if errors.As(err, &lost) && p.drop != nil {
			p.drop(t, err)
			last = err
			continue
		}
		if err != nil {
			return err
		}
		working = append(working, t)
	}
	if p.trainers = working; len(working) == 0 {
		return fmt.Errorf("none is left: %w", last)
	}
	if p.stepped != nil {
		p.stepped()
	}
	return p.settle(ctx)
}

// settle does what is due between two steps.
func (p *pass) settle(ctx context.Context) error {
	err := p.each(func(t *Trainer) error {
		if !t.evaluationDue {
			return nil
		}
		if err := t.evaluate(ctx); err != nil {
			return err
		}
		t.evaluationDue = false
		return nil
	})
	if err != nil {
		return err
	}
	if p.checkpointDue() || p.due != nil && p.due() {
		return p.checkpoint(ctx)
	}
	return nil
}

// checkpointDue is the same for all, but where an interruption came between their
// evaluations.
func (p *pass) checkpointDue() bool {
	for _, t := range p.trainers {
		if t.checkpointDue() {
			return true
		}
	}
	return false
}

func (p *pass) checkpoint(ctx context.Context) error {
	if p.keep != nil {
		for _, t := range p.trainers {
			t.keeping = true
			defer func() { t.keeping = false }()
		}
		if err := p.keep(ctx, p.checkpointDue()); err != nil {
			return fmt.Errorf("checkpoint: %w", err)
		}
	}
	for _, t := range p.trainers {
		t.kept, t.due = t.steps, after(t.due, t.samples)
	}
	return nil
}
