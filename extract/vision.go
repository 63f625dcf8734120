package extract

import (
	"context"
	"fmt"
	"iter"
	"log/slog"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/models"
)

// Vision is a [Source] of what a vision model computes at one hook point, and for
// transcoders at a second one.
//
// Each batch has the rows of store_batch_size_images pictures, which are computed in one
// forward pass, or on a processor in several small ones, see [Lanes].
// Pictures are read and prepared by a few goroutines ahead of the network, and
// fed in the dataset's order. One that cannot be read (missing, corrupt, or too
// large by its header) is counted as failed, logged and skipped; too many
// of them are an error that names the last ones.
type Vision struct {
	spec   *models.Spec
	hooks  hooks
	model  string // name@digest
	runner Runner
	ds     datasets.Dataset[datasets.Image]
	cfg    VisionConfig
	pixels pixels.Config
	log    *slog.Logger
	meter  meter
}

var _ Resumer = (*Vision)(nil)

// NewVision returns a source over the pictures of ds. The spec must be valid;
// digest identifies the model in [Info]. It fails where cfg is wrong, the model is
// none for pictures, or has no such hook.
func NewVision(spec *models.Spec, digest string, runner Runner, ds datasets.Dataset[datasets.Image], cfg VisionConfig) (*Vision, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("extract: vision: %w", err)
	}
	if err := checkVisionSpec(spec, cfg.Rows); err != nil {
		return nil, fmt.Errorf("extract: vision: %w", err)
	}
	hooks, err := findHooks(spec, cfg.Hook, cfg.HookOut)
	if err != nil {
		return nil, fmt.Errorf("extract: vision: %w", err)
	}
	v := &Vision{spec: spec, hooks: hooks, model: spec.Name + "@" + digest, runner: runner, ds: ds, cfg: cfg}
	v.pixels = cfg.limits(spec.ExportedBy["pillow"])
	if _, err := pixels.New(spec.Vision, v.pixels); err != nil {
		return nil, fmt.Errorf("extract: vision: model %s: %w", spec.Name, err)
	}
	v.log = cfg.Logger
	if v.log == nil {
		v.log = slog.New(slog.DiscardHandler)
	}
	return v, nil
}

// Info implements [Source].
func (v *Vision) Info() Info { return v.hooks.info(v.model) }

// Counts returns the counts of the call of Batches that was started last, up to
// its last batch, what lies before its cursor included. It may be called while
// that runs.
func (v *Vision) Counts() Counts { return v.meter.read() }

// Batches implements [Source]. The network runs in the caller's goroutine, or, with [Lanes]
// or a [Fan] of several devices, in one for each of them. These goroutines, and those that
// prepare pictures, have ended when the sequence ends, also when the caller breaks off. A pass
// through the dataset that keeps no row is an error that wraps [ErrNoRows]; a value that is
// not finite is an error too.
func (v *Vision) Batches(ctx context.Context) iter.Seq2[Batch, error] {
	return v.BatchesFrom(ctx, Cursor{})
}

// BatchesFrom implements [Resumer]. Where too many pictures are skipped, the error
// names none of those before the cursor.
func (v *Vision) BatchesFrom(ctx context.Context, c Cursor) iter.Seq2[Batch, error] {
	counted := v.meter.start(c) // Counts tells of what lies before c from now on
	return func(yield func(Batch, error) bool) {
		err := c.check()
		if err == nil {
			p := &visionPass{Vision: v, tally: counted, flight: newFlight(v.runner, v.newBatch)}
			err = p.eachPass(v.cfg.Passes, func() error { return p.run(ctx, yield) })
		}
		if err != nil {
			yield(Batch{}, fmt.Errorf("extract: vision: hook %q: %w", v.hooks.in.Name, err))
		}
	}
}

// newBatch returns the memory of a batch that a device computes.
func (v *Vision) newBatch(device Runner) *visionBatch {
	return &visionBatch{Vision: v, runner: device, sieve: sieve{activations: activations{hooks: v.hooks}}}
}

// noImageRows is the error for a pass whose counts are c.
func noImageRows(c Counts) error {
	if c.Examples+c.Failed == 0 {
		return noRows(c, "the dataset is empty: check its path and split")
	}
	return noRows(c, "no picture could be read: check the dataset's path, or see the log for each cause")
}
