package cli

import (
	"errors"
	"fmt"
	"io"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/store"
	"github.com/saego/saego/extract/tokens"
	"github.com/saego/saego/internal/demo"
	"github.com/saego/saego/models"
	"github.com/saego/saego/sae"
	"github.com/saego/saego/train"
)

// text is the kind of classifier-sae.
type text struct {
	settings textSettings
}

type textSettings struct {
	Config  `yaml:",inline"`
	Extract extract.TextConfig  `yaml:",inline"`
	Dataset datasets.TextConfig `yaml:",inline"`
}

// Text returns the kind of classifier-sae with its defaults.
func Text() Kind {
	return &text{textSettings{Config: DefaultConfig(), Extract: extract.DefaultTextConfig()}}
}

func (t *text) Program() (name, short, example string) {
	return "classifier-sae", "Train sparse autoencoders on a text classifier's activations",
		`  classifier-sae train --preset demo --output out/demo-text
  classifier-sae train --model models/gpt2 --data aclImdb --hook transformer.h.6 --output out/gpt2
  classifier-sae eval --run out/gpt2`
}

func (t *text) Clone() Kind { c := *t; return &c }

func (t *text) Config() *Config { return &t.settings.Config }

func (t *text) Settings() any { return &t.settings }

func (t *text) Unit() string { return store.UnitToken }

func (t *text) Hook() string { return t.settings.Extract.Hook }

func (t *text) HookOut() string { return t.settings.Extract.HookOut }

func (t *text) Provenance() map[string]any {
	e := t.settings.Extract
	return map[string]any{
		"context_size": e.ContextSize, "exclude_special_tokens": e.ExcludeSpecialTokens,
		"exclude_padding": e.ExcludePadding, "exclude_first_position": e.ExcludeFirstPosition,
	}
}

// Preset knows demo, and guide: the values of ClassifierSAERunner in the guide
// "Extending SAELens".
func (t *text) Preset(name string) error {
	s := &t.settings
	switch name {
	case "":
	case "demo":
		s.Model, s.Data, s.Extract.Hook = demoName, demoName, "transformer.h.2"
		s.Output = "out/demo-text"
		s.Config.demo()
		s.Extract.StoreBatchSizePrompts = 32
	case "guide":
		s.Config.guide()
		s.Extract.ContextSize, s.Extract.StoreBatchSizePrompts, s.Extract.GroupByLength = 256, 8, 0
		s.Extract.ExcludePadding, s.Extract.ExcludeFirstPosition, s.Extract.PadToContext = false, false, true
		s.Extract.Hook = "transformer.h.6"
		s.Buffer.BufferSize = 16 * 8 * 256
		s.Train.TotalTrainingSamples = 500_000
	default:
		return unknownPreset(name)
	}
	return nil
}

func unknownPreset(name string) error {
	return usage(fmt.Errorf("preset is %q, want demo or guide", name))
}

// demo sets what suits the small embedded models.
func (c *Config) demo() {
	c.SAE.K, c.ExpansionFactor = 32, 4
	c.Train.TotalTrainingSamples, c.Train.TrainBatchSizeSamples = 400_000, 1024
	c.Train.LR = 2e-3
	c.Buffer.BufferSize = 16 * 1024
}

// guide sets what both examples of the guide share.
func (c *Config) guide() {
	c.SAE.Architecture, c.SAE.L1Coefficient, c.ExpansionFactor = sae.Standard, 5, 8
	c.SAE.NormalizeActivations = sae.NormalizeNone
	c.Train.TrainBatchSizeSamples, c.Train.LR = 4096, 3e-4
	c.Train.LRWarmUpSteps, c.Train.LRDecaySteps, c.Train.L1WarmUpSteps = 1000, 0, 0
	c.Train.DeadFeatureWindow, c.Train.FeatureSamplingWindow = 1000, 2000
	c.Train.BDecInitMethod, c.Train.DeadFeatureMethod = train.BDecZeros, train.DeadNone
}

func (t *text) Demo() (*models.Model, error) { return models.OpenFS(demo.TextModel(), demoName) }

func (t *text) OpenModel() (*models.Model, error) {
	m, err := openModel(t.settings.Model, t.Demo)
	if err == nil && m.Spec.Text == nil {
		err = fmt.Errorf("model %s is a %s, not a text model: use vision-sae", m.Path, m.Spec.Family)
	}
	return m, err
}

func (t *text) Resolve(m *models.Model, dIn int) error {
	e, most := &t.settings.Extract, m.Spec.Text.ContextSize
	if e.ContextSize == 0 {
		e.ContextSize = most
	}
	var tooLong error
	if e.ContextSize > most {
		tooLong = fmt.Errorf("context_size is %d, but the model takes at most %d", e.ContextSize, most)
	}
	return usage(errors.Join(t.settings.resolve(dIn), e.Validate(), tooLong, t.settings.Dataset.Validate()))
}

func (t *text) Sources(m *models.Model, r extract.Runner, _ io.Writer) (train, held Source, err error) {
	tok, err := tokens.Open(m.FS, m.Spec.Text.Tokenizer)
	if err != nil {
		return nil, nil, fmt.Errorf("model %s: %w", m.Path, err)
	}
	ds, err := t.dataset()
	if err != nil {
		return nil, nil, err
	}
	return split(ds, t.Config(), func(part datasets.Dataset[datasets.Text], passes int) (Source, error) {
		cfg := t.settings.Extract
		cfg.Passes = passes
		return extract.NewText(&m.Spec, m.Digest(), r, tok, part, cfg)
	})
}

// memory implements holder.
func (t *text) memory() int {
	c := t.Config()
	return t.settings.Extract.Memory(c.SAE.DIn, c.SAE.DOut)
}

func (t *text) dataset() (datasets.Dataset[datasets.Text], error) {
	if t.settings.Data == demoName {
		return demo.Reviews(demoReviews, demoSeed)
	}
	return datasets.OpenTexts(t.settings.Data, t.settings.Dataset)
}

// split shuffles ds and opens its two parts.
func split[T datasets.Example](ds datasets.Dataset[T], c *Config, open func(datasets.Dataset[T], int) (Source, error)) (train, held Source, err error) {
	trainPart, heldPart, err := datasets.HoldOut(datasets.Shuffle(ds, c.Seed), c.HeldOutFraction, c.Seed)
	if err != nil {
		return nil, nil, err
	}
	if train, err = open(trainPart, c.passes); err != nil {
		return nil, nil, err
	}
	if c.HeldOutFraction > 0 {
		held, err = open(heldPart, 1)
	}
	return train, held, err
}
