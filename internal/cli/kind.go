package cli

import (
	"io"

	"github.com/saego/saego/extract"
	"github.com/saego/saego/models"
)

// Kind is what a program reads, with its settings.
type Kind interface {
	// Program is the program's name and what it does, for help texts.
	Program() (name, short, example string)
	// Clone returns a copy with settings of its own.
	Clone() Kind
	// Config returns the part of the settings that both programs have.
	Config() *Config
	// Settings returns a pointer to all settings, a struct with yaml tags.
	Settings() any
	// Unit is what a row is of, in a store.
	Unit() string
	// Hook returns the hook point, HookOut that which a transcoder predicts from it.
	Hook() string
	HookOut() string
	// Preset applies the settings of a preset, or says which there are.
	Preset(name string) error
	// Demo opens the embedded model.
	Demo() (*models.Model, error)
	// OpenModel opens the model that is named; it must be one of this kind.
	OpenModel() (*models.Model, error)
	// Resolve fills in what follows from the model, whose hook yields rows of dIn
	// values, and reports everything that is wrong with the settings, joined.
	Resolve(m *models.Model, dIn int) error
	// Sources opens the data: rows to train on, without end, and held-out rows,
	// nil where there are none. What is skipped is told to log.
	Sources(m *models.Model, r extract.Runner, log io.Writer) (train, held Source, err error)
	// Provenance is what an SAE's metadata says beside what both programs write.
	Provenance() map[string]any
}

// Source is a source that counts what it drops.
type Source interface {
	extract.Source
	Counts() extract.Counts
}

// Demo sets, drawn apart from those that the embedded models were trained on.
const (
	demoSeed     = 20
	demoName     = "demo" // stands for the embedded model and data in files
	demoReviews  = 4000
	demoPictures = 2000
	demoSide     = 64 // pixels
)

// openModel opens the model folder dir, or the embedded model.
func openModel(dir string, embedded func() (*models.Model, error)) (*models.Model, error) {
	if dir == demoName {
		return embedded()
	}
	m, err := models.Open(dir)
	if err != nil {
		return nil, err
	}
	return m, m.Verify()
}
