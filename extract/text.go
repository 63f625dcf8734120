package extract

import (
	"context"
	"fmt"
	"iter"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/models"
)

// Text is a [Source] of what a text model computes at one hook point, and for
// transcoders at a second one.
//
// Each forward pass takes up to store_batch_size_prompts texts, cut to the context size
// and padded on the right; on a processor few enough to stay in its caches, see [Lanes]. Each
// batch has the rows of group_by_length times as many texts, in the order of the dataset;
// within it, texts of similar length go together, so that little is padded. The rows and
// their order are those without grouping, their values up to float32's rounding, which
// depends on the shape of a forward pass.
//
// What gives no row is not computed, where a network allows that: most of the padding,
// what is cut off, and texts of which no row is kept. An excluded first position or
// special token is, as others may attend to it. Texts without a token are counted and not
// fed, since no network takes an empty sequence.
//
// A call of Batches holds for each device the rows of one batch, and of what is computed at
// once, see [TextConfig.Memory], in memory that it allocates once, for the largest so far.
type Text struct {
	spec   *models.Spec
	hooks  hooks
	model  string // name@digest
	runner Runner
	tok    tokens.Tokenizer
	ds     datasets.Dataset[datasets.Text]
	cfg    TextConfig
	meter  meter
}

var _ Resumer = (*Text)(nil)

// NewText returns a source over the texts of ds. The spec must be valid; digest
// identifies the model in [Info]. It fails where cfg is wrong, the model is none
// for texts, or has no such hook.
func NewText(spec *models.Spec, digest string, runner Runner, tok tokens.Tokenizer, ds datasets.Dataset[datasets.Text], cfg TextConfig) (*Text, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("extract: text: %w", err)
	}
	if spec.Text == nil {
		return nil, fmt.Errorf("extract: text: model %s is not a text model: its family is %s", spec.Name, spec.Family)
	}
	hooks, err := findHooks(spec, cfg.Hook, cfg.HookOut)
	if err != nil {
		return nil, fmt.Errorf("extract: text: %w", err)
	}
	if most := spec.Text.ContextSize; cfg.ContextSize > most {
		return nil, fmt.Errorf("extract: text: context_size is %d, but model %s takes at most %d", cfg.ContextSize, spec.Name, most)
	} else if cfg.ContextSize == 0 {
		cfg.ContextSize = most
	}
	return &Text{spec: spec, hooks: hooks, model: spec.Name + "@" + digest, runner: runner, tok: tok, ds: ds, cfg: cfg}, nil
}

// Info implements [Source].
func (s *Text) Info() Info { return s.hooks.info(s.model) }

// Counts returns the counts of the call of Batches that was started last, up to
// its last batch, what lies before its cursor included. It may be called while
// that runs.
func (s *Text) Counts() Counts { return s.meter.read() }

// Batches implements [Source]. It runs in the caller's goroutine; forward passes of
// [Lanes], and batches of a [Fan] with several devices, are computed in goroutines of their
// own, all of which have ended when the sequence ends. A pass through the dataset that keeps
// no row is an error that wraps [ErrNoRows], so an endless source cannot spin; a value that
// is not finite is an error too.
func (s *Text) Batches(ctx context.Context) iter.Seq2[Batch, error] {
	return s.BatchesFrom(ctx, Cursor{})
}

// BatchesFrom implements [Resumer].
func (s *Text) BatchesFrom(ctx context.Context, c Cursor) iter.Seq2[Batch, error] {
	counted := s.meter.start(c) // Counts tells of what lies before c from now on
	return func(yield func(Batch, error) bool) {
		err := c.check()
		if err == nil {
			p := &textPass{Text: s, tally: counted, flight: newFlight(s.runner, s.newBatch)}
			err = p.eachPass(s.cfg.Passes, func() error { return p.run(ctx, yield) })
		}
		if err != nil {
			yield(Batch{}, fmt.Errorf("extract: text: hook %q: %w", s.hooks.in.Name, err))
		}
	}
}

// newBatch returns the memory of a batch that a device computes.
func (s *Text) newBatch(device Runner) *textBatch {
	b := &textBatch{Text: s, lanes: lanesOf(device), rows: activations{hooks: s.hooks}}
	for range b.runners {
		b.memory = append(b.memory, textLane{computed: activations{hooks: s.hooks}})
	}
	return b
}

// noTextRows is the error for a pass whose counts are c.
func noTextRows(c Counts) error {
	switch {
	case c.Examples+c.Empty == 0:
		return noRows(c, "the dataset is empty: check its path and split")
	case c.Examples == 0:
		return noRows(c, "no text has a token: check which field of the data holds the text")
	}
	return noRows(c, "use longer texts, or set exclude_first_position or exclude_special_tokens to false")
}
