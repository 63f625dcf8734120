package sae

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/saego/saego/internal/kernels"
)

// Model is a sparse autoencoder with its parameters.
type Model struct {
	cfg    Config
	arch   Architecture
	k      Engine // where params are
	params []Param

	// Memory of the parameters that most have.
	wEnc []float32 // (DSAE, DIn): W_enc, transposed
	bEnc []float32 // (DSAE), or nil
	wDec []float32 // (DSAE, Out)
	bDec []float32 // (Out)

	threshold float64 // BatchTopK's running mean of the smallest active latent; 0 = none yet
	trained   string  // architecture before folding, for the record
}

// New returns an SAE initialised as sae-lens does: W_dec from Kaiming's uniform
// distribution (±√(6/d_in)), its rows brought to DecoderInitNorm, W_enc its
// transpose, biases zero. A transcoder's W_enc is drawn in the same way for itself,
// since its two sides have nothing in common. Equal configurations give equal
// parameters.
func New(cfg Config) (*Model, error) {
	m, err := empty(cfg)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(cfg.Seed, 0x5ae))
	m.draw(rng, m.wDec, cfg.Out())
	if m.Transcodes() {
		m.draw(rng, m.wEnc, cfg.DIn)
	} else {
		copy(m.wEnc, m.wDec)
	}
	return m, nil
}

// draw fills w, whose rows are latents.
func (m *Model) draw(rng *rand.Rand, w []float32, width int) {
	bound := math.Sqrt(6 / float64(width))
	for i := range w {
		w[i] = float32((2*rng.Float64() - 1) * bound)
	}
	if norm := m.cfg.DecoderInitNorm; norm > 0 {
		for row := range slices.Chunk(w, width) {
			scaleRow(row, norm/math.Sqrt(kernels.SquaredNorm(row)))
		}
	}
}

// empty returns a model whose weights are zero and whose other parameters are as
// at the start.
func empty(cfg Config) (*Model, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("sae: %w", err)
	}
	m := &Model{cfg: cfg, k: kernels.CPU(), trained: cfg.Architecture}
	var err error
	if m.arch, err = Lookup(cfg.Architecture); err != nil {
		return nil, fmt.Errorf("sae: %w", err)
	}
	if m.Transcodes() {
		m.cfg.ApplyBDecToInput = false
	}
	m.allocate()
	return m, nil
}

// Transcodes says whether m's output is another hook point's, whose rows are its targets.
func (m *Model) Transcodes() bool { return m.cfg.Transcodes() }

// Transcodes says whether the architecture's output is another hook point's.
func (c Config) Transcodes() bool {
	a, err := Lookup(c.Architecture)
	_, ok := a.(interface{ transcodes() })
	return err == nil && ok
}

// specs lists all parameters of an architecture, in the order of the file.
func specs(a Architecture, c Config) []Spec {
	return append([]Spec{
		{Name: "W_enc", Shape: []int{c.DIn, c.DSAE}},
		{Name: "W_dec", Shape: []int{c.DSAE, c.Out()}},
		{Name: "b_dec", Shape: []int{c.Out()}},
	}, a.Params(c)...)
}

func (m *Model) allocate() {
	m.params = nil
	for _, s := range specs(m.arch, m.cfg) {
		p := Param{Name: s.Name, Shape: s.Shape, Data: make([]float32, s.size()), Transposed: s.Name == "W_enc"}
		if s.Init != 0 {
			for i := range p.Data {
				p.Data[i] = s.Init
			}
		}
		m.params = append(m.params, p)
	}
	m.alias()
}

// alias points the fields to the parameters' memory.
func (m *Model) alias() {
	m.wEnc, m.bEnc, m.wDec, m.bDec = m.values("W_enc"), m.values("b_enc"), m.values("W_dec"), m.values("b_dec")
}

func (s Spec) size() int {
	n := 1
	for _, d := range s.Shape {
		n *= d
	}
	return n
}

// values returns the memory of a parameter, nil where there is none of that name.
func (m *Model) values(name string) []float32 {
	for _, p := range m.params {
		if p.Name == name {
			return p.Data
		}
	}
	return nil
}

func scaleRow(row []float32, f float64) {
	for k := range row {
		row[k] = float32(float64(row[k]) * f)
	}
}

// Config returns the model's configuration.
func (m *Model) Config() Config { return m.cfg }

// Architecture returns what the model is an instance of.
func (m *Model) Architecture() Architecture { return m.arch }

// TopKThreshold returns BatchTopK's running mean of the smallest active latent of a
// batch, 0 before the first batch and for other architectures.
func (m *Model) TopKThreshold() float64 { return m.threshold }

// TracksThreshold says whether m, before it is folded, keeps such a mean: then its
// inference form has one threshold for all latents, which may be calibrated.
func (m *Model) TracksThreshold() bool {
	_, ok := m.arch.(interface{ tracksThreshold() })
	return ok
}

// SetTopKThreshold sets what [Model.TopKThreshold] returns, from a checkpoint or a
// calibration.
func (m *Model) SetTopKThreshold(v float64) { m.threshold = v }

// BeforeStep corrects parameters where the architecture asks for it. A trainer calls
// it before each step.
func (m *Model) BeforeStep() {
	if s, ok := m.arch.(Stepper); ok {
		s.BeforeStep(m)
	}
}

// Clone returns a copy that shares nothing with m, in memory of Go's.
func (m *Model) Clone() *Model {
	c := *m
	c.k = kernels.CPU()
	c.params = slices.Clone(m.params)
	for i := range c.params {
		c.params[i].Data = slices.Clone(c.params[i].Data)
	}
	c.alias()
	return &c
}

// DecoderNorms returns the Euclidean norms of W_dec's rows (d_sae).
func (m *Model) DecoderNorms() []float32 {
	n := make([]float32, m.cfg.DSAE)
	kernels.RowNorms(n, m.wDec)
	return n
}
