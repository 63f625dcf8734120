package train

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/saego/saego/extract"
)

// Sweep trains several models on the same batches: what reading them costs is paid
// once. Each becomes, to the bit, what [Trainer.Run] would make of it alone.
//
// A model of P parameters takes 16·P bytes of memory beside what a step needs: its
// parameters, their gradients and Adam's two moments. The trainers take turns on each
// batch.
type Sweep struct {
	members []*Trainer // nil where one was dropped
	hooks   SweepHooks
	pass    *pass
}

// SweepHooks are called by a [Sweep] in its own goroutine; each may be nil. An error
// ends the sweep. When they are called, but for Dropped, all members have taken the
// same steps.
type SweepHooks struct {
	// Step hears of each step, once all members have taken it.
	Step func(SweepInfo)
	// Dropped hears of a member, by its index, whose loss has become NaN or infinite: the
	// others go on without it. Its trainer may not be used any more.
	Dropped func(member int, err error)
	// Checkpoint keeps those members that were not dropped, by [Trainer.Save], when
	// [Hooks].Checkpoint would; scheduled says that it is one of NCheckpoints.
	Checkpoint func(ctx context.Context, scheduled bool) error
	// Due is asked after each step whether Checkpoint shall be called beyond that.
	Due func() bool
}

// SweepInfo is what is known of a sweep as a step ends.
type SweepInfo struct {
	Step, Steps int // steps taken, and of the whole run
	Samples     int
	Running     int // members that were not dropped
}

// NewSweep returns a sweep over trainers, by [New], or all by [Resume] from checkpoints
// of one moment of a sweep, from which those that had been dropped are left out. Models
// have equal widths and take targets all or none; TrainBatchSizeSamples,
// TotalTrainingSamples, NormEstimateBatches and NCheckpoints are equal. Their hooks have
// neither Checkpoint nor Due: those of the sweep stand for them.
func NewSweep(members []*Trainer, hooks SweepHooks) (*Sweep, error) {
	if len(members) == 0 {
		return nil, errors.New("train: sweep: it has no members")
	}
	first := members[0]
	for i, t := range members {
		if err := first.fits(t); err != nil {
			return nil, fmt.Errorf("train: sweep: member %d: %w", i, err)
		}
	}
	s := &Sweep{members: slices.Clone(members), hooks: hooks}
	s.pass = &pass{trainers: slices.Clone(members), feed: first.feed, stepped: s.stepped, keep: hooks.Checkpoint, due: hooks.Due, drop: s.drop}
	for _, t := range members {
		t.feed = first.feed // what is held is held once
	}
	return s, nil
}

// fits says why o cannot train beside t.
func (t *Trainer) fits(o *Trainer) error {
	var errs []error
	same := func(what string, got, want any) {
		if got != want {
			errs = append(errs, fmt.Errorf("%s is %v, that of the first %v: all members see the same batches", what, got, want))
		}
	}
	is, was := o.model.Config(), t.model.Config()
	same("d_in", is.DIn, was.DIn)
	same("d_out", is.Out(), was.Out())
	same("being a transcoder", o.model.Transcodes(), t.model.Transcodes())
	same("train_batch_size_samples", o.cfg.TrainBatchSizeSamples, t.cfg.TrainBatchSizeSamples)
	same("total_training_samples", o.cfg.TotalTrainingSamples, t.cfg.TotalTrainingSamples)
	same("n_batches_for_norm_estimate", o.cfg.NormEstimateBatches, t.cfg.NormEstimateBatches)
	same("n_checkpoints", o.cfg.NCheckpoints, t.cfg.NCheckpoints)
	same("n_training_steps", o.steps, t.steps)
	same("n_held_batches", len(o.feed.held), len(t.feed.held))
	if o.hooks.Checkpoint != nil || o.hooks.Due != nil {
		errs = append(errs, errors.New("it has a Checkpoint or Due hook of its own: give them to the sweep"))
	}
	return errors.Join(errs...)
}

// Run is [Trainer.Run] for all members. It fails once none is left.
func (s *Sweep) Run(ctx context.Context, src extract.Source) error {
	if err := s.pass.run(ctx, src); err != nil {
		return fmt.Errorf("train: sweep: %w", err)
	}
	return nil
}

func (s *Sweep) stepped() {
	if t := s.pass.first(); s.hooks.Step != nil {
		s.hooks.Step(SweepInfo{Step: t.steps, Steps: t.cfg.Steps(), Samples: t.samples, Running: len(s.pass.trainers)})
	}
}

// drop lets go of a member's memory, and tells of it.
func (s *Sweep) drop(t *Trainer, err error) {
	i := slices.Index(s.members, t)
	s.members[i] = nil
	err = errors.Join(fmt.Errorf("step %d: %w", t.steps+1, err), t.graph.Close())
	if s.hooks.Dropped != nil {
		s.hooks.Dropped(i, err)
	}
}
