package sae

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/saego/saego/internal/kernels"
)

// Names of architectures.
const (
	Standard            = "standard"             // ReLU and an L1 penalty
	Gated               = "gated"                // one path decides which latents fire, another how much
	TopK                = "topk"                 // the k largest latents of each row
	AbsTopK             = "abstopk"              // the k largest in magnitude, with their sign
	BatchTopK           = "batchtopk"            // the k·rows largest latents of each batch
	MatryoshkaBatchTopK = "matryoshka_batchtopk" // the same, and the first latents must do alone
	JumpReLU            = "jumprelu"             // what exceeds its latent's own threshold
	Transcoder          = "transcoder"           // standard, from one hook point to another
	SkipTranscoder      = "skip_transcoder"      // the same, and a linear map beside the latents

	// Read from sae-lens' folders, not trained.
	JumpReLUTranscoder     = "jumprelu_transcoder"
	JumpReLUSkipTranscoder = "jumprelu_skip_transcoder"
)

// Architecture is what one kind of SAE adds to the rest: its parameters, its
// activation and its loss. One file implements each of them, one line of a table
// names it; [Register] adds one's own.
//
// An Architecture that also is a [Rescaler], a [Folder], a [Settler] or a [Stepper]
// has that part, too.
type Architecture interface {
	// Validate checks the settings that only some architectures have, joined.
	Validate(Config) error
	// Params lists the parameters beside W_enc, W_dec and b_dec.
	Params(Config) []Spec
	// Activation returns the activation of m's inference form.
	Activation(m *Model) Activation
	// Build adds the training graph behind the inputs of b.
	Build(b *Builder) error
}

// Spec describes a parameter at the start.
type Spec struct {
	Name  string // as in the file: "b_enc"
	Shape []int
	Init  float32 // every value
}

// Selector appends to idx and val the latents of one row that are active, in
// ascending order, with their values. h (d_sae) are the pre-activations, which it
// may overwrite.
type Selector = kernels.Selector

// Activation makes selectors, one for each goroutine. Those of this package's own
// architectures are applied while the pre-activations are computed; any other is an
// [ActivationFunc].
type Activation = kernels.Activation

// ActivationFunc is an [Activation] that calls itself.
type ActivationFunc = kernels.ActivationFunc

// Rescaler is an [Architecture] that can scale pre-activations by the norms of
// W_dec's rows, and codes by their inverse.
type Rescaler interface{ Rescales(Config) bool }

// Folder is an [Architecture] whose inference form differs from the trained one.
type Folder interface {
	// Fold turns trained parameters into those of the inference form; it may
	// change m and return it, or another model.
	Fold(m *Model) *Model
}

// Settler is an [Architecture] with settings of its own in cfg.json.
type Settler interface {
	// Settings returns those of the inference form, or of the training form, by
	// sae-lens' keys.
	Settings(c Config, training bool) map[string]any
}

// Stepper is an [Architecture] that corrects parameters before each step.
type Stepper interface{ BeforeStep(m *Model) }

// Coefficient is an [Architecture] whose sparsity loss has a scheduled weight.
type Coefficient interface {
	// Coefficient returns its name, "l1" or "l0", and its final value.
	Coefficient(Config) (name string, value float64)
}

var (
	registering   sync.RWMutex
	architectures = map[string]Architecture{
		Standard:               standard{},
		Gated:                  gated{},
		TopK:                   topK{},
		AbsTopK:                absTopK{},
		BatchTopK:              batchTopK{},
		MatryoshkaBatchTopK:    matryoshka{},
		JumpReLU:               jumpReLU{},
		Transcoder:             transcoder{},
		SkipTranscoder:         transcoder{skip: true},
		JumpReLUTranscoder:     jumpReLUTranscoder{},
		JumpReLUSkipTranscoder: jumpReLUTranscoder{skip: true},
	}
)

// Register adds an architecture under a name that [Config] then takes, for one's
// own program: call it before models are made. A name that is taken is an error.
func Register(name string, a Architecture) error {
	registering.Lock()
	defer registering.Unlock()
	if _, taken := architectures[name]; taken || name == "" {
		return fmt.Errorf("sae: register: the name %q is taken: choose another", name)
	}
	architectures[name] = a
	return nil
}

// Architectures lists the names that [Config] takes, sorted.
func Architectures() []string {
	registering.RLock()
	defer registering.RUnlock()
	return slices.Sorted(maps.Keys(architectures))
}

// Trainable lists those of [Architectures] that can be trained; the others are read
// from folders of sae-lens.
func Trainable() []string {
	return slices.DeleteFunc(Architectures(), func(name string) bool {
		a, err := Lookup(name)
		_, readOnly := a.(interface{ inferenceOnly() })
		return err != nil || readOnly
	})
}

// Lookup returns the architecture of that name.
func Lookup(name string) (Architecture, error) {
	registering.RLock()
	a, ok := architectures[name]
	registering.RUnlock()
	if !ok {
		return nil, fmt.Errorf("architecture is %q, want one of %s", name, strings.Join(Architectures(), ", "))
	}
	return a, nil
}

// rescales says whether a model of that configuration is a [Rescaler] at work.
func rescales(a Architecture, c Config) bool {
	r, ok := a.(Rescaler)
	return ok && r.Rescales(c)
}
