package sae

import (
	"github.com/saego/saego/internal/kernels"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Builder assembles a training graph: an [Architecture] adds its part behind the
// inputs. The first error is kept, and [Model.Graph] returns it.
type Builder struct {
	m     *Model
	k     Engine // the model's
	cfg   Config
	rows  int
	bf16  kernels.BF16Product // of the encoder; nil for float32
	graph *gorgonia.ExprGraph
	ops   int
	err   error

	x, target   *gorgonia.Node // (rows, d_in) and (rows, out): the input, and what is to come out
	encoded     *gorgonia.Node // (rows, d_in): x, normalised and centred
	params      gorgonia.Nodes // in the order of Model.Params
	wEnc, wDec  *gorgonia.Node
	bEnc, bDec  *gorgonia.Node
	bDecIn      *gorgonia.Node // b_dec where it is subtracted from the input, else nil
	coefficient *gorgonia.Node // of the sparsity loss
	twins       []twin
	used        map[*gorgonia.Node]bool // nodes that have a user, others than twins'
	onHost      map[*gorgonia.Node]bool // nodes whose gradients are the host's
	dead        *dead
	deadLoss    float64   // see GraphConfig
	stats       *rowStats // of the rows' own normalisation; nil for none

	codes, output *gorgonia.Node
	zeros         bool // codes may hold explicit zeros
	part          int  // of the output, where that has several of rows each: which is the SAE's
	terms         []term
}

// dead are the latents that have not fired for long, as of this run of the graph.
type dead struct {
	mask    []bool
	latents []int32 // ascending
}

func (d *dead) set(mask []bool) {
	d.mask, d.latents = mask, d.latents[:0]
	for j, dead := range mask {
		if dead {
			d.latents = append(d.latents, int32(j))
		}
	}
}

type term struct {
	name string
	node *gorgonia.Node
}

func newBuilder(m *Model, cfg GraphConfig) *Builder {
	rows := cfg.Rows
	b := &Builder{
		m: m, k: m.k, cfg: m.cfg, rows: rows, graph: gorgonia.NewGraph(), dead: &dead{}, deadLoss: cfg.DeadLoss,
		used: map[*gorgonia.Node]bool{}, onHost: map[*gorgonia.Node]bool{},
	}
	if cfg.Autocast {
		b.bf16 = kernels.BF16()
	}
	b.x = b.input("x", b.k.Floats(nil, rows*m.cfg.DIn), rows, m.cfg.DIn)
	b.target = b.x
	if m.Transcodes() {
		b.target = b.input("target", b.k.Floats(nil, rows*m.cfg.Out()), rows, m.cfg.Out())
	}
	for _, p := range m.params {
		shape := p.Shape
		if p.Transposed {
			shape = []int{p.Shape[1], p.Shape[0]}
		}
		b.params = append(b.params, b.input(p.Name, p.Data, shape...))
	}
	b.wEnc, b.wDec, b.bEnc, b.bDec = b.Param("W_enc"), b.Param("W_dec"), b.Param("b_enc"), b.Param("b_dec")
	b.coefficient = gorgonia.NewScalar(b.graph, scalar, gorgonia.WithName("coefficient"), gorgonia.WithValue(gorgonia.NewF32(0)))
	b.encoded = b.normalize(b.x)
	if m.cfg.ApplyBDecToInput {
		b.bDecIn = b.bDec
		b.encoded = b.center(b.encoded, b.bDec)
	}
	return b
}

func (b *Builder) input(name string, data []float32, shape ...int) *gorgonia.Node {
	v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
	return gorgonia.NewTensor(b.graph, tensor.Float32, len(shape),
		gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(v))
}

// staging returns the host's memory for an input.
func (b *Builder) staging(input *gorgonia.Node) []float32 {
	memory := floats(input.Value())
	if s := b.k.Staging(len(memory)); s != nil {
		return s
	}
	return memory
}

// Model returns the model whose graph is built.
func (b *Builder) Model() *Model { return b.m }

// Param returns the parameter of that name, nil where there is none. W_enc is
// (d_sae, d_in).
func (b *Builder) Param(name string) *gorgonia.Node {
	for i, p := range b.m.params {
		if p.Name == name {
			return b.params[i]
		}
	}
	return nil
}

// Coefficient returns the scheduled weight of the sparsity loss, a scalar.
func (b *Builder) Coefficient() *gorgonia.Node { return b.coefficient }

// AddTerm adds a term to the loss, under the name by which it is logged.
func (b *Builder) AddTerm(name string, node *gorgonia.Node) {
	b.terms = append(b.terms, term{name, node})
}

// Reconstruct decodes codes (rows, d_sae), whose pre-activations were scaled by
// norms or, where that is nil, were not; it makes the result the graph's output and
// its distance from the target the first term of the loss.
func (b *Builder) Reconstruct(codes, norms *gorgonia.Node) {
	b.codes = codes
	if b.undone() == nil {
		var mse *gorgonia.Node
		b.output, mse = b.reconstruct(codes, norms)
		b.addMSE(mse)
		return
	}
	b.output = b.denormalize(b.decode(codes, b.bDec, norms), true)
	b.addMSE(b.squaredError(b.output, b.target, nil))
}

// addMSE adds the reconstruction's term, which comes first.
func (b *Builder) addMSE(node *gorgonia.Node) {
	b.terms = append([]term{{MSELoss, node}}, b.terms...)
}
