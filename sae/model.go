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
	cfg  Config
	arch architecture

	wEnc []float32 // (DSAE, DIn): W_enc, transposed
	bEnc []float32 // (DSAE)
	wDec []float32 // (DSAE, DIn)
	bDec []float32 // (DIn)
}

// New returns an SAE initialised as sae-lens does: W_dec from Kaiming's uniform
// distribution (±√(6/d_in)), its rows brought to DecoderInitNorm, W_enc its
// transpose, biases zero. Equal configurations give equal parameters.
func New(cfg Config) (*Model, error) {
	m, err := empty(cfg)
	if err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(cfg.Seed, 0x5ae))
	bound := math.Sqrt(6 / float64(cfg.DIn))
	for i := range m.wDec {
		m.wDec[i] = float32((2*rng.Float64() - 1) * bound)
	}
	if cfg.DecoderInitNorm > 0 {
		for row := range slices.Chunk(m.wDec, cfg.DIn) {
			scaleRow(row, cfg.DecoderInitNorm/math.Sqrt(kernels.SquaredNorm(row)))
		}
	}
	copy(m.wEnc, m.wDec)
	return m, nil
}

// empty returns a model whose parameters are zero.
func empty(cfg Config) (*Model, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("sae: %w", err)
	}
	arch, err := lookup(cfg.Architecture)
	if err != nil {
		return nil, fmt.Errorf("sae: %w", err)
	}
	return &Model{
		cfg: cfg, arch: arch,
		wEnc: make([]float32, cfg.DSAE*cfg.DIn), bEnc: make([]float32, cfg.DSAE),
		wDec: make([]float32, cfg.DSAE*cfg.DIn), bDec: make([]float32, cfg.DIn),
	}, nil
}

func scaleRow(row []float32, f float64) {
	for k := range row {
		row[k] = float32(float64(row[k]) * f)
	}
}

// Config returns the model's configuration.
func (m *Model) Config() Config { return m.cfg }

// Param is one parameter of a model.
type Param struct {
	Name  string    // as in the file: "W_enc"
	Shape []int     // as in the file
	Data  []float32 // the model's own memory, row-major
	// Transposed says that Data is held as (Shape[1], Shape[0]). W_enc is, so
	// that each latent's weights, and their gradient, lie together.
	Transposed bool
}

// Params returns the parameters in the order of the file. Writing to their Data
// changes the model.
func (m *Model) Params() []Param {
	in, sae := m.cfg.DIn, m.cfg.DSAE
	return []Param{
		{Name: "W_enc", Shape: []int{in, sae}, Data: m.wEnc, Transposed: true},
		{Name: "b_enc", Shape: []int{sae}, Data: m.bEnc},
		{Name: "W_dec", Shape: []int{sae, in}, Data: m.wDec},
		{Name: "b_dec", Shape: []int{in}, Data: m.bDec},
	}
}

// Values returns p's values in the order of p.Shape.
func (p Param) Values() []float32 {
	if !p.Transposed {
		return p.Data
	}
	return transpose(p.Data, p.Shape[1], p.Shape[0])
}

// Set copies values, which are in the order of p.Shape, into p.
func (p Param) Set(values []float32) {
	if p.Transposed {
		values = transpose(values, p.Shape[0], p.Shape[1])
	}
	copy(p.Data, values)
}

// transpose returns x, (rows, cols), as (cols, rows).
func transpose(x []float32, rows, cols int) []float32 {
	out := make([]float32, len(x))
	for i := range rows {
		for j, v := range x[i*cols:][:cols] {
			out[j*rows+i] = v
		}
	}
	return out
}

// Clone returns a copy that shares nothing with m.
func (m *Model) Clone() *Model {
	c := *m
	c.wEnc, c.bEnc = slices.Clone(m.wEnc), slices.Clone(m.bEnc)
	c.wDec, c.bDec = slices.Clone(m.wDec), slices.Clone(m.bDec)
	return &c
}

// DecoderNorms returns the Euclidean norms of W_dec's rows (d_sae).
func (m *Model) DecoderNorms() []float32 {
	n := make([]float32, m.cfg.DSAE)
	kernels.RowNorms(n, m.wDec)
	return n
}
