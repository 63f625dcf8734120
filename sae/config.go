package sae

import (
	"errors"
	"fmt"
)

// How a trainer scales activations before the SAE sees them.
const (
	NormalizeNone         = "none"
	NormalizeExpectedNorm = "expected_average_only_in" // to an average norm of √d_in
)

// maxValues is how many values W_enc and W_dec may have each: 32 GiB.
const maxValues = 1 << 33

// Config describes an SAE. The names are sae-lens'.
type Config struct {
	Architecture string `yaml:"architecture" json:"architecture"` // a name of [Architectures]; default topk
	DIn          int    `yaml:"-" json:"d_in"`                    // values per row
	DSAE         int    `yaml:"d_sae" json:"d_sae"`               // latents

	K                        int     `yaml:"k" json:"k"`                                                       // latents kept per row (topk); default 100
	L1Coefficient            float64 `yaml:"l1_coefficient" json:"l1_coefficient"`                             // weight of the sparsity loss (standard); default 1
	AuxLossCoefficient       float64 `yaml:"aux_loss_coefficient" json:"aux_loss_coefficient"`                 // weight of the dead latents' loss (topk); default 1
	RescaleActsByDecoderNorm bool    `yaml:"rescale_acts_by_decoder_norm" json:"rescale_acts_by_decoder_norm"` // rank latents by their share in the output (topk); default true
	ApplyBDecToInput         bool    `yaml:"apply_b_dec_to_input" json:"apply_b_dec_to_input"`                 // subtract b_dec before encoding; default true
	DecoderInitNorm          float64 `yaml:"decoder_init_norm" json:"decoder_init_norm"`                       // norm of W_dec's rows at the start, 0 = as drawn; default 0.1
	NormalizeActivations     string  `yaml:"normalize_activations" json:"normalize_activations"`               // NormalizeNone (default) or NormalizeExpectedNorm
	Seed                     uint64  `yaml:"-" json:"seed"`                                                    // of the initialisation
}

// DefaultConfig returns sae-lens' defaults for a TopK SAE; DIn and DSAE are left
// to the caller.
func DefaultConfig() Config {
	return Config{
		Architecture: TopK, K: 100, L1Coefficient: 1, AuxLossCoefficient: 1,
		RescaleActsByDecoderNorm: true, ApplyBDecToInput: true, DecoderInitNorm: 0.1,
		NormalizeActivations: NormalizeNone,
	}
}

// Validate reports everything that is wrong with c, joined.
func (c Config) Validate() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if c.DIn < 1 {
		bad("d_in is %d, want at least 1", c.DIn)
	}
	if c.DSAE < 1 {
		bad("d_sae is %d, want at least 1", c.DSAE)
	}
	if c.DIn > 0 && c.DSAE > maxValues/c.DIn {
		bad("d_in × d_sae is %d × %d, want at most %d in all", c.DIn, c.DSAE, maxValues)
	}
	if c.DecoderInitNorm < 0 {
		bad("decoder_init_norm is %g, want 0 or more", c.DecoderInitNorm)
	}
	if n := c.NormalizeActivations; n != NormalizeNone && n != NormalizeExpectedNorm {
		bad("normalize_activations is %q, want %q or %q", n, NormalizeNone, NormalizeExpectedNorm)
	}
	a, err := lookup(c.Architecture)
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	return errors.Join(append(errs, a.validate(c))...)
}
