package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/saego/saego/datasets"
	"github.com/saego/saego/extract"
	"github.com/saego/saego/extract/pixels"
	"github.com/saego/saego/extract/store"
	"github.com/saego/saego/internal/demo"
	"github.com/saego/saego/models"
)

// vision is the kind of vision-sae.
type vision struct {
	settings visionSettings
}

type visionSettings struct {
	Config  `yaml:",inline"`
	Extract extract.VisionConfig `yaml:",inline"`
}

// Vision returns the kind of vision-sae with its defaults.
func Vision() Kind {
	return &vision{visionSettings{Config: DefaultConfig(), Extract: extract.DefaultVisionConfig()}}
}

func (v *vision) Program() (name, short, example string) {
	return "vision-sae", "Train sparse autoencoders on a vision transformer's activations",
		`  vision-sae train --preset demo --output out/demo-vision
  vision-sae train --model models/vit_base_patch16_224 --data imagenet/train --hook blocks.6 --output out/vit
  vision-sae eval --run out/vit`
}

func (v *vision) Clone() Kind { c := *v; return &c }

func (v *vision) Config() *Config { return &v.settings.Config }

func (v *vision) Settings() any { return &v.settings }

func (v *vision) Unit() string { return store.UnitPatch }

func (v *vision) Hook() string { return v.settings.Extract.Hook }

func (v *vision) HookOut() string { return v.settings.Extract.HookOut }

func (v *vision) Provenance() map[string]any {
	return map[string]any{"rows": v.settings.Extract.Rows, "jpeg_decoder": pixels.JPEGDecoder()}
}

// Preset knows demo, and guide: the values of VisionSAERunner in the guide
// "Extending SAELens".
func (v *vision) Preset(name string) error {
	s := &v.settings
	switch name {
	case "":
	case "demo":
		s.Model, s.Data, s.Extract.Hook = demoName, demoName, "blocks.2"
		s.Output = "out/demo-vision"
		s.Config.demo()
	case "guide":
		s.Config.guide()
		s.Extract.Rows, s.Extract.StoreBatchSizeImages = extract.RowsAll, 32
		s.Extract.Hook = "blocks.6"
		s.SAE.L1Coefficient, s.Buffer.BufferSize = 1, 50_000
		s.Train.TotalTrainingSamples = 1_000_000
	default:
		return unknownPreset(name)
	}
	return nil
}

func (v *vision) Demo() (*models.Model, error) { return models.OpenFS(demo.VisionModel(), demoName) }

func (v *vision) OpenModel() (*models.Model, error) {
	m, err := openModel(v.settings.Model, v.Demo)
	if err == nil && m.Spec.Vision == nil {
		err = fmt.Errorf("model %s is a %s, not a vision model: use classifier-sae", m.Path, m.Spec.Family)
	}
	return m, err
}

func (v *vision) Resolve(_ *models.Model, dIn int) error {
	return usage(errors.Join(v.settings.resolve(dIn), v.settings.Extract.Validate()))
}

func (v *vision) Sources(m *models.Model, r extract.Runner, log io.Writer) (train, held Source, err error) {
	ds, err := v.dataset()
	if err != nil {
		return nil, nil, err
	}
	return split(ds, v.Config(), func(part datasets.Dataset[datasets.Image], passes int) (Source, error) {
		cfg := v.settings.Extract
		cfg.Passes, cfg.Logger = passes, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{ReplaceAttr: withoutTime}))
		return extract.NewVision(&m.Spec, m.Digest(), r, part, cfg)
	})
}

// withoutTime leaves out what a reader of the terminal knows.
func withoutTime(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

func (v *vision) dataset() (datasets.Dataset[datasets.Image], error) {
	if v.settings.Data == demoName {
		return demo.Pictures(demoPictures, demoSeed, demoSide)
	}
	return datasets.OpenImages(v.settings.Data)
}
